"""Reads the passages found: which sentences answer, and how sure that is.

A sentence's score is a weighted sum of its features, the question's confidence a logistic
function of the best sentences'. Both sets of weights were fitted by scripts/fit_reader.py
and lie in reader.json, with what they were fitted on.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from haystack import Document, component, default_from_dict, default_to_dict

from corpus.storage.passage_reader import StoredSentence
from retrieval.encoders.reader_model import ReaderModel, load_shipped
from retrieval.index.library import Library
from retrieval.language.periods import Period
from retrieval.no_copy import Shared
from retrieval.ranking.calibration import kept
from retrieval.ranking.candidates import Candidate, read_candidates
from retrieval.ranking.features import FEATURES, Asked
from retrieval.ranking.retrievers import passage_ids, with_library
from retrieval.ranking.weights import Caution, Weights

PASSAGES_READ = 8  # a right sentence is there in .95 to .98; each takes 30 ms of a core
OUTDATED = 1.0
UNTIMELY = 0.6  # of two passages that say the same, the first found has 0.53 more


@dataclass(frozen=True, slots=True)
class Scored:
    """A sentence with its score and its features, in the order of `FEATURES`.

    `words` are those that answer best, as (start, end) in the sentence's text.
    """

    sentence: StoredSentence
    score: float
    features: tuple[float, ...]
    words: tuple[int, int] = (0, 0)

    def feature(self, name: str) -> float:
        """One of its features, by its name in `FEATURES`."""
        return self.features[FEATURES.index(name)]


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
        """Whether there is a sentence, and enough confidence to answer."""
        return bool(self.ranked) and self.confidence >= self.threshold

    def is_one_source(self, one: StoredSentence, other: StoredSentence) -> bool:
        """Whether they are from one article, or from copies of one text."""
        first, second = one.article.id, other.article.id
        story = self.stories.get(first)
        return first == second or (story is not None and story == self.stories.get(second))


def confidence_features(asked: Asked, ranked: Sequence[Scored]) -> list[float]:
    """What the confidence is made of.

    Args:
        asked: The question.
        ranked: Its sentences, best first; at least one.

    Returns:
        One number for each of `weights.CONFIDENCE_NAMES`, in their order.
    """
    best = ranked[0]
    has_names = float(bool(asked.names))
    return [
        best.score / 10,
        best.feature("evidence") / 10,
        best.feature("span") / 10,
        max(one.feature("evidence") for one in ranked) / 10,
        max(one.feature("span") for one in ranked) / 10,
        max(one.feature("cosine") for one in ranked),
        best.feature("coverage"),
        best.feature("rare_passage_coverage"),
        has_names * best.feature("name_coverage"),
        has_names,
    ]


def score_candidates(
    asked: Asked,
    candidates: Sequence[Candidate],
    weights: Weights,
    period: Period | None = None,
    caution: Caution = Caution.HELPFUL,
) -> Reading:
    """Score every candidate and say how sure an answer from them would be.

    Args:
        asked: The question.
        candidates: The sentences of the passages found.
        weights: What each feature counts.
        period: The time that the question speaks of; what was published outside of it counts less.
        caution: How sure an answer must be.

    Returns:
        The candidates, best first; a confidence of 0 where there are none.
    """
    if not candidates:
        return Reading(asked, (), 0.0, weights.thresholds[caution])
    scores = np.array([one.features for one in candidates]) @ weights.sentence
    ranked = sorted(
        (
            Scored(
                one.sentence, float(score) - untimely(one.sentence, period), one.features, one.words
            )
            for one, score in zip(candidates, scores, strict=True)
        ),
        key=lambda one: -one.score,
    )
    logit = float(np.dot(confidence_features(asked, ranked), weights.confidence))
    confidence = float(1 / (1 + np.exp(-logit - weights.bias)))
    return Reading(asked, tuple(ranked), confidence, weights.thresholds[caution])


def untimely(sentence: StoredSentence, period: Period | None) -> float:
    """What is taken from the score of what was published outside the `period` asked about.

    Nothing where its article has no date.
    """
    if period is None:
        return 0.0
    published = sentence.article.published
    if period.begins_after(published):
        return OUTDATED if period.is_relative else UNTIMELY
    return UNTIMELY if period.ends_before(published) else 0.0


@component
class Reader:
    """Haystack component: fused passages to a Reading."""

    def __init__(
        self,
        library: Library,
        passages_read: int = PASSAGES_READ,
        network: ReaderModel | None = None,
        caution: Caution = Caution.HELPFUL,
    ) -> None:
        """Make a reader of one library's passages.

        Args:
            library: Where the passages are.
            passages_read: How many of those found are read, the best first.
            network: What reads them; the network that ships where there is none.
            caution: How sure an answer must be, where the library has no threshold of its own.
        """
        self.library = library
        self.passages_read = passages_read
        self._weights = Weights.load()
        self._network = network
        self.caution = Caution(caution)

    def warm_up(self) -> None:
        """Load the network that ships, if none was given.

        Raises:
            ModelError: It is damaged, or not there.
        """
        self._network = self._network or load_shipped()

    @component.output_types(reading=Reading)
    def run(
        self,
        question: str,
        embedding: np.ndarray,
        documents: list[Document],
        period: Period | None = None,
        hidden: Collection[tuple[str, int]] = (),
    ) -> dict[str, Reading]:
        """Read the first of the passages; see `read_candidates` for `hidden`."""
        self.warm_up()
        assert self._network is not None  # noqa: S101  warm_up has loaded it
        asked = Asked.of(question, self.library.refresh_index().idf_by_key(question))
        candidates = read_candidates(
            asked,
            question,
            self.library,
            passage_ids(documents)[: self.passages_read],
            embedding,
            self._network,
            hidden,
        )
        reading = score_candidates(asked, candidates, self._weights, period, self.caution)
        own = kept(self.library.store)
        stories = self.library.store.stories({one.sentence.article.id for one in candidates})
        threshold = reading.threshold if own is None else own.threshold
        return {"reading": replace(reading, threshold=threshold, stories=stories)}

    def to_dict(self) -> dict[str, Any]:
        """The component as Haystack writes pipelines down."""
        return default_to_dict(
            self,
            library=self.library.to_dict(),
            passages_read=self.passages_read,
            caution=self.caution.value,
        )

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Reader:
        """Make it again from `to_dict`; its library is opened."""
        made: Reader = default_from_dict(cls, with_library(data))
        return made
