"""ArticleStore: articles, their versions, passages, sentences and embeddings in one SQLite file.

SQLite is the only truth; whatever else is searched is made from it. One transaction stores
one article, so that a reader sees a whole article or none of it, and a crash loses at most
the article that was being written.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from corpus import opening
from corpus.article import Article, ArticleInfo, Passage, same
from corpus.errors import StoreError
from corpus.told import told

# In the order of ArticleInfo.
_INFO = "article_id, version, title, url, source, author, published, origin"


def derived_folder(path: Path) -> Path:
    """Where everything lies that is made from the library at `path`, and can be again."""
    return path.with_name("index")


class Outcome(StrEnum):
    """What became of an article that was put into the store."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Embedded:
    """A passage with its embedding, shape (d,), and its sentences', shape (n, d); unit rows."""

    passage: Passage
    embedding: NDArray[np.float32]
    sentence_embeddings: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class StoredSentence:
    """A sentence of a current version, with its embedding, shape (d,)."""

    passage_id: int
    article: ArticleInfo
    start: int
    end: int
    text: str
    embedding: NDArray[np.float16]


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage of a current version, with its embedding, shape (d,), where it has one."""

    id: int
    title: str
    text: str
    embedding: NDArray[np.float16] | None


class ArticleStore:
    """An open library. Not for two threads at once; any number of processes may open it.

    Every method may raise StoreError, with a sentence that says what to do.
    """

    def __init__(self, connection: sqlite3.Connection, name: str) -> None:
        self._connection = connection
        self._name = name

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the library at `path` to read and write; made when it is not there."""
        with told(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            return cls(opening.to_write(path), str(path))

    @classmethod
    def open_to_read(cls, path: Path) -> Self:
        """Open a library that exists, without writing: the folder may be read-only.

        One of an earlier release is migrated first, which needs a folder that is not.
        """
        with told(path):
            return cls(opening.to_read(path), str(path))

    @classmethod
    def in_memory(cls) -> Self:
        """A library that is gone when it is closed."""
        return cls(opening.to_write(":memory:"), "memory")

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @contextmanager
    def together(self) -> Iterator[None]:
        """All that is written inside is stored at the end at once, or none of it; much faster."""
        with self._transaction():
            yield

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        if self._connection.in_transaction:  # inside `together`
            yield
            return
        with told(Path(self._name)):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with told(Path(self._name)):
            return self._connection.execute(query, values).fetchall()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """What is read inside is of one moment, whatever others write meanwhile."""
        with told(Path(self._name)):
            self._connection.execute("BEGIN")
        try:
            yield
        finally:
            with told(Path(self._name)):
                self._connection.execute("COMMIT")

    # -- writing -------------------------------------------------------------------------

    def put(
        self,
        article: Article,
        embedded: Sequence[Embedded],
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> Article:
        """Store `article` as the newest version of its id; returns it with its version.

        `article.info.version` is not looked at. When the store holds the same text and the
        same facts already, nothing is written and that version comes back.
        """
        with self._transaction():
            before = self._current(article.info.id)
            if before is not None and same(before, article):
                return before
            info = replace(article.info, version=before.info.version + 1 if before else 1)
            version_id = self._execute(
                f"INSERT INTO version ({_INFO}, added_at) VALUES ({_marks(9)})",
                *astuple(info),
                now().isoformat(),
            ).lastrowid
            self._execute("INSERT INTO body VALUES (?, ?)", version_id, article.text)
            self._execute(
                "INSERT INTO article VALUES (?, ?) "
                "ON CONFLICT (id) DO UPDATE SET current = excluded.current",
                info.id,
                info.version,
            )
            self._drop_passages(info.id)
            self._put_passages(version_id, embedded)
            self._count("changes")
        return Article(info, article.text)

    def replace_passages(self, info: ArticleInfo, embedded: Sequence[Embedded]) -> None:
        """Put other passages in the place of those of a current version (a new embedder)."""
        with self._transaction():
            ((version_id,),) = self._rows(
                "SELECT id FROM version WHERE article_id = ? AND version = ?", info.id, info.version
            )
            self._drop_passages(info.id)
            self._put_passages(version_id, embedded)
            self._count("changes")

    def forget(self, article_id: str) -> bool:
        """Delete an article, all its versions and vectors, from every page of every file.

        Returns False when there is no such article; what was deleted before is wiped from the
        files all the same. Raises StoreError when a reader kept the old pages in use, and
        then it is to be called again: the article itself is gone.
        """
        with self._transaction():
            known = self._current(article_id) is not None
            if known:
                self._drop_passages(article_id)
                self._execute("DELETE FROM version WHERE article_id = ?", article_id)
                self._execute("DELETE FROM article WHERE id = ?", article_id)
                self._count("forgotten")
                self._count("changes")
        # What was derived holds words and vectors too; it is made anew without them.
        shutil.rmtree(derived_folder(Path(self._name)), ignore_errors=True)
        # Deleted pages are overwritten where they lie; what the log still holds goes here.
        if self._rows("PRAGMA wal_checkpoint(TRUNCATE)")[0][0]:
            raise StoreError(
                f"Another program is still reading {self._name}; the article is forgotten, but "
                "run the same command again when that program is done, to wipe the file."
            )
        return known

    def _drop_passages(self, article_id: str) -> None:
        of_article = "version_id IN (SELECT id FROM version WHERE article_id = ?)"
        passages = self._rows(
            f"SELECT min(id), max(id) FROM passage WHERE {of_article} GROUP BY version_id",
            article_id,
        )
        for first, last in passages:  # one version's passages are numbered in a row
            self._execute("DELETE FROM passage WHERE id BETWEEN ? AND ?", first, last)
            self._execute("INSERT INTO dropped VALUES (?, ?, ?)", self.changes() + 1, first, last)

    def _put_passages(self, version_id: int | None, embedded: Sequence[Embedded]) -> None:
        for item in embedded:
            passage_id = self._execute(
                f"INSERT INTO passage (version_id, start, end, embedding) VALUES ({_marks(4)})",
                version_id,
                item.passage.start,
                item.passage.end,
                _blob(item.embedding),
            ).lastrowid
            self._connection.executemany(
                f"INSERT INTO sentence VALUES ({_marks(4)})",
                [
                    (passage_id, sentence.start, sentence.end, _blob(row))
                    for sentence, row in zip(
                        item.passage.sentences, item.sentence_embeddings, strict=True
                    )
                ],
            )

    def _execute(self, query: str, *values: object) -> sqlite3.Cursor:
        return self._connection.execute(query, values)

    def _count(self, what: str) -> None:
        self._execute(
            "INSERT INTO stamp VALUES (?, '1') ON CONFLICT (name) DO UPDATE SET value = value + 1",
            what,
        )

    def set_stamp(self, name: str, value: str) -> None:
        """Remember what the derived data were made with."""
        with self._transaction():
            self._execute(
                "INSERT INTO stamp VALUES (?, ?) "
                "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                name,
                value,
            )

    # -- reading -------------------------------------------------------------------------

    def stamp(self, name: str) -> str | None:
        rows = self._rows("SELECT value FROM stamp WHERE name = ?", name)
        return rows[0][0] if rows else None

    def changes(self) -> int:
        """How often anything changed so far, by any process: cheap enough for every question."""
        return int(self.stamp("changes") or 0)

    def count(self) -> int:
        """How many articles there are."""
        return int(self._rows("SELECT count(*) FROM article")[0][0])

    def article(self, article_id: str, version: int | None = None) -> Article | None:
        """That version of the article, or the current one; None when there is none."""
        if version is None:
            return self._current(article_id)
        rows = self._rows(
            f"SELECT {_INFO}, text FROM version JOIN body ON version_id = version.id "
            "WHERE article_id = ? AND version = ?",
            article_id,
            version,
        )
        return Article(_info(rows[0]), rows[0][-1]) if rows else None

    def _current(self, article_id: str) -> Article | None:
        rows = self._rows(
            f"SELECT {_INFO}, text FROM article JOIN version "
            "ON article_id = article.id AND version = current "
            "JOIN body ON version_id = version.id WHERE article.id = ?",
            article_id,
        )
        return Article(_info(rows[0]), rows[0][-1]) if rows else None

    def articles(self) -> list[ArticleInfo]:
        """The current versions, in the order in which the articles were added."""
        rows = self._rows(
            f"SELECT {_INFO} FROM article JOIN version "
            "ON article_id = article.id AND version = current ORDER BY article.rowid"
        )
        return [_info(row) for row in rows]

    def named(self, name: str) -> list[ArticleInfo]:
        """The articles whose id, address, title or file name is `name`, capitals apart."""
        wanted = name.casefold()
        return [
            info
            for info in self.articles()
            if wanted in (info.id.casefold(), (info.url or "").casefold(), info.title.casefold())
            or wanted == Path(info.origin or "").name.casefold()
        ]

    def passages_after(self, passage_id: int) -> Iterator[StoredPassage]:
        """The passages numbered above `passage_id`, in their order: what came since then."""
        with told(Path(self._name)):
            for number, title, text, blob in self._connection.execute(
                "SELECT passage.id, title, substr(text, start + 1, end - start), embedding "
                "FROM passage JOIN version ON version.id = passage.version_id "
                "JOIN body ON body.version_id = version.id WHERE passage.id > ? "
                "ORDER BY passage.id",
                (passage_id,),
            ):
                row = None if blob is None else np.frombuffer(blob, dtype=np.float16)
                yield StoredPassage(number, title, text, row)

    def dropped_since(self, change: int) -> list[tuple[int, int]]:
        """The passages that later changes removed, as first and last of each row of numbers."""
        return self._rows("SELECT first, last FROM dropped WHERE change > ?", change)

    def passage_count(self, after: int = 0) -> int:
        """How many passages are numbered above `after`."""
        return int(self._rows("SELECT count(*) FROM passage WHERE id > ?", after)[0][0])

    def sentence_embeddings(self, passage_ids: Sequence[int]) -> NDArray[np.float16]:
        """Those of these passages' first sentences, shape (n, d): texts as short as questions."""
        rows = []
        for passage_id in passage_ids:
            rows += self._rows(
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
            rows = self._rows("SELECT embedding FROM passage WHERE id = ?", passage_id)
            if rows:
                found[passage_id] = float(np.frombuffer(rows[0][0], np.float16) @ row)
        return found

    def sentences(self, passage_ids: Sequence[int]) -> list[StoredSentence]:
        """The sentences of these passages, in the order of the ids and then of the text."""
        found: list[StoredSentence] = []
        for passage_id in passage_ids:
            rows = self._rows(
                f"SELECT {_INFO}, sentence.start, sentence.end, "
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


def _info(row: Sequence[Any]) -> ArticleInfo:
    return ArticleInfo(*row[:8])


def _marks(n: int) -> str:
    return ", ".join("?" * n)


def _blob(row: NDArray[np.float32]) -> bytes:
    return row.astype(np.float16).tobytes()
