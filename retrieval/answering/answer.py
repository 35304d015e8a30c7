"""The answer: statements that rest on citations, or a refusal. Pure values.

`Answer.as_dict` is the JSON that programs read; docs/answer.schema.json describes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from retrieval.answering.citation import Citation, newest
from retrieval.answering.trace import Trace
from retrieval.no_copy import Shared


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of the answer and the numbers, from 1, of the citations it rests on.

    A statement `is_quotation` when its text is its citation's quotation, word for word.
    """

    text: str
    citations: tuple[int, ...]
    is_quotation: bool = True


class Reason(StrEnum):
    """Why there is no answer."""

    NOTHING_ON_THIS = "nothing_on_this"
    ONLY_NEAR = "only_near"
    NO_ARTICLES = "no_articles"
    ONLY_OLDER = "only_older"
    CONTRADICTED = "contradicted"
    NO_SENTENCES = "no_sentences"


@dataclass(frozen=True, slots=True)
class Refusal:
    """No answer, and why. `near` holds what comes closest, best first; it answers nothing."""

    reason: Reason
    message: str
    near: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class Cut:
    """A statement that was not let through, and what of it the articles do not say."""

    text: str
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """Two citations, by their numbers, that give different numbers for the same thing.

    `values` are as each of them writes it. `later` is the one of the two that was published
    clearly after the other, so that it may be an update; None where neither is known to be.
    """

    citations: tuple[int, int]
    values: tuple[str, str]
    later: int | None = None


@dataclass(frozen=True, slots=True)
class Answer(Shared):
    """Statements resting on citations, or a refusal; never both, never neither.

    `citations[n - 1]` is citation number n. `timings_ms` has one entry a stage, in order,
    and `total`. `from_samples` tells that the library had no articles of its own yet.
    `asked_at` is the Question's. `understood_as` is the question made whole, where it followed
    on earlier ones and would mean less without them. `within` tells which articles were asked,
    where that was not all: "from Reuters". `trace` says how it came about, for
    the people who tune; None where no pipeline made it.
    `found` are the sentences that a writer may use, best first, empty unless there is one;
    `writer` names the one that worded the statements, `unwritten` says why the one that was
    asked did not; `cut` is what did not hold.
    `differences` are the pairs of citations that give different numbers for the same thing; the
    Checker finds them.
    """

    question: str
    statements: tuple[Statement, ...] = ()
    citations: tuple[Citation, ...] = ()
    refusal: Refusal | None = None
    from_samples: bool = False
    timings_ms: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    trace: Trace | None = None
    asked_at: datetime | None = None
    understood_as: str | None = None
    within: str | None = None
    found: tuple[Citation, ...] = ()
    writer: str | None = None
    unwritten: str | None = None
    cut: tuple[Cut, ...] = ()
    differences: tuple[Difference, ...] = ()

    def __post_init__(self) -> None:
        if bool(self.statements) == (self.refusal is not None):
            raise ValueError("an answer has statements or a refusal, and not both")
        for statement in self.statements:
            numbers = statement.citations
            if not numbers or not all(1 <= n <= len(self.citations) for n in numbers):
                raise ValueError(f"a statement must rest on citations that exist: {numbers}")

    @property
    def answered(self) -> bool:
        return self.refusal is None

    @property
    def newest(self) -> str | None:
        """When the newest source was published, in ISO 8601; None where no source has a date."""
        return newest(self.citations)

    def as_dict(self) -> dict[str, Any]:
        refusal = self.refusal
        return {
            "question": self.question,
            "understood_as": self.understood_as,
            "within": self.within,
            "outcome": "answered" if self.answered else "refused",
            "statements": [
                {"text": s.text, "citations": list(s.citations), "is_quotation": s.is_quotation}
                for s in self.statements
            ],
            "citations": [
                {"number": number, **citation.as_dict()}
                for number, citation in enumerate(self.citations, start=1)
            ],
            "differences": [
                {"citations": list(d.citations), "values": list(d.values), "later": d.later}
                for d in self.differences
            ],
            "refusal": None
            if refusal is None
            else {
                "reason": refusal.reason.value,
                "message": refusal.message,
                "near": [citation.as_dict() for citation in refusal.near],
            },
            "asked_at": None if self.asked_at is None else self.asked_at.isoformat(),
            "newest_source": self.newest,
            "from_samples": self.from_samples,
            "timings_ms": {stage: round(ms, 3) for stage, ms in self.timings_ms.items()},
        }
