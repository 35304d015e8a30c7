"""Searches a library in PostgreSQL: embeddings by pgvector, words by BM25 in plain SQL.

It answers as Index does, with the same scores: cosines of the same half precision, and BM25 by the
same words and the same formula. The index stands in tables of the library's schema. Whichever
process comes first adds what is new, in batches, one at a time; the next one finds it done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from corpus.storage.passage_reader import StoredPassage
from corpus.storage.store import ArticleStore
from retrieval.index import bm25
from retrieval.index.index import idf_by_key
from retrieval.index.prefilter import Selection
from retrieval.index.vectors import Hits

BATCH = 1000  # passages in one transaction, during which nobody else can write
MOST = 32_767  # the greatest SMALLINT of PostgreSQL


class PostgresIndex:
    """The index of one store, which other processes may write to. For one thread at a time."""

    tail = 0
    """How many passages are not in the index: none, once it was refreshed."""
    is_due = False
    """There are no snapshots to make."""

    def __init__(self, store: ArticleStore) -> None:
        """Take a store that is in PostgreSQL; nothing is read yet."""
        self._store = store
        self._database = store.connection
        self._changes = -1
        self._count = 0
        self._mean_length = 1.0
        self._dimension = 0

    @property
    def dimension(self) -> int:
        """How many numbers an embedding has; 0 while there are no embeddings."""
        return self._dimension

    def prepare(self, on_passages: Callable[[int], None] = lambda count: None) -> None:
        """Write what is new into the index; must not be called inside a transaction.

        Args:
            on_passages: Called with how many more passages are done.
        """
        if self._store.stamp("analyzer") != bm25.ANALYZER:
            with self._store.together():
                self._database.execute("TRUNCATE word, nearby")
                self._store.set_stamp("analyzer", bm25.ANALYZER)
                self._store.set_stamp("indexed", "0")
        while self._behind() and (taken := self._take_in()):
            on_passages(taken)

    def refresh(self) -> None:
        """Take in what any process changed; inside a transaction, only read what is there."""
        changes = self._store.changes()
        if changes == self._changes:
            return
        if not self._database.in_transaction:
            self.prepare()
        ((self._count, mean),) = self._database.rows("SELECT count(*), avg(length) FROM nearby")
        self._mean_length = max(1.0, float(mean or 1))
        dimensions = self._database.rows(
            "SELECT vector_dims(embedding) FROM nearby WHERE embedding IS NOT NULL LIMIT 1"
        )
        self._dimension = dimensions[0][0] if dimensions else 0
        self._changes = changes

    def _behind(self) -> bool:
        last = int(self._store.stamp("indexed") or 0)
        return bool(self._database.rows("SELECT 1 FROM passage WHERE id > $1 LIMIT 1", last))

    def _take_in(self) -> int:
        """Index the next batch; return how many passages it has."""
        with self._store.together():
            last = int(self._store.stamp("indexed") or 0)  # another process may have been faster
            batch = list(islice(self._store.passages_after(last), BATCH))
            if not batch:
                return 0
            dimension = self._dimension or next(
                (len(one.embedding) for one in batch if one.embedding is not None), 0
            )
            self._write(batch, dimension)
            self._store.set_stamp("indexed", str(batch[-1].id))
        return len(batch)

    def _write(self, batch: Iterable[StoredPassage], dimension: int) -> None:
        words, near = [], []
        for passage in batch:
            counted = bm25.count_terms(bm25.indexed_text(passage.title, passage.text))
            length = min(counted.total(), MOST)
            words += [
                (term, passage.id, min(times, MOST), length) for term, times in counted.items()
            ]
            row = passage.embedding
            is_one = row is not None and len(row) == dimension
            near.append((passage.id, length, _vector(row) if row is not None and is_one else None))
        self._database.insert_rows("word", ("term", "passage_id", "times", "length"), words)
        self._database.insert_rows("nearby", ("passage_id", "length", "embedding"), near)

    def search_by_meaning(
        self, row: NDArray[np.float32], top_k: int, within: Selection | None = None
    ) -> Hits:
        """As Index.search_by_meaning; the inner product of unit rows is their cosine."""
        if len(row) != self._dimension or top_k < 1:
            return []
        asked = _vector(row)
        rows = self._database.rows(
            "SELECT passage_id, -(embedding <#> $1::halfvec) FROM nearby "
            f"WHERE embedding IS NOT NULL{_within(within, '$3')} "
            "ORDER BY embedding <#> $1::halfvec, passage_id LIMIT $2",
            asked,
            top_k,
            *_ids(within),
        )
        return [(int(number), float(cosine)) for number, cosine in rows]

    def search_by_words(self, question: str, top_k: int, within: Selection | None = None) -> Hits:
        """As Index.search_by_words."""
        asked = bm25.index_terms(question)
        if not asked or top_k < 1:
            return []
        frequencies = self._document_frequencies(asked)
        weights = {term: bm25.idf(count, self._count) for term, count in frequencies.items()}
        rows = self._database.rows(
            "SELECT passage_id, sum(weight * times * ($1::float8 + 1) / "
            "(times + $1::float8 * (1 - $2::float8 + $2::float8 * length / $3::float8))) AS score "
            "FROM unnest($4::text[], $5::float8[]) AS asked (term, weight) JOIN word USING (term) "
            f"WHERE true{_within(within, '$7')} "
            "GROUP BY passage_id ORDER BY score DESC, passage_id LIMIT $6",
            bm25.K1,
            bm25.B,
            self._mean_length,
            list(weights),
            list(weights.values()),
            top_k,
            *_ids(within),
        )
        return [(int(number), float(score)) for number, score in rows]

    def idf_by_key(self, question: str) -> dict[str, float]:
        """As Index.idf_by_key."""
        terms = [term for found in bm25.index_terms_by_key(question).values() for term in found]
        frequencies = self._document_frequencies(terms)
        return idf_by_key(question, self._count, lambda term: frequencies.get(term, 0))

    def _document_frequencies(self, terms: list[str]) -> dict[str, int]:
        """How many passages have each term; terms that no passage has are left out."""
        rows = self._database.rows(
            "SELECT term, count(*) FROM word WHERE term = ANY($1::text[]) GROUP BY term",
            list(dict.fromkeys(terms)),
        )
        found = dict(rows)
        return {term: found[term] for term in dict.fromkeys(terms) if term in found}


def _within(selection: Selection | None, mark: str) -> str:
    return "" if selection is None else f" AND passage_id = ANY({mark}::bigint[])"


def _ids(selection: Selection | None) -> tuple[list[int], ...]:
    return () if selection is None else (selection.ids.tolist(),)


def _vector(row: NDArray[np.floating]) -> str:
    """The row as pgvector reads it."""
    return "[" + ",".join(f"{number:.8g}" for number in row.tolist()) + "]"
