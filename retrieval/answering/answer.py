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
    """One sentence of the answer, with the numbers of the citations that support it, from 1.

    `is_quotation` is true where the text is its citation's quotation, word for word.
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
    """No answer, and why.

    `near` holds the closest sentences, best first. They do not answer the question.
    """

    reason: Reason
    message: str
    near: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class Cut:
    """A statement that was removed, and what in it the articles do not say."""

    text: str
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """Two citations that give different numbers for the same thing.

    `citations` are their numbers in the answer, from 1. `values` are the two numbers as the
    articles write them. `later` is the citation that was clearly published after the other, and
    so may be an update; None where that is not known of either.
    """

    citations: tuple[int, int]
    values: tuple[str, str]
    later: int | None = None


@dataclass(frozen=True, slots=True)
class Answer(Shared):
    """Statements that rest on citations, or a refusal; always exactly one of the two.

    `citations[n - 1]` is citation number n, and `differences` are the pairs of them that give
    different numbers for the same thing; the checker finds those. `timings_ms` has one entry for
    each stage, in order, and `total`. `from_samples` is true where the library has no articles
    of its own yet. `asked_at` is the question's.

    `understood_as` is the question made whole, where it followed on earlier ones; None where it
    stood alone. `within` says which articles were searched ("from Reuters"); None for all.
    `trace` says how the answer came about; None where no pipeline made it.

    `found` are the sentences that a writer may use, best first; empty where there is no writer.
    `writer` names the model that worded the statements. `unwritten` says why the model that was
    asked did not. `cut` are the statements that the articles do not support.
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
        """Refuse an answer with both or neither, or with a statement that cites nothing."""
        if bool(self.statements) == (self.refusal is not None):
            raise ValueError("an answer has statements or a refusal, and not both")
        for statement in self.statements:
            numbers = statement.citations
            if not numbers or not all(1 <= n <= len(self.citations) for n in numbers):
                raise ValueError(f"a statement must rest on citations that exist: {numbers}")

    @property
    def answered(self) -> bool:
        """Whether it is an answer and no refusal."""
        return self.refusal is None

    @property
    def newest(self) -> str | None:
        """The date of the newest source, in ISO 8601; None where no source has a date."""
        return newest(self.citations)

    def as_dict(self) -> dict[str, Any]:
        """The answer as JSON, in the form of docs/answer.schema.json."""
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
