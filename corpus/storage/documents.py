"""Haystack Documents in a library: its passages read as Documents, and Documents stored in it.

A Document is stored as a version with one passage, so that searches find it like any other.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.storage.filters import FACTS, ID, FilterFault, Parameters, condition, dumped
from corpus.storage.store import ArticleStore
from corpus.storage.text_hash import text_hash

_UNTITLED = "—"  # nothing to search for
_FACTS = ", ".join(FACTS)


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A Document as the library has it.

    Attributes:
        id: The Document's id; for a passage of an article, filters.ID.
        text: Its content; None where it has none.
        meta: Its meta, as JSON can hold it.
        rest: What else a Document has.
        embedding: Shape (d,), to half precision; None where there is none or none was asked for.
        is_of_article: Whether it is a passage of an article.
    """

    id: str
    text: str | None
    meta: dict[str, Any]
    rest: dict[str, Any] = field(default_factory=dict)
    embedding: NDArray[np.float32] | None = None
    is_of_article: bool = False


class Documents:
    """The passages of a store, of articles and of Documents, as StoredDocuments.

    Methods may raise StoreError, and FilterFault where they take filters.
    """

    def __init__(self, store: ArticleStore) -> None:
        """Use an open library."""
        self._store = store

    def select(self, filters: dict[str, Any] | None = None) -> NDArray[np.int64]:
        """The ids of the passages that meet the filters, or of all; ascending, shape (n,)."""
        parameters = Parameters()
        conditions = self._store.connection.conditions(parameters)
        meant = condition(filters, conditions) if filters else "TRUE"
        try:
            rows = self._store.connection.rows(
                "SELECT passage.id FROM version JOIN passage ON version_id = version.id "
                f"WHERE {meant} ORDER BY passage.id",
                *parameters.values,
            )
        except (OverflowError, UnicodeError) as error:  # 2**64, half of a surrogate pair
            raise FilterFault(f"A filter cannot compare with such a value: {error}") from error
        return np.fromiter((row[0] for row in rows), np.int64, len(rows))

    def count(self, filters: dict[str, Any] | None = None) -> int:
        """How many passages meet the filters, or are there."""
        return len(self.select(filters)) if filters else self._store.passage_count()

    def read(
        self, passage_ids: Iterable[int], *, embeddings: bool = False
    ) -> Iterator[StoredDocument]:
        """Read Documents by the ids of their passages.

        Args:
            passage_ids: Those of `select`.
            embeddings: Whether to read their embeddings too.

        Yields:
            The Documents in the order of the ids; those that are not there are left out.
        """
        asked = [int(number) for number in passage_ids]
        for start in range(0, len(asked), 500):
            part = asked[start : start + 500]
            rows = self._store.connection.rows(
                f'SELECT passage.id, {ID}, {_FACTS}, start, "end", document, '
                'substr(text, start + 1, "end" - start), embedding '
                "FROM passage JOIN version ON version.id = passage.version_id "
                "JOIN body ON body.version_id = version.id "
                f"WHERE passage.id IN (SELECT value FROM {self._store.connection.numbers('$1')})",
                json.dumps(part),
            )
            found = {row[0]: row for row in rows}
            yield from (_made(found[number], embeddings) for number in part if number in found)

    def named(self, document_ids: Sequence[str]) -> list[int]:
        """The ids of the passages that are these Documents; those not there are left out."""
        found = []
        for name in document_ids:
            numbers = self._kept(name)
            article_id, *place = name.rsplit(":", 3)
            if not numbers and len(place) == 3:
                rows = self._store.connection.rows(
                    "SELECT passage.id FROM version JOIN passage ON version_id = version.id "
                    f"WHERE document IS NULL AND article_id = $1 AND {ID} = $2",
                    article_id,
                    name,
                )
                numbers = [row[0] for row in rows]
            found += numbers
        return found

    def _kept(self, document_id: str) -> list[int]:
        rows = self._store.connection.rows(
            "SELECT passage.id FROM version JOIN passage ON version_id = version.id "
            "WHERE document IS NOT NULL AND article_id = $1",
            document_id,
        )
        return [row[0] for row in rows]

    def put(self, document: StoredDocument) -> None:
        """Store a Document in place of one that has its id.

        Raises:
            ValueError: It cannot be stored: its id is an article's, its meta is not JSON, or its
                embedding is not finite, or not as long as those in the library.
        """
        meta = document.meta
        kept: dict[str, Any] = {"meta": meta, **document.rest}
        row = None
        if document.text is None:
            kept["content"] = None
        if document.embedding is not None:
            row, kept["norm"] = self._unit(document.embedding)
        facts = [_text(meta.get(name)) for name in ("url", "source", "author", "published")]
        database = self._store.connection
        with self._store.together():
            if self._kept(document.id):
                self._store.remove([document.id])
            elif self._store.article(document.id) is not None:
                raise ValueError(f"{document.id} is an article's id; give the Document another.")
            database.execute("INSERT INTO article VALUES ($1, 1)", document.id)
            ((version_id,),) = database.rows(
                "INSERT INTO version (article_id, version, title, url, source, author, published, "
                "added_at, document) VALUES ($1, 1, $2, $3, $4, $5, $6, '', $7) RETURNING id",
                document.id,
                _text(meta.get("title")) or _UNTITLED,
                *facts,
                dumped(kept),
            )
            text = document.text or ""
            database.execute(
                "INSERT INTO body VALUES ($1, $2, $3)", version_id, text, text_hash(text)
            )
            database.execute(
                'INSERT INTO passage (version_id, start, "end", embedding) VALUES ($1, 0, $2, $3)',
                version_id,
                len(text),
                row,
            )
            self._store.count_change()

    def remove(self, passage_ids: Sequence[int]) -> int:
        """Delete these, and the whole article where one is an article's passage.

        Returns how many passages went. Their words and vectors leave the index's files when the
        index is made again; ArticleStore.forget leaves none anywhere at once.
        """
        return self._store.remove(sorted(self._store.articles_with(passage_ids)))

    def _unit(self, embedding: NDArray[np.float32]) -> tuple[bytes, float]:
        norm = float(np.linalg.norm(embedding.astype(np.float64)))
        if embedding.ndim != 1 or not len(embedding) or not np.isfinite(norm):
            raise ValueError("An embedding is a list of finite numbers.")
        known = self._store.connection.rows(
            "SELECT length(embedding) / 2 FROM passage WHERE embedding IS NOT NULL LIMIT 1"
        )
        if known and known[0][0] != len(embedding):
            raise ValueError(
                f"The library's embeddings have {known[0][0]} numbers, and this one has "
                f"{len(embedding)}; keep those of another embedder in another library."
            )
        unit = embedding / norm if norm else embedding
        return unit.astype(np.float16).tobytes(), norm


def _made(row: tuple[Any, ...], embeddings: bool) -> StoredDocument:
    _, name, *facts, start, end, document, text, blob = row
    kept = json.loads(document) if document is not None else {}
    if document is None:
        meta = {key: value for key, value in zip(FACTS, facts, strict=True) if value is not None}
        meta |= {"start": start, "end": end}
    else:
        name, meta = facts[0], kept.pop("meta")
    norm = kept.pop("norm", 1.0)
    if "content" in kept:
        text = kept.pop("content")
    embedding = None
    if embeddings and blob is not None:
        embedding = np.frombuffer(blob, np.float16).astype(np.float32) * np.float32(norm)
    return StoredDocument(name, text, meta, kept, embedding, document is None)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
