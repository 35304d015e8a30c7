"""Writing a library: articles with their versions, passages, sentences and embeddings.

The database is the only truth; every index is made from it. One transaction stores one article.
So a reader sees a whole article or none of it, and a crash loses at most the article that was being
written.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from corpus.article import Article, ArticleInfo, Passage, is_version, same
from corpus.errors import StoreError
from corpus.storage.article_reader import INFO
from corpus.storage.reader import StoreReader
from corpus.storage.sqlite import library
from corpus.storage.sqlite.connection import SqliteConnection
from corpus.storage.sqlite.errors import store_errors
from corpus.storage.text_hash import text_hash


def derived_folder(path: Path) -> Path:
    """The folder of all files that are made from the library at `path`, and can be made again."""
    return path.with_name("index")


class Outcome(StrEnum):
    """Whether the store had an article before: not at all, otherwise, or just so."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Stored:
    """What a write did: the article as the library has it now, and as it was before, if it was.

    With other dates or another language alone, `outcome` is CHANGED and the version is the same.
    """

    article: Article
    before: Article | None
    outcome: Outcome

    @property
    def is_new_version(self) -> bool:
        """Whether there is a text that the library did not have as the current one."""
        return self.before is None or self.before.info.version != self.article.info.version


@dataclass(frozen=True, slots=True)
class Embedded:
    """A passage with its embedding, shape (d,), and those of its n sentences, shape (n, d).

    All rows have unit length.
    """

    passage: Passage
    embedding: NDArray[np.float32]
    sentence_embeddings: NDArray[np.float32]


_WITH_TEXTS = ("sentence", "passage", "body", "version", "word", "nearby")
"""Tables that hold words or vectors of articles; the last two are pgvector's index."""


class ArticleStore(StoreReader):
    """An open library. Not for two threads at once; any number of processes may open it.

    Every method may raise StoreError, with a sentence that says what to do.
    """

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the library at `path` to read and write; make it when it is not there."""
        with store_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            return cls(SqliteConnection(library.to_write(path), path), path)

    @classmethod
    def open_to_read(cls, path: Path) -> Self:
        """Open a library that exists, without writing: the folder may be read-only.

        One of an earlier release is migrated first, which needs a folder that is not.
        """
        with store_errors(path):
            return cls(SqliteConnection(library.to_read(path), path), path)

    @classmethod
    def in_memory(cls) -> Self:
        """A library that is gone when it is closed."""
        return cls(SqliteConnection(library.to_write(":memory:"), None))

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is written inside is stored at the end at once, or none of it; much faster."""
        with self.connection.writing():
            yield

    # -- writing -------------------------------------------------------------------------

    def put(
        self,
        article: Article,
        embedded: Sequence[Embedded],
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> Stored:
        """Store `article` as the newest version of its id, unless `refresh` is enough.

        Then `embedded` is not used. `article.info.version` is not looked at: the store numbers
        versions itself.

        Args:
            article: What to store.
            embedded: Its passages with their embeddings, in the text's order; [] for an article
                that is not to be found by searching.
            now: The clock that says when it was added.

        Raises:
            StoreError: The library cannot be written; it is as it was before.
        """
        with self.together():
            before = self.article(article.info.id)
            if (refreshed := self._refreshed(article, before)) is not None:
                return refreshed
            info = replace(article.info, version=before.info.version + 1 if before else 1)
            ((version_id,),) = self.connection.rows(
                f"INSERT INTO version ({INFO}, added_at) "
                "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id",
                *astuple(info),
                now().isoformat(),
            )
            self.connection.execute(
                "INSERT INTO body VALUES ($1, $2, $3)",
                version_id,
                article.text,
                text_hash(article.text),
            )
            self.connection.execute(
                "INSERT INTO article VALUES ($1, $2) "
                "ON CONFLICT (id) DO UPDATE SET current = excluded.current",
                info.id,
                info.version,
            )
            self._drop_passages(info.id)
            self._put_passages(version_id, embedded)
            self.count_change()
        outcome = Outcome.ADDED if before is None else Outcome.CHANGED
        return Stored(Article(info, article.text), before, outcome)

    def refresh(self, article: Article) -> Stored | None:
        """Store what needs no new version: nothing, or other dates and another language.

        Returns None for an article that is new, or that says something else than the current
        version: that needs its passages embedded, and `put`. Raises StoreError.
        """
        return self._refreshed(article, self.article(article.info.id))

    def _refreshed(self, article: Article, before: Article | None) -> Stored | None:
        """Here is decided what is new, changed or unchanged, and nowhere else."""
        if before is None or not is_version(before, article):
            return None
        if same(before, article):
            return Stored(before, before, Outcome.UNCHANGED)
        with self.together():
            return Stored(self._amend(before, article.info), before, Outcome.CHANGED)

    def _amend(self, before: Article, after: ArticleInfo) -> Article:
        """Give the current version other dates and another language."""
        info = replace(
            before.info,
            published=after.published,
            updated=after.updated,
            language=after.language,
        )
        self.connection.execute(
            "UPDATE version SET published = $1, updated = $2, language = $3 "
            "WHERE article_id = $4 AND version = $5",
            info.published,
            info.updated,
            info.language,
            info.id,
            info.version,
        )
        self.count_change()
        return Article(info, before.text)

    def replace_passages(self, info: ArticleInfo, embedded: Sequence[Embedded]) -> None:
        """Replace the passages of a current version: another embedder or splitter makes others.

        Args:
            info: The article, in its current version.
            embedded: Its new passages, in the text's order.

        Raises:
            StoreError: The library cannot be written; it is as it was before.
        """
        with self.together():
            ((version_id,),) = self.connection.rows(
                "SELECT id FROM version WHERE article_id = $1 AND version = $2",
                info.id,
                info.version,
            )
            self._drop_passages(info.id)
            self._put_passages(version_id, embedded)
            self.count_change()

    def forget(self, article_id: str) -> bool:
        """Delete an article with all its versions and vectors, from every page of every file.

        Returns:
            Whether there was such an article. What was deleted before is wiped from the files
            either way.

        Raises:
            StoreError: A reader still uses the old pages. The article is gone; call it again to
                wipe the files.
        """
        with self.together():
            known = self.article(article_id) is not None
            if known:
                self.remove([article_id])
                self._count("forgotten")
        self._wipe()
        return known

    def _wipe(self) -> None:
        # What was derived holds words and vectors too; it is made anew without them.
        if self.path is not None:
            shutil.rmtree(derived_folder(self.path), ignore_errors=True)
        if not self.connection.wipe(_WITH_TEXTS):
            raise StoreError(
                f"Another program is still reading {self.path}; the article is forgotten, but "
                "run the same command again when that program is done, to wipe the file."
            )

    def remove(self, article_ids: Sequence[str]) -> int:
        """Delete articles with all their versions; returns how many passages went.

        The index's files hold their words and vectors until it is made again.
        """
        with self.together():
            gone = sum(self._drop_passages(article_id) for article_id in article_ids)
            for article_id in article_ids:
                self._note_forgotten_pages(article_id)
                self.connection.execute("DELETE FROM version WHERE article_id = $1", article_id)
                self.connection.execute("DELETE FROM article WHERE id = $1", article_id)
            if article_ids:
                self.count_change()
        return gone

    def _note_forgotten_pages(self, article_id: str) -> None:
        """A feed that still lists an article's pages does not bring it back.

        Of their addresses only hashes are left.
        """
        rows = self.connection.rows("SELECT url FROM page WHERE article_id = $1", article_id)
        for (url,) in rows:
            self.connection.execute(
                "INSERT INTO forgotten VALUES ($1) ON CONFLICT DO NOTHING", text_hash(url)
            )

    def _drop_passages(self, article_id: str) -> int:
        of_article = "version_id IN (SELECT id FROM version WHERE article_id = $1)"
        passages = self.connection.rows(
            f"SELECT min(id), max(id) FROM passage WHERE {of_article} GROUP BY version_id",
            article_id,
        )
        for first, last in passages:  # one version's passages are numbered in a row
            self.connection.execute("DELETE FROM passage WHERE id BETWEEN $1 AND $2", first, last)
            self.connection.execute(
                "INSERT INTO dropped VALUES ($1, $2, $3)", self.changes() + 1, first, last
            )
        return sum(last - first + 1 for first, last in passages)

    def _put_passages(self, version_id: int, embedded: Sequence[Embedded]) -> None:
        sentences = []
        for item in embedded:
            ((passage_id,),) = self.connection.rows(
                'INSERT INTO passage (version_id, start, "end", embedding) '
                "VALUES ($1, $2, $3, $4) RETURNING id",
                version_id,
                item.passage.start,
                item.passage.end,
                _blob(item.embedding),
            )
            sentences += [
                (passage_id, sentence.start, sentence.end, _blob(row))
                for sentence, row in zip(
                    item.passage.sentences, item.sentence_embeddings, strict=True
                )
            ]
        columns = ("passage_id", "start", "end", "embedding")
        self.connection.insert_rows("sentence", columns, sentences)

    def count_change(self) -> None:
        """Let whoever follows the store know that something was written, inside of `together`."""
        self._count("changes")

    def _count(self, what: str) -> None:
        self.connection.execute(
            "INSERT INTO stamp VALUES ($1, '1') ON CONFLICT (name) DO UPDATE "
            "SET value = CAST(CAST(stamp.value AS BIGINT) + 1 AS TEXT)",
            what,
        )

    def set_stamp(self, name: str, value: str) -> None:
        """Note something about the library, such as what its embeddings were made with."""
        with self.together():
            self.connection.execute(
                "INSERT INTO stamp VALUES ($1, $2) "
                "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                name,
                value,
            )


def _blob(row: NDArray[np.float32]) -> bytes:
    return row.astype(np.float16).tobytes()
