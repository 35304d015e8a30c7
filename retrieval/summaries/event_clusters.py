"""Events: which articles tell of one thing that happened, each in words of its own.

Copies of one text are one story already (near_duplicates.py). Others are joined here, when they
are wanted: by how near their embeddings are, by the names that they share, and by the days between
them. Of clusters, the two nearest become one as long as their articles are near on average
(average linkage; Sokal & Michener, 1958), so that one article between two events joins none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import log1p

import numpy as np
from numpy.typing import NDArray

from retrieval.index.library import Library
from retrieval.language.tokens import tokenize_words

LEAD_CHARS = 1200  # names further on are of what came before, or of others
# A logistic regression over pairs of articles: see benchmarks/results/events.md.
COSINE, NAMES, DAYS, BIAS = 15.634, 1.992, -1.072, -11.119
NEAR = -0.5  # log-odds, on average, for two clusters to be one
UNKNOWN_DAYS = 3  # between articles of which one has no date


@dataclass(frozen=True, slots=True)
class EventArticle:
    """An article as events are compared: its unit embedding, and the names it begins with.

    `names` has how rare each is in the library. `story` is the same for copies of one text.
    """

    article_id: str
    story: int | None
    day: date | None
    embedding: NDArray[np.float32]
    names: Mapping[str, float]


def telling(library: Library, article_ids: Sequence[str]) -> list[EventArticle]:
    """These articles, in their order; those that are not in the library are left out."""
    stories = library.store.stories(article_ids)
    index = library.refresh_index()
    found = []
    for article_id in article_ids:
        article = library.store.article(article_id)
        if article is None:
            continue
        begins = f"{article.info.title}. {article.text[:LEAD_CHARS]}"
        rarities = index.idf_by_key(begins)
        published = article.info.published
        found.append(
            EventArticle(
                article_id,
                stories.get(article_id),
                date.fromisoformat(published[:10]) if published else None,
                _unit(library.store.embeddings(article_id).astype(np.float32).sum(axis=0)),
                {
                    word.key: rarities.get(word.key, 1.0)
                    for word in tokenize_words(begins)
                    if word.is_name
                },
            )
        )
    return found


def event_log_odds(one: EventArticle, other: EventArticle) -> float:
    """The log-odds that two articles tell of one event."""
    days = abs((one.day - other.day).days) if one.day and other.day else UNKNOWN_DAYS
    return (
        COSINE * float(one.embedding @ other.embedding)
        + NAMES * _shared(one.names, other.names)
        + DAYS * log1p(days)
        + BIAS
    )


def cluster_events(tellings: Sequence[EventArticle]) -> list[list[EventArticle]]:
    """Those of one event together, in the order given; events in the order of their first.

    Copies of one text are one event, whatever else is told.
    """
    clusters = [[at] for at in range(len(tellings))]
    near = np.full((len(tellings), len(tellings)), -np.inf)
    for at, one in enumerate(tellings):
        for before, other in enumerate(tellings[:at]):
            is_copy = one.story is not None and one.story == other.story
            near[at, before] = near[before, at] = 99.0 if is_copy else event_log_odds(one, other)
    sizes = np.ones(len(tellings))
    while len(tellings) > 1:
        first, second = sorted(divmod(int(near.argmax()), len(tellings)))
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
    return [[tellings[at] for at in sorted(cluster)] for cluster in clusters if cluster]


def _shared(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """How much of the names of whichever has fewer the other has too, rare ones counting more."""
    fewest = min(sum(one.values()), sum(other.values()))
    return sum(one[name] for name in one.keys() & other.keys()) / fewest if fewest else 0.0


def _unit(row: NDArray[np.float32]) -> NDArray[np.float32]:
    length = float(np.linalg.norm(row))
    return row / length if length else row
