"""The reader: of the passages found, the sentences that answer, and how sure that is.

A sentence's score is a weighted sum of its signals, the question's confidence a logistic
function of the best sentences'. Both sets of weights were fitted by scripts/fit_reader.py
and lie in reader.json, with what they were fitted on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from haystack import Document, component, default_from_dict, default_to_dict
from numpy.typing import NDArray

from corpus.reading import StoredSentence
from retrieval.library import Library
from retrieval.retrievers import passage_ids, with_library
from retrieval.signals import NAMES, Asked, signals
from retrieval.when import Period
from retrieval.words import words

WEIGHTS = Path(__file__).with_name("reader.json")
PASSAGES_READ = 8
OUTDATED = 1.0
UNTIMELY = 0.6  # of two passages that say the same, the first found has 0.53 more

CONFIDENCE_NAMES = (
    "score",
    "cosine",
    "best_cosine",
    "coverage",
    "passage_coverage",
    "names_held",
    "has_names",
    "no_number",
    "no_date",
    "passage_cosine",
)
"""What the confidence is made of: signals of the best sentence, the best cosine of all, and
whether the question has names or numbers, and the best sentence all of them."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A sentence with its score and its signals, in the order of `NAMES`."""

    sentence: StoredSentence
    score: float
    signals: tuple[float, ...]

    def signal(self, name: str) -> float:
        return self.signals[NAMES.index(name)]


@dataclass(frozen=True, slots=True)
class Reading:
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


@dataclass(frozen=True, slots=True)
class Weights:
    """Fitted numbers: for sentences (the order of `NAMES`), for the confidence, and its bias."""

    sentence: NDArray[np.float64]
    confidence: NDArray[np.float64]
    bias: float
    threshold: float
    margin: float

    @classmethod
    def load(cls, path: Path = WEIGHTS) -> Weights:
        """Raises KeyError when the file is of other signals than the program's."""
        data = json.loads(path.read_text(encoding="utf-8"))
        return cls(
            np.array([data["sentence"][name] for name in NAMES]),
            np.array([data["confidence"][name] for name in CONFIDENCE_NAMES]),
            data["bias"],
            data["threshold"],
            data["margin"],
        )


def measure(
    asked: Asked,
    library: Library,
    ids: Sequence[int],
    row: NDArray[np.float32],
) -> list[tuple[StoredSentence, list[float]]]:
    """The sentences of these passages, best passage first, each with its signals."""
    sentences = library.store.sentences(ids)
    cosines = library.store.passage_cosines(ids, row)
    keys = [_keys(s.text) for s in sentences]
    titles = {s.article.title: _keys(s.article.title) for s in sentences}
    passage_keys: dict[int, frozenset[str]] = {}
    for sentence, its_keys in zip(sentences, keys, strict=True):
        known = passage_keys.get(sentence.passage_id, titles[sentence.article.title])
        passage_keys[sentence.passage_id] = known | its_keys
    ranks = {passage_id: rank for rank, passage_id in enumerate(ids)}
    found = []
    for i, sentence in enumerate(sentences):
        follows = i > 0 and sentences[i - 1].passage_id == sentence.passage_id
        row_of_signals = signals(
            asked,
            sentence.text,
            cosine=float(sentence.embedding @ row),
            passage_cosine=cosines[sentence.passage_id],
            context_cosine=_context_cosine(sentence, sentences[i - 1] if follows else None, row),
            passage_keys=passage_keys[sentence.passage_id],
            before_keys=keys[i - 1] if follows else frozenset(),
            title_keys=titles[sentence.article.title],
            passage_rank=ranks[sentence.passage_id],
            is_lead=sentence.start == 0,
        )
        found.append((sentence, row_of_signals))
    return found


def _keys(text: str) -> frozenset[str]:
    return frozenset(word.key for word in words(text))


def _context_cosine(
    sentence: StoredSentence, before: StoredSentence | None, row: NDArray[np.float32]
) -> float:
    """Of the sentence with half of the one before it, which often says whom it is about."""
    both = sentence.embedding.astype(np.float32)
    if before is not None:
        both += before.embedding.astype(np.float32) / 2
    return float(both @ row / (np.linalg.norm(both) or 1))


def confidence_signals(asked: Asked, ranked: Sequence[Scored]) -> list[float]:
    """In the order of `CONFIDENCE_NAMES`; `ranked` is best first and not empty."""
    best = ranked[0]
    has_names = float(bool(asked.names))
    return [
        best.score / 10,
        best.signal("cosine"),
        max(scored.signal("cosine") for scored in ranked),
        best.signal("coverage"),
        best.signal("passage_coverage"),
        has_names * float(best.signal("name_coverage") == 1),
        has_names,
        best.signal("no_number"),
        best.signal("no_date"),
        best.signal("passage_cosine"),
    ]


def read(
    asked: Asked,
    measured: Sequence[tuple[StoredSentence, list[float]]],
    weights: Weights,
    period: Period | None = None,
) -> Reading:
    """Rank what was measured; the confidence is 0 when there is nothing.

    What was published outside the `period` that the question speaks of counts less.
    """
    ranked = sorted(
        (
            Scored(s, float(np.dot(x, weights.sentence)) - _untimely(s, period), tuple(x))
            for s, x in measured
        ),
        key=lambda scored: -scored.score,
    )
    if not ranked:
        return Reading(asked, (), 0.0, weights.threshold)
    logit = float(np.dot(confidence_signals(asked, ranked), weights.confidence)) + weights.bias
    confidence = float(1 / (1 + np.exp(-logit)))
    return Reading(asked, tuple(ranked), confidence, weights.threshold)


def _untimely(sentence: StoredSentence, period: Period | None) -> float:
    """What is taken from a sentence's score; nothing where its article has no date."""
    if period is None:
        return 0.0
    published = sentence.article.published
    if period.begins_after(published):
        return OUTDATED if period.is_relative else UNTIMELY
    return UNTIMELY if period.ends_before(published) else 0.0


@component
class Reader:
    """Haystack component: fused passages to a Reading."""

    def __init__(self, library: Library, passages_read: int = PASSAGES_READ) -> None:
        self.library = library
        self.passages_read = passages_read
        self._weights = Weights.load()

    @component.output_types(reading=Reading)
    def run(
        self,
        question: str,
        embedding: list[float],
        documents: list[Document],
        period: Period | None = None,
    ) -> dict[str, Reading]:
        asked = Asked.of(question, self.library.index.rarities(question))
        ids = passage_ids(documents)[: self.passages_read]
        measured = measure(asked, self.library, ids, np.array(embedding, np.float32))
        reading = read(asked, measured, self._weights, period)
        stories = self.library.store.stories({s.article.id for s, _ in measured})
        return {"reading": replace(reading, stories=stories)}

    def to_dict(self) -> dict[str, Any]:
        return default_to_dict(
            self, library=self.library.to_dict(), passages_read=self.passages_read
        )

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Reader:
        made: Reader = default_from_dict(cls, with_library(data))
        return made
