"""The reader: of the passages found, the sentences that answer, and how sure that is.

A sentence's score is a weighted sum of its signals, the question's confidence a logistic
function of the best sentences'. Both sets of weights were fitted by scripts/fit_reader.py
and lie in reader.json, with what they were fitted on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from haystack import component, default_from_dict, default_to_dict

from corpus.storage.passage_reader import StoredSentence
from retrieval.index.library import Library
from retrieval.language.periods import Period
from retrieval.no_copy import Shared
from retrieval.ranking.calibration import kept
from retrieval.ranking.features import Asked
from retrieval.ranking.reranker import Ranked, untimely
from retrieval.ranking.retrievers import with_library
from retrieval.ranking.weights import SENTENCE_NAMES, Weights


@dataclass(frozen=True, slots=True)
class Scored:
    """A sentence with its score and its signals, in the order of `SENTENCE_NAMES`."""

    sentence: StoredSentence
    score: float
    signals: tuple[float, ...]

    def signal(self, name: str) -> float:
        return self.signals[SENTENCE_NAMES.index(name)]


@dataclass(frozen=True, slots=True)
class Reading(Shared):
    """What was read for a question: every sentence, best first, and the confidence, 0 to 1.

    `threshold` is the confidence that it takes to answer. `stories` are those of the articles:
    copies of one text have the same, and are one source.
    """

    asked: Asked
    ranked: tuple[Scored, ...]
    confidence: float
    threshold: float
    stories: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def is_sure(self) -> bool:
        return bool(self.ranked) and self.confidence >= self.threshold

    def is_one_source(self, one: StoredSentence, other: StoredSentence) -> bool:
        """Whether they are from one article, or from copies of one text."""
        first, second = one.article.id, other.article.id
        story = self.stories.get(first)
        return first == second or (story is not None and story == self.stories.get(second))


def confidence_signals(asked: Asked, ranked: Sequence[Scored]) -> list[float]:
    """In the order of `CONFIDENCE_NAMES`; `ranked` is best first and not empty."""
    best = ranked[0]
    has_names = float(bool(asked.names))
    return [
        best.score / 10,
        best.signal("cosine"),
        max(scored.signal("cosine") for scored in ranked),
        best.signal("coverage"),
        has_names * float(best.signal("name_coverage") == 1),
        has_names,
        best.signal("no_number"),
        best.signal("no_date"),
        max(scored.signal("answering") for scored in ranked),
    ]


def read(ranked: Ranked, weights: Weights, period: Period | None = None) -> Reading:
    """Score every sentence; the confidence is 0 when there is none.

    Those that the ranker did not read count as little as the least that it read. What was
    published outside the `period` that the question speaks of counts less.
    """
    if not ranked.sentences:
        return Reading(ranked.asked, (), 0.0, weights.threshold)
    unread = len(ranked.sentences) - len(ranked.rankings)
    least = np.repeat(ranked.rankings.min(axis=0, keepdims=True), unread, axis=0)
    rankings = np.concatenate([ranked.rankings, least])
    scored = []
    for one, two in zip(ranked.sentences, rankings, strict=True):
        signals = (*one.signals, *map(float, two))
        score = float(np.dot(signals, weights.sentence)) - untimely(one.sentence, period)
        scored.append(Scored(one.sentence, score, signals))
    scored.sort(key=lambda one: -one.score)
    logit = float(np.dot(confidence_signals(ranked.asked, scored), weights.confidence))
    confidence = float(1 / (1 + np.exp(-logit - weights.bias)))
    return Reading(ranked.asked, tuple(scored), confidence, weights.threshold)


@component
class Reader:
    """Haystack component: ranked sentences to a Reading."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self._weights = Weights.load()

    @component.output_types(reading=Reading)
    def run(self, ranked: Ranked, period: Period | None = None) -> dict[str, Reading]:
        reading = read(ranked, self._weights, period)
        own = kept(self.library.store)
        threshold = reading.threshold if own is None else own.threshold
        stories = self.library.store.stories({m.sentence.article.id for m in ranked.sentences})
        return {"reading": replace(reading, threshold=threshold, stories=stories)}

    def to_dict(self) -> dict[str, Any]:
        return default_to_dict(self, library=self.library.to_dict())

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Reader:
        made: Reader = default_from_dict(cls, with_library(data))
        return made
