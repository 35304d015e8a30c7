"""What is read from a library: articles, versions, passages, sentences, embeddings."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from corpus.article import Article, ArticleInfo, SpanRef
from corpus.storage.filters import Sql, condition, facts
from corpus.storage.sqlite.errors import told
from corpus.storage.text_hash import text_hash

# In the order of ArticleInfo.
INFO = "article_id, version, title, url, source, author, published, updated, language, origin"
_FACTS = INFO.count(",") + 1


@dataclass(frozen=True, slots=True)
class StoredSentence:
    """A sentence of a current version, with its embedding, shape (d,)."""

    passage_id: int
    article: ArticleInfo
    start: int
    end: int
    text: str
    embedding: NDArray[np.float16]

    @property
    def ref(self) -> SpanRef:
        """Where the sentence stands."""
        return SpanRef(self.article.id, self.article.version, self.start, self.end)


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage of a current version, with its embedding, shape (d,), where it has one.

    `facts` are what filters.hints may promise of it.
    """

    id: int
    title: str
    text: str
    embedding: NDArray[np.float16] | None
    facts: frozenset[tuple[str, object]]


class StoreReader:
    """The reading half of an ArticleStore."""

    is_in_database = False
    """Whether it is in a database of its own, which searches it too, and in no file."""

    def __init__(self, connection: sqlite3.Connection, path: Path | None) -> None:
        """`path` is the library's file, None where it is in memory."""
        self._connection = connection
        self.path = path

    def _told(self) -> AbstractContextManager[None]:
        return told(self.path or Path("memory"))

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def is_there(self) -> bool:
        """Whether the library still is where it was opened."""
        return self.path is None or self.path.exists()

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """What a query finds; for the modules of corpus only."""
        with self._told():
            return self._connection.execute(query, values).fetchall()

    def condition(self, filters: dict[str, Any]) -> Sql:
        """Haystack's filters as this database has conditions. Raises FilterFault."""
        return condition(filters)

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """What is read inside is of one moment, whatever others write meanwhile."""
        with self._told():
            self._connection.execute("BEGIN")
        try:
            yield
        finally:
            with self._told():
                self._connection.execute("COMMIT")

    def stamp(self, name: str) -> str | None:
        rows = self.rows("SELECT value FROM stamp WHERE name = ?", name)
        return rows[0][0] if rows else None

    def changes(self) -> int:
        """How often anything changed so far, by any process: cheap enough for every question."""
        return int(self.stamp("changes") or 0)

    def moment(self) -> tuple[int, int]:
        """Differs from an earlier one when anything was written since, by any process.

        Much cheaper than `changes`: https://www.sqlite.org/pragma.html#pragma_data_version
        tells of other connections, and total_changes of this one.
        """
        return self.rows("PRAGMA data_version")[0][0], self._connection.total_changes

    def count(self) -> int:
        """How many articles there are."""
        ((all_ids, documents),) = self.rows(
            "SELECT (SELECT count(*) FROM article), "
            "(SELECT count(*) FROM version WHERE document IS NOT NULL)"
        )
        return int(all_ids - documents)

    def article(self, article_id: str, version: int | None = None) -> Article | None:
        """That version of the article, or the current one; None when there is none."""
        if version is None:
            return self._current(article_id)
        rows = self.rows(
            f"SELECT {INFO}, text FROM version JOIN body ON version_id = version.id "
            "WHERE article_id = ? AND version = ?",
            article_id,
            version,
        )
        return Article(_info(rows[0]), rows[0][-1]) if rows else None

    def version(self, article_id: str) -> int | None:
        """The number of the article's current version; None when there is no such article."""
        rows = self.rows("SELECT current FROM article WHERE id = ?", article_id)
        return rows[0][0] if rows else None

    def is_sound(self, article: Article) -> bool:
        """Whether the text is the one that was stored, to the bit."""
        rows = self.rows(
            "SELECT hash FROM body JOIN version ON version_id = version.id "
            "WHERE article_id = ? AND version = ?",
            article.info.id,
            article.info.version,
        )
        return rows == [(text_hash(article.text),)]

    def _current(self, article_id: str) -> Article | None:
        rows = self.rows(
            f"SELECT {INFO}, text FROM article JOIN version "
            "ON article_id = article.id AND version = current "
            "JOIN body ON version_id = version.id WHERE article.id = ?",
            article_id,
        )
        return Article(_info(rows[0]), rows[0][-1]) if rows else None

    def articles(self) -> list[ArticleInfo]:
        """The current versions, in the order in which the articles were added."""
        rows = self.rows(
            f"SELECT {INFO} FROM article JOIN version "
            "ON article_id = article.id AND version = current "
            "WHERE document IS NULL ORDER BY article.rowid"
        )
        return [_info(row) for row in rows]

    def versions(self, article_id: str) -> list[tuple[ArticleInfo, str]]:
        """Every version of an article, the first one first, and when it was added (ISO 8601)."""
        rows = self.rows(
            f"SELECT {INFO}, added_at FROM version WHERE article_id = ? ORDER BY version",
            article_id,
        )
        return [(_info(row), row[-1]) for row in rows]

    def added_since(self, moment: str) -> list[tuple[str, str]]:
        """The articles that first came after a moment, and when (ISO 8601), the first one first."""
        return self.rows(
            "SELECT article.id, added_at FROM article JOIN version ON article_id = article.id "
            "AND version = 1 WHERE document IS NULL AND added_at > ? ORDER BY added_at",
            moment,
        )

    def named(self, name: str) -> list[ArticleInfo]:
        """The articles whose id, address, title or file name is `name`, capitals apart."""
        wanted = name.casefold()
        return [
            info
            for info in self.articles()
            if wanted in (info.id.casefold(), (info.url or "").casefold(), info.title.casefold())
            or wanted == Path(info.origin or "").name.casefold()
        ]

    def stories(self, article_ids: Iterable[str]) -> dict[str, int]:
        """The story of each of these that is filed; copies of one text have the same."""
        return dict(
            self.rows(
                "SELECT article_id, story FROM copy "
                "WHERE article_id IN (SELECT value FROM json_each(?))",
                json.dumps(list(article_ids)),
            )
        )

    def copies(self, article_id: str) -> list[ArticleInfo]:
        """The other articles of its story, in the order in which they were filed."""
        rows = self.rows(
            f"SELECT {_info_of('version')} FROM copy AS own JOIN copy USING (story) "
            "JOIN article ON article.id = copy.article_id JOIN version "
            "ON version.article_id = article.id AND version.version = current "
            "WHERE own.article_id = ? AND copy.id <> own.id ORDER BY copy.id",
            article_id,
        )
        return [_info(row) for row in rows]

    def passages_after(self, passage_id: int) -> Iterator[StoredPassage]:
        """The passages numbered above `passage_id`, in their order: what came since then."""
        with self._told():
            for number, title, text, blob, *known in self._connection.execute(
                "SELECT passage.id, title, substr(text, start + 1, end - start), embedding, "
                "source, author, document FROM passage "
                "JOIN version ON version.id = passage.version_id "
                "JOIN body ON body.version_id = version.id WHERE passage.id > ? "
                "ORDER BY passage.id",
                (passage_id,),
            ):
                row = None if blob is None else np.frombuffer(blob, dtype=np.float16)
                yield StoredPassage(number, title, text, row, _facts(*known))

    def articles_of(self, passage_ids: Sequence[int]) -> list[str]:
        """The ids of the articles that these passages are from, in their order, each once."""
        found: dict[str, None] = {}
        for passage_id in passage_ids:
            for (article_id,) in self.rows(
                "SELECT article_id FROM passage JOIN version ON version.id = version_id "
                "WHERE passage.id = ?",
                passage_id,
            ):
                found.setdefault(article_id)
        return list(found)

    def articles_with(self, passage_ids: Sequence[int]) -> set[str]:
        """The ids of the articles that any of these passages is from."""
        rows = self.rows(
            "SELECT DISTINCT article_id FROM json_each(?) JOIN passage ON passage.id = value "
            "JOIN version ON version.id = version_id",
            json.dumps(list(passage_ids)),
        )
        return {article_id for (article_id,) in rows}

    def dropped_since(self, change: int) -> list[tuple[int, int]]:
        """The passages that later changes removed, as first and last of each row of numbers."""
        return self.rows("SELECT first, last FROM dropped WHERE change > ?", change)

    def passage_count(self, after: int = 0) -> int:
        """How many passages are numbered above `after`."""
        return int(self.rows("SELECT count(*) FROM passage WHERE id > ?", after)[0][0])

    def embeddings(self, article_id: str) -> NDArray[np.float16]:
        """Those of the current version's passages in their order, shape (n, d)."""
        rows = self.rows(
            "SELECT embedding FROM article JOIN version "
            "ON version.article_id = article.id AND version = current "
            "JOIN passage ON version_id = version.id WHERE article.id = ? ORDER BY passage.start",
            article_id,
        )
        return np.array([np.frombuffer(row[0], dtype=np.float16) for row in rows])

    def sentence_embeddings(self, passage_ids: Sequence[int]) -> NDArray[np.float16]:
        """Those of these passages' first sentences, shape (n, d): texts as short as questions."""
        rows = []
        for passage_id in passage_ids:
            rows += self.rows(
                "SELECT embedding FROM sentence WHERE passage_id = ? ORDER BY start LIMIT 1",
                passage_id,
            )
        return np.array([np.frombuffer(row[0], dtype=np.float16) for row in rows])

    def passage_cosines(
        self, passage_ids: Sequence[int], row: NDArray[np.float32]
    ) -> dict[int, float]:
        """Each passage's cosine to a unit row, shape (d,)."""
        found = {}
        for passage_id in passage_ids:
            rows = self.rows("SELECT embedding FROM passage WHERE id = ?", passage_id)
            if rows:
                found[passage_id] = float(np.frombuffer(rows[0][0], np.float16) @ row)
        return found

    def sentence_before(self, info: ArticleInfo, start: int) -> tuple[int, int] | None:
        """The span of the last sentence that begins before `start`, in a current version."""
        rows: list[tuple[int, int]] = self.rows(
            "SELECT sentence.start, sentence.end FROM version "
            "JOIN passage ON version_id = version.id JOIN sentence ON passage_id = passage.id "
            "WHERE article_id = ? AND version = ? AND sentence.start < ? "
            "ORDER BY passage.start DESC, sentence.start DESC LIMIT 1",
            info.id,
            info.version,
            start,
        )
        return rows[0] if rows else None

    def sentences_of(self, article_id: str) -> list[StoredSentence]:
        """All sentences of the article's current version, in the text's order."""
        article = self._current(article_id)
        if article is None:
            return []
        rows = self.rows(
            "SELECT passage.id, sentence.start, sentence.end, sentence.embedding FROM version "
            "JOIN passage ON version_id = version.id JOIN sentence ON passage_id = passage.id "
            "WHERE article_id = ? AND version = ? ORDER BY sentence.start",
            article_id,
            article.info.version,
        )
        return [
            StoredSentence(
                passage_id,
                article.info,
                start,
                end,
                article.text[start:end],  # SQLite's substr counts from the start each time
                np.frombuffer(blob, dtype=np.float16),
            )
            for passage_id, start, end, blob in rows
        ]

    def sentences(self, passage_ids: Sequence[int]) -> list[StoredSentence]:
        """The sentences of these passages, in the order of the ids and then of the text."""
        found: list[StoredSentence] = []
        for passage_id in passage_ids:
            rows = self.rows(
                f"SELECT {INFO}, sentence.start, sentence.end, "
                "substr(text, sentence.start + 1, sentence.end - sentence.start), "
                "sentence.embedding FROM passage JOIN version ON version.id = passage.version_id "
                "JOIN body ON body.version_id = version.id "
                "JOIN sentence ON passage_id = passage.id WHERE passage.id = ? "
                "ORDER BY sentence.start",
                passage_id,
            )
            for row in rows:
                *_, start, end, text, blob = row
                found.append(
                    StoredSentence(
                        passage_id,
                        _info(row),
                        start,
                        end,
                        text,
                        np.frombuffer(blob, dtype=np.float16),
                    )
                )
        return found


def _facts(
    source: str | None, author: str | None, document: str | None
) -> frozenset[tuple[str, object]]:
    if document is not None:
        return facts(json.loads(document)["meta"])
    return facts({"source": source, "author": author})


def _info_of(table: str) -> str:
    """INFO, where other tables have columns of the same names."""
    return ", ".join(f"{table}.{column}" for column in INFO.split(", "))


def _info(row: Sequence[Any]) -> ArticleInfo:
    return ArticleInfo(*row[:_FACTS])
