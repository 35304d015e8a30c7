"""How an answer came about: what was searched, found, weighed, kept and cut. Pure values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from corpus.article import SpanRef


class Verdict(StrEnum):
    """Whether a sentence that was read is in the answer, and why, for whoever asks."""

    KEPT = "kept"
    RIVAL = "kept: another article gives another number"
    REPEATS = "cut: it says what a better one says"
    UNLIKELY = "cut: much less likely than the best"
    CORRECTED = "cut: a later copy of its article gives another number"
    COPIED = "cut: a copy of its article is cited for the same"
    ENOUGH = "cut: better ones were enough"
    UNSURE = "cut: not sure enough to answer"
    OLDER = "cut: from before the time asked about"
    CONTRADICTS = "kept: it contradicts the question"
    BESIDE = "cut: another one contradicts the question"

    @property
    def is_kept(self) -> bool:
        """Whether the sentence is in the answer."""
        return self.value.startswith("kept")


@dataclass(frozen=True, slots=True)
class SearchHit:
    """Where a search put a passage: its rank, from 1, and its score, comparable in that search."""

    rank: int
    score: float

    def as_dict(self) -> dict[str, float]:
        """The same as JSON."""
        return {"rank": self.rank, "score": self.score}


@dataclass(frozen=True, slots=True)
class WeighedSentence:
    """A sentence that was read, its place, its score and its verdict.

    `score` is the reader's, `signals` what it was made of, by name, without those that are 0.
    `hits` says where each search ("by_meaning", "by_words", "fused") put the sentence's passage;
    None where the search did not find it.
    """

    text: str
    title: str
    ref: SpanRef
    score: float
    verdict: Verdict
    hits: Mapping[str, SearchHit | None]
    signals: Mapping[str, float]

    def as_dict(self) -> dict[str, Any]:
        """The same as JSON."""
        ref = self.ref
        return {
            "score": self.score,
            "fate": self.verdict.value,
            "text": self.text,
            "article": self.title,
            "place": [ref.article_id, ref.version, ref.start, ref.end],
            "passage": {
                name: None if hit is None else hit.as_dict() for name, hit in self.hits.items()
            },
            "signals": dict(self.signals),
        }


@dataclass(frozen=True, slots=True)
class Trace:
    """How an answer came about.

    `kind` is the question's (why, when, who, …). `confidence` is how likely the best sentence
    answers it, from 0 to 1; under `threshold` there is no answer. `searched` is the text that
    was searched for, `passage_counts` how many passages each search found, `sentence_count` how
    many sentences were read. `sentences` are the best of those and all that were kept, best first.
    `understood_as` and `period` are None where the question stood alone and named no time.
    """

    kind: str
    confidence: float
    threshold: float
    searched: str
    passage_counts: Mapping[str, int]
    sentence_count: int
    sentences: tuple[WeighedSentence, ...]
    understood_as: str | None = None
    period: str | None = None

    def summary(self) -> dict[str, Any]:
        """All but the sentences, as JSON has it."""
        optional = {"understood_as": self.understood_as, "period": self.period}
        return {
            "kind": self.kind,
            "confidence": self.confidence,
            "threshold": self.threshold,
            "searched": self.searched,
            "passages": dict(self.passage_counts),
            "sentences": self.sentence_count,
            **{name: value for name, value in optional.items() if value is not None},
        }

    def as_list(self) -> list[dict[str, Any]]:
        """The summary, then each sentence, as `ask --json --trace` prints them."""
        return [self.summary(), *(sentence.as_dict() for sentence in self.sentences)]
