"""From fused passages to ranked sentences: the likeliest by their signals, read by the ranker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from haystack import Document, component, default_from_dict, default_to_dict
from numpy.typing import NDArray

from corpus.storage.passage_reader import StoredSentence
from retrieval.encoders.cross_encoder import Candidate, CrossEncoder, load_shipped
from retrieval.index.library import Library
from retrieval.language.periods import Period
from retrieval.no_copy import Shared
from retrieval.ranking.candidates import Measured, measure
from retrieval.ranking.features import Asked
from retrieval.ranking.retrievers import passage_ids, with_library
from retrieval.ranking.weights import Weights

PASSAGES_READ = 8
SENTENCES_RANKED = 6
OUTDATED = 1.0
UNTIMELY = 0.6  # of two passages that say the same, the first found has 0.53 more


@dataclass(frozen=True, slots=True)
class Ranked(Shared):
    """The sentences of the passages found, likeliest by their signals first.

    `rankings` are the ranker's two numbers for the first of them, shape (k, 2); k is 0 only
    where there is no sentence.
    """

    asked: Asked
    sentences: tuple[Measured, ...]
    rankings: NDArray[np.float32]


def shortlist(
    measured: Sequence[Measured], weights: Weights, period: Period | None = None
) -> tuple[Measured, ...]:
    """All of them, likeliest first; of equals, the one found first."""
    scores = [np.dot(m.signals, weights.shortlist) - untimely(m.sentence, period) for m in measured]
    order = sorted(range(len(measured)), key=lambda at: -scores[at])
    return tuple(measured[at] for at in order)


def rank(ranker: CrossEncoder, question: str, sentences: Sequence[Measured]) -> NDArray[np.float32]:
    """The ranker's two numbers for each, shape (n, 2)."""
    candidates = [Candidate(m.sentence.article.title, m.before, m.sentence.text) for m in sentences]
    return ranker.score(question, candidates)


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
class SentenceRanker:
    """Haystack component: fused passages to their sentences, the likeliest of them ranked."""

    def __init__(self, library: Library, passages_read: int = PASSAGES_READ) -> None:
        self.library = library
        self.passages_read = passages_read
        self._weights = Weights.load()
        self._ranker: CrossEncoder | None = None

    def warm_up(self) -> None:
        """Load the model, if that was not done. Raises ModelError."""
        self._ranker = load_shipped()

    @component.output_types(ranked=Ranked)
    def run(
        self,
        question: str,
        embedding: np.ndarray,
        documents: list[Document],
        period: Period | None = None,
    ) -> dict[str, Ranked]:
        self.warm_up()
        assert self._ranker is not None  # noqa: S101  warm_up has loaded it
        asked = Asked.of(question, self.library.refresh_index().idf_by_key(question))
        ids = passage_ids(documents)[: self.passages_read]
        measured = measure(asked, self.library, ids, embedding)
        sentences = shortlist(measured, self._weights, period)
        rankings = rank(self._ranker, question, sentences[:SENTENCES_RANKED])
        return {"ranked": Ranked(asked, sentences, rankings)}

    def to_dict(self) -> dict[str, Any]:
        return default_to_dict(
            self, library=self.library.to_dict(), passages_read=self.passages_read
        )

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> SentenceRanker:
        made: SentenceRanker = default_from_dict(cls, with_library(data))
        return made
