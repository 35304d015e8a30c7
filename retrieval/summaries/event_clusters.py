"""Groups articles by event: those that report one thing, each in its own words.

Copies of one text are one story already (near_duplicates.py). This module joins other articles
when a summary needs it. It compares their embeddings, the names that they share and the days
between them. The two nearest clusters are merged as long as their articles are near on average
(average linkage; Sokal & Michener, 1958). So an article that lies between two events does not
join them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import log1p

import numpy as np
from numpy.typing import NDArray

from corpus.article import Article
from retrieval.index.library import SearchIndex
from retrieval.language.tokens import tokenize_words

LEAD_CHARS = 1200  # names further down belong to background or to other events
# A logistic regression over pairs of articles: see benchmarks/results/events.md.
COSINE, NAMES, DAYS, BIAS = 15.634, 1.992, -1.072, -11.119
NEAR = -0.5  # average log-odds from which two clusters are one event
UNKNOWN_DAYS = 3  # assumed between two articles when one has no date


@dataclass(frozen=True, slots=True)
class EventArticle:
    """An article as events are compared: its unit embedding, and the names it begins with.

    `names` maps each name to how rare it is in the library. `story` is the same number for copies
    of one text; None where the article has no copies.
    """

    article_id: str
    story: int | None
    day: date | None
    embedding: NDArray[np.float32]
    names: Mapping[str, float]

    @classmethod
    def of(
        cls, index: SearchIndex, article: Article, story: int | None, embedding: NDArray[np.float32]
    ) -> EventArticle:
        """Take from an article what is compared.

        Args:
            index: Knows how rare a name is.
            article: The article.
            story: See `EventArticle`.
            embedding: The article's, a unit row of shape (d,).
        """
        start = f"{article.info.title}. {article.text[:LEAD_CHARS]}"
        idf = index.idf_by_key(start)
        published = article.info.published
        return cls(
            article.info.id,
            story,
            date.fromisoformat(published[:10]) if published else None,
            embedding,
            {word.key: idf.get(word.key, 1.0) for word in tokenize_words(start) if word.is_name},
        )


def event_log_odds(one: EventArticle, other: EventArticle) -> float:
    """The log-odds that two articles report one event."""
    days = abs((one.day - other.day).days) if one.day and other.day else UNKNOWN_DAYS
    return (
        COSINE * float(one.embedding @ other.embedding)
        + NAMES * _shared(one.names, other.names)
        + DAYS * log1p(days)
        + BIAS
    )


def cluster_events(articles: Sequence[EventArticle]) -> list[list[EventArticle]]:
    """Group articles by event; copies of one text are always one event.

    Args:
        articles: The articles to compare; n of them take n² comparisons.

    Returns:
        The groups, ordered by their first article; within a group the order is that given.
    """
    clusters = [[at] for at in range(len(articles))]
    near = np.full((len(articles), len(articles)), -np.inf)
    for at, one in enumerate(articles):
        for before, other in enumerate(articles[:at]):
            is_copy = one.story is not None and one.story == other.story
            near[at, before] = near[before, at] = 99.0 if is_copy else event_log_odds(one, other)
    sizes = np.ones(len(articles))
    while len(articles) > 1:
        first, second = sorted(divmod(int(near.argmax()), len(articles)))
        if near[first, second] < NEAR:
            break
        both = sizes[first] + sizes[second]
        row = (near[first] * sizes[first] + near[second] * sizes[second]) / both
        near[first], near[:, first] = row, row
        near[second], near[:, second] = -np.inf, -np.inf
        near[first, first] = -np.inf
        sizes[first] = both
        clusters[first] += clusters[second]
        clusters[second] = []
    return [[articles[at] for at in sorted(cluster)] for cluster in clusters if cluster]


def _shared(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """The share of the shorter list of names that the other has too; rare names count more."""
    fewest = min(sum(one.values()), sum(other.values()))
    return sum(one[name] for name in one.keys() & other.keys()) / fewest if fewest else 0.0
