"""Reading the passages and sentences of a library's current versions, with their embeddings.

Passages are numbered in the order in which they came, and no number is given twice.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corpus.article import Article, ArticleInfo, SpanRef
from corpus.storage.article_reader import INFO, ArticleReader, info_of
from corpus.storage.filters import facts


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


class PassageReader(ArticleReader):
    """What is read about passages. Every method may raise StoreError."""

    def passages_after(self, passage_id: int) -> Iterator[StoredPassage]:
        """The passages numbered above `passage_id`, in their order: what came since then."""
        for number, title, text, blob, *known in self.connection.stream(
            'SELECT passage.id, title, substr(text, start + 1, "end" - start), embedding, '
            "source, author, document FROM passage "
            "JOIN version ON version.id = passage.version_id "
            "JOIN body ON body.version_id = version.id WHERE passage.id > $1 "
            "ORDER BY passage.id",
            passage_id,
        ):
            row = None if blob is None else _embedding(blob)
            yield StoredPassage(number, title, text, row, _facts(*known))

    def passage_count(self, after: int = 0) -> int:
        """How many passages are numbered above `after`."""
        query = "SELECT count(*) FROM passage WHERE id > $1"
        return int(self.connection.rows(query, after)[0][0])

    def dropped_since(self, change: int) -> list[tuple[int, int]]:
        """The passages that later changes removed, as first and last of each row of numbers."""
        return self.connection.rows("SELECT first, last FROM dropped WHERE change > $1", change)

    def articles_of(self, passage_ids: Sequence[int]) -> list[str]:
        """The ids of the articles that these passages are from, in their order, each once."""
        rows = self.connection.rows(
            "SELECT passage.id, article_id FROM passage JOIN version ON version.id = version_id "
            f"WHERE passage.id IN (SELECT value FROM {self.connection.numbers('$1')})",
            _listed(passage_ids),
        )
        article_ids = dict(rows)
        return list(dict.fromkeys(article_ids[one] for one in passage_ids if one in article_ids))

    def articles_with(self, passage_ids: Sequence[int]) -> set[str]:
        """The ids of the articles that any of these passages is from."""
        rows = self.connection.rows(
            f"SELECT DISTINCT article_id FROM {self.connection.numbers('$1')} "
            "JOIN passage ON passage.id = value JOIN version ON version.id = version_id",
            _listed(passage_ids),
        )
        return {article_id for (article_id,) in rows}

    def embeddings(self, article_id: str) -> NDArray[np.float16]:
        """Those of the current version's passages in their order, shape (n, d).

        For an article without passages the shape is (0,).
        """
        rows = self.connection.rows(
            "SELECT embedding FROM article JOIN version "
            "ON version.article_id = article.id AND version = current "
            "JOIN passage ON version_id = version.id WHERE article.id = $1 ORDER BY passage.start",
            article_id,
        )
        return np.array([_embedding(row[0]) for row in rows])

    def sentence_embeddings(self, passage_ids: Sequence[int]) -> NDArray[np.float16]:
        """Those of these passages' first sentences, shape (n, d): texts as short as questions.

        In the order of the ids; passages without sentences are left out.
        """
        rows = self.connection.rows(
            "SELECT passage_id, embedding FROM sentence WHERE (passage_id, start) IN "
            "(SELECT passage_id, min(start) FROM sentence "
            f"WHERE passage_id IN (SELECT value FROM {self.connection.numbers('$1')}) "
            "GROUP BY passage_id)",
            _listed(passage_ids),
        )
        found = {passage_id: _embedding(blob) for passage_id, blob in rows}
        return np.array([found[one] for one in passage_ids if one in found])

    def passage_cosines(
        self, passage_ids: Sequence[int], row: NDArray[np.float32]
    ) -> dict[int, float]:
        """Each passage's cosine to a unit row.

        Args:
            passage_ids: The passages; those that are not there are left out.
            row: What they are compared with, shape (d,), of unit length.
        """
        rows = self.connection.rows(
            "SELECT id, embedding FROM passage "
            f"WHERE id IN (SELECT value FROM {self.connection.numbers('$1')})",
            _listed(passage_ids),
        )
        blobs = dict(rows)
        return {one: float(_embedding(blobs[one]) @ row) for one in passage_ids if one in blobs}

    def sentence_before(self, info: ArticleInfo, start: int) -> tuple[int, int] | None:
        """The span of the last sentence that begins before a place in an article's text.

        Args:
            info: The article, in its current version; others have no sentences here.
            start: The place, in characters from the text's start.

        Returns:
            Where the sentence starts and ends; None where there is none before.
        """
        rows: list[tuple[int, int]] = self.connection.rows(
            'SELECT sentence.start, sentence."end" FROM version '
            "JOIN passage ON version_id = version.id JOIN sentence ON passage_id = passage.id "
            "WHERE article_id = $1 AND version = $2 AND sentence.start < $3 "
            "ORDER BY passage.start DESC, sentence.start DESC LIMIT 1",
            info.id,
            info.version,
            start,
        )
        return rows[0] if rows else None

    def sentences_of(self, article: Article) -> list[StoredSentence]:
        """All sentences of that version of an article, in the text's order."""
        rows = self.connection.rows(
            'SELECT passage.id, sentence.start, sentence."end", sentence.embedding FROM version '
            "JOIN passage ON version_id = version.id JOIN sentence ON passage_id = passage.id "
            "WHERE article_id = $1 AND version = $2 ORDER BY sentence.start",
            article.info.id,
            article.info.version,
        )
        # Cut here, for a database's substr counts from the text's start each time.
        return [
            StoredSentence(
                passage_id, article.info, start, end, article.text[start:end], _embedding(blob)
            )
            for passage_id, start, end, blob in rows
        ]

    def sentences(self, passage_ids: Sequence[int]) -> list[StoredSentence]:
        """The sentences of these passages, in the order of the ids and then of the text."""
        rows = self.connection.rows(
            f'SELECT {INFO}, passage.id, sentence.start, sentence."end", '
            'substr(text, sentence.start + 1, sentence."end" - sentence.start), '
            "sentence.embedding FROM passage JOIN version ON version.id = passage.version_id "
            "JOIN body ON body.version_id = version.id "
            "JOIN sentence ON passage_id = passage.id "
            f"WHERE passage.id IN (SELECT value FROM {self.connection.numbers('$1')})",
            _listed(passage_ids),
        )
        place = {passage_id: at for at, passage_id in enumerate(passage_ids)}
        by_passage = {row[-5]: row for row in rows}
        articles = {passage_id: info_of(row) for passage_id, row in by_passage.items()}
        found = [
            StoredSentence(passage_id, articles[passage_id], start, end, text, _embedding(blob))
            for *_, passage_id, start, end, text, blob in rows
        ]
        return sorted(found, key=lambda sentence: (place[sentence.passage_id], sentence.start))


def _listed(numbers: Sequence[int]) -> str:
    return json.dumps([int(number) for number in numbers])


def _embedding(blob: bytes) -> NDArray[np.float16]:
    return np.frombuffer(blob, dtype=np.float16)


def _facts(
    source: str | None, author: str | None, document: str | None
) -> frozenset[tuple[str, object]]:
    if document is not None:
        return facts(json.loads(document)["meta"])
    return facts({"source": source, "author": author})
