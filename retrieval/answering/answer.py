"""Question, Citation, Statement, Refusal, Answer: what goes in and what comes out. Pure values.

`Answer.as_dict` is the JSON that programs read; docs/answer.schema.json describes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from corpus.article import ArticleInfo
from retrieval.answering.number_conflicts import Difference, differences
from retrieval.errors import QuestionError
from retrieval.language.periods import moments
from retrieval.no_copy import Shared
from retrieval.query.scope import EVERYTHING, Within

MAX_QUESTION_CHARS = 1000  # the embedder reads 256 tokens, about this many characters
MAX_EARLIER = 5


@dataclass(frozen=True, slots=True)
class Question:
    """One question, as it was asked but for the white space around and inside it.

    `asked_at` is the asker's clock, with its offset from UTC: what "yesterday" is counted from.
    None where it is not known; then such words mean no day. `earlier` are the questions before
    it in the conversation, the oldest first: what "and why?" follows. `within` restricts it to
    some of the articles.
    """

    text: str
    asked_at: datetime | None = None
    earlier: tuple[str, ...] = ()
    within: Within = EVERYTHING

    @classmethod
    def of(
        cls,
        text: str,
        asked_at: datetime | None = None,
        earlier: Iterable[str] = (),
        within: Within = EVERYTHING,
    ) -> Question:
        """Raises QuestionError when there is nothing to ask, or too much.

        Of the earlier ones the last few are kept, without those that could not be asked.
        """
        tidy = " ".join(text.split())
        if not any(character.isalnum() for character in tidy):
            raise QuestionError(
                "There is no question to answer; ask one in words, such as "
                "“why was Antonov recalled?”."
            )
        if len(tidy) > MAX_QUESTION_CHARS:
            raise QuestionError(
                f"The question has {len(tidy):,} characters; "
                f"please ask it in at most {MAX_QUESTION_CHARS:,}."
            )
        before = [" ".join(one.split()) for one in earlier]
        kept = [one for one in before if 0 < len(one) <= MAX_QUESTION_CHARS]
        return cls(tidy, asked_at, tuple(kept[-MAX_EARLIER:]), within)


@dataclass(frozen=True, slots=True)
class Citation:
    """A quotation and the place it was copied from. Made in verify.py and nowhere else.

    `start` and `end` count code points of that version's text, end excluded. `link` opens
    the article's page at the quotation; None when the article has no address. `context` is
    the sentence before, where the quotation cannot be understood without it.
    """

    article: ArticleInfo
    start: int
    end: int
    quote: str
    link: str | None = None
    context: str | None = None

    def as_dict(self) -> dict[str, Any]:
        article = self.article
        return {
            "article": {
                "id": article.id,
                "title": article.title,
                "url": article.url,
                "source": article.source,
                "published": article.published,
                "updated": article.updated,
                "language": article.language,
            },
            "version": article.version,
            "start": self.start,
            "end": self.end,
            "quote": self.quote,
            "link": self.link,
            "context": self.context,
        }


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of the answer and the numbers, from 1, of the citations it rests on.

    A statement `is_quotation` when its text is its citation's quotation, word for word.
    """

    text: str
    citations: tuple[int, ...]
    is_quotation: bool = True


def newest(citations: Iterable[Citation]) -> str | None:
    """The latest of the dates of their articles; None where none is known."""
    dates = (citation.article.published for citation in citations)
    known = [(span[1], published) for published in dates if (span := moments(published))]
    return max(known)[1] if known else None


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
class Answer(Shared):
    """Statements resting on citations, or a refusal; never both, never neither.

    `citations[n - 1]` is citation number n. `timings_ms` has one entry a stage, in order,
    and `total`. `from_samples` tells that the library had no articles of its own yet.
    `asked_at` is the Question's. `understood_as` is the question made whole, where it followed
    on earlier ones and would mean less without them. `within` tells which articles were asked,
    where that was not all: "from Reuters". `trace` is for the people who tune:
    candidate sentences and their scores, best first.
    `found` are the sentences that a writer may use, best first, empty unless there is one;
    `writer` names the one that worded the statements, `unwritten` says why the one that was
    asked did not; `cut` is what did not hold.
    """

    question: str
    statements: tuple[Statement, ...] = ()
    citations: tuple[Citation, ...] = ()
    refusal: Refusal | None = None
    from_samples: bool = False
    timings_ms: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    trace: tuple[Mapping[str, Any], ...] = ()
    asked_at: datetime | None = None
    understood_as: str | None = None
    within: str | None = None
    found: tuple[Citation, ...] = ()
    writer: str | None = None
    unwritten: str | None = None
    cut: tuple[Cut, ...] = ()

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

    @property
    def differences(self) -> tuple[Difference, ...]:
        """Where its citations give different numbers for the same thing."""
        return differences(self.citations)

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


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A citation with the text around it, for reading on: `before` + `quote` + `after`."""

    citation: Citation
    before: str
    after: str
