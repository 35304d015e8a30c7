"""Reading a library's articles: their versions, their facts, and which are copies."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from corpus.article import Article, ArticleInfo
from corpus.storage.connection import Connection
from corpus.storage.text_hash import text_hash

# In the order of ArticleInfo.
INFO = "article_id, version, title, url, source, author, published, updated, language, origin"
_FACTS = INFO.count(",") + 1


class ArticleReader:
    """What is read about articles. Every method may raise StoreError."""

    connection: Connection

    def count(self) -> int:
        """How many articles there are."""
        ((all_ids, documents),) = self.connection.rows(
            "SELECT (SELECT count(*) FROM article), "
            "(SELECT count(*) FROM version WHERE document IS NOT NULL)"
        )
        return int(all_ids - documents)

    def article(self, article_id: str, version: int | None = None) -> Article | None:
        """One version of an article; None when there is no such article or version.

        Args:
            article_id: The article's id.
            version: The version's number, from 1; None for the current one.
        """
        if version is None:
            rows = self.connection.rows(
                f"SELECT {INFO}, text FROM article JOIN version "
                "ON article_id = article.id AND version = current "
                "JOIN body ON version_id = version.id WHERE article.id = $1",
                article_id,
            )
        else:
            rows = self.connection.rows(
                f"SELECT {INFO}, text FROM version JOIN body ON version_id = version.id "
                "WHERE article_id = $1 AND version = $2",
                article_id,
                version,
            )
        return Article(info_of(rows[0]), rows[0][-1]) if rows else None

    def version(self, article_id: str) -> int | None:
        """The number of the article's current version; None when there is no such article."""
        rows = self.connection.rows("SELECT current FROM article WHERE id = $1", article_id)
        return rows[0][0] if rows else None

    def is_sound(self, article: Article) -> bool:
        """Whether the text is the one that was stored, to the bit."""
        rows = self.connection.rows(
            "SELECT hash FROM body JOIN version ON version_id = version.id "
            "WHERE article_id = $1 AND version = $2",
            article.info.id,
            article.info.version,
        )
        return rows == [(text_hash(article.text),)]

    def articles(self) -> list[ArticleInfo]:
        """The current versions, in the order in which the articles were added."""
        rows = self.connection.rows(
            f"SELECT {INFO} FROM article JOIN version "
            "ON article_id = article.id AND version = current "
            "WHERE document IS NULL ORDER BY article.rowid"
        )
        return [info_of(row) for row in rows]

    def versions(self, article_id: str) -> list[tuple[ArticleInfo, str]]:
        """Every version of an article, the first one first, and when it was added (ISO 8601)."""
        rows = self.connection.rows(
            f"SELECT {INFO}, added_at FROM version WHERE article_id = $1 ORDER BY version",
            article_id,
        )
        return [(info_of(row), row[-1]) for row in rows]

    def added_since(self, moment: str) -> list[tuple[str, str]]:
        """The ids of the articles that first came after a moment, and when, the first one first.

        Moments are ISO 8601 in UTC.
        """
        return self.connection.rows(
            "SELECT article.id, added_at FROM article JOIN version ON article_id = article.id "
            "AND version = 1 WHERE document IS NULL AND added_at > $1 ORDER BY added_at",
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
        """The story of each of these articles that is filed; copies of one text have the same."""
        listed = self.connection.texts("$1")
        return dict(
            self.connection.rows(
                "SELECT article_id, story FROM copy "
                f"WHERE article_id IN (SELECT value FROM {listed})",
                json.dumps(list(article_ids)),
            )
        )

    def copies(self, article_id: str) -> list[ArticleInfo]:
        """The other articles of its story, in the order in which they were filed."""
        info = ", ".join(f"version.{column}" for column in INFO.split(", "))
        rows = self.connection.rows(
            f"SELECT {info} FROM copy AS own JOIN copy USING (story) "
            "JOIN article ON article.id = copy.article_id JOIN version "
            "ON version.article_id = article.id AND version.version = current "
            "WHERE own.article_id = $1 AND copy.id <> own.id ORDER BY copy.id",
            article_id,
        )
        return [info_of(row) for row in rows]


def info_of(row: Sequence[Any]) -> ArticleInfo:
    """An article's facts from a row that begins with the columns INFO."""
    return ArticleInfo(*row[:_FACTS])
