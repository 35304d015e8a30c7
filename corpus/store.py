"""ArticleStore: articles, their versions, passages, sentences and embeddings in one SQLite file.

SQLite is the only truth; whatever else is searched is made from it. One transaction stores
one article, so that a reader sees a whole article or none of it, and a crash loses at most
the article that was being written.
"""

from __future__ import annotations

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

from corpus.article import Article, ArticleInfo, Passage, same
from corpus.errors import StoreError
from corpus.told import told

SCHEMA = Path(__file__).with_name("schema.sql")
SCHEMA_VERSION = 1
BUSY_TIMEOUT_S = 30  # how long one writer waits for another

# In the order of ArticleInfo.
_INFO = "article_id, version, title, url, source, author, published, origin"


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
            connection = sqlite3.connect(
                path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
            )
            store = cls(connection, str(path))
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = FULL")  # a reported article is kept
                connection.execute("PRAGMA foreign_keys = ON")
                store._migrate()
            except BaseException:
                connection.close()
                raise
        return store

    @classmethod
    def open_to_read(cls, path: Path) -> Self:
        """Open a library that exists, without writing: the folder may be read-only."""
        with told(path):
            try:
                return cls._open_to_read(path, "mode=ro")
            except sqlite3.OperationalError:
                # WAL needs to write beside the file, unless nobody else can write either.
                if path.with_name(path.name + "-wal").exists():
                    raise
                return cls._open_to_read(path, "immutable=1")

    @classmethod
    def _open_to_read(cls, path: Path, how: str) -> Self:
        uri = f"{path.absolute().as_uri()}?{how}"
        connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
        try:
            version = _schema_version(connection)
            if version != SCHEMA_VERSION:
                raise StoreError(_wrong_version(path, version))
        except BaseException:
            connection.close()
            raise
        return cls(connection, str(path))

    @classmethod
    def in_memory(cls) -> Self:
        """A library that is gone when it is closed."""
        store = cls(
            sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False), "memory"
        )
        store._connection.execute("PRAGMA foreign_keys = ON")
        store._migrate()
        return store

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _migrate(self) -> None:
        version = _schema_version(self._connection)
        if version == SCHEMA_VERSION:
            return
        if version != 0:
            raise StoreError(_wrong_version(Path(self._name), version))
        with self._transaction():
            if _schema_version(self._connection) == 0:  # another process may have been faster
                for statement in _statements(SCHEMA.read_text(encoding="utf-8")):
                    self._connection.execute(statement)
                self._connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
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
            self._execute(
                f"INSERT INTO version ({_INFO}, text, added_at) VALUES ({_marks(10)})",
                *astuple(info),
                article.text,
                now().isoformat(),
            )
            self._execute(
                "INSERT INTO article VALUES (?, ?) "
                "ON CONFLICT (id) DO UPDATE SET current = excluded.current",
                info.id,
                info.version,
            )
            self._put_passages(info, embedded)
            self._count_change()
        return Article(info, article.text)

    def replace_passages(self, info: ArticleInfo, embedded: Sequence[Embedded]) -> None:
        """Put other passages in the place of those of a current version (a new embedder)."""
        with self._transaction():
            self._put_passages(info, embedded)
            self._count_change()

    def _put_passages(self, info: ArticleInfo, embedded: Sequence[Embedded]) -> None:
        old = "SELECT id FROM passage WHERE article_id = ?"
        self._execute(
            "INSERT INTO passage_words (passage_words, rowid, title, body) "
            f"SELECT 'delete', id, title, body FROM passage_text WHERE id IN ({old})",
            info.id,
        )
        self._execute("DELETE FROM passage WHERE article_id = ?", info.id)
        for item in embedded:
            passage = item.passage
            passage_id = self._execute(
                "INSERT INTO passage (article_id, version, start, end, embedding) "
                f"VALUES ({_marks(5)})",
                info.id,
                info.version,
                passage.start,
                passage.end,
                _blob(item.embedding),
            ).lastrowid
            self._connection.executemany(
                f"INSERT INTO sentence VALUES ({_marks(4)})",
                [
                    (passage_id, sentence.start, sentence.end, _blob(row))
                    for sentence, row in zip(
                        passage.sentences, item.sentence_embeddings, strict=True
                    )
                ],
            )
        self._execute(
            "INSERT INTO passage_words (rowid, title, body) "
            f"SELECT id, title, body FROM passage_text WHERE id IN ({old})",
            info.id,
        )

    def _execute(self, query: str, *values: object) -> sqlite3.Cursor:
        return self._connection.execute(query, values)

    def _count_change(self) -> None:
        self._execute("UPDATE stamp SET value = value + 1 WHERE name = 'changes'")

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
            f"SELECT {_INFO}, text FROM version WHERE article_id = ? AND version = ?",
            article_id,
            version,
        )
        return Article(_info(rows[0]), rows[0][-1]) if rows else None

    def _current(self, article_id: str) -> Article | None:
        rows = self._rows(
            f"SELECT {_INFO}, text FROM version JOIN article "
            "ON id = article_id AND current = version WHERE id = ?",
            article_id,
        )
        return Article(_info(rows[0]), rows[0][-1]) if rows else None

    def articles(self) -> list[ArticleInfo]:
        """The current versions, in the order in which the articles were added."""
        rows = self._rows(
            f"SELECT {_INFO} FROM article JOIN version "
            "ON id = article_id AND current = version ORDER BY article.rowid"
        )
        return [_info(row) for row in rows]

    def passage_embeddings(self) -> tuple[NDArray[np.int64], NDArray[np.float16]]:
        """Every passage's id, shape (n,), and embedding, shape (n, d), by id; d is 0 with none."""
        rows = self._rows("SELECT id, embedding FROM passage ORDER BY id")
        ids = np.array([row[0] for row in rows], dtype=np.int64)
        joined = b"".join(row[1] for row in rows)
        width = len(joined) // 2 // len(rows) if rows else 0
        return ids, np.frombuffer(joined, dtype=np.float16).reshape(len(rows), width)

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

    def passages_matching(self, match: str, top_k: int) -> list[tuple[int, float]]:
        """Passage ids and BM25 scores (higher is better), best first, for an FTS5 expression.

        The title's words count half: they are the same in each of the article's passages.
        """
        rows = self._rows(
            "SELECT rowid, -bm25(passage_words, 0.5, 1.0) AS score FROM passage_words "
            "WHERE passage_words MATCH ? ORDER BY score DESC, rowid LIMIT ?",
            match,
            top_k,
        )
        return [(passage_id, score) for passage_id, score in rows]

    def sentences(self, passage_ids: Sequence[int]) -> list[StoredSentence]:
        """The sentences of these passages, in the order of the ids and then of the text."""
        found: list[StoredSentence] = []
        for passage_id in passage_ids:
            rows = self._rows(
                f"SELECT {_INFO}, sentence.start, sentence.end, "
                "substr(text, sentence.start + 1, sentence.end - sentence.start), "
                "sentence.embedding FROM passage JOIN version USING (article_id, version) "
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


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _schema_version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _wrong_version(path: Path, version: int) -> str:
    return (
        f"{path} was made by another release (layout {version}, this one reads {SCHEMA_VERSION}); "
        "install the newer release, or name another folder in FOOTNOTE_DATA_DIR."
    )


def _info(row: Sequence[Any]) -> ArticleInfo:
    return ArticleInfo(*row[:8])


def _marks(n: int) -> str:
    return ", ".join("?" * n)


def _blob(row: NDArray[np.float32]) -> bytes:
    return row.astype(np.float16).tobytes()
