"""Within: which articles a question is restricted to, as asked and as understood. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from retrieval.errors import QuestionError
from retrieval.language.time_expressions import parse_option_days

SINCE, UNTIL = "since", "until"
MAX_SHOWN_CHARS = 100


@dataclass(frozen=True, slots=True)
class Scope:
    """What a member asked to be restricted to; where all is None, to nothing.

    `source` is who published, or an article's title or id, or a part that only one of them has;
    capitals do not matter. `since` and `until` are days of publication, both included, in UTC.
    """

    source: str | None = None
    since: date | None = None
    until: date | None = None

    @classmethod
    def of(cls, source: str | None, since: str | None, until: str | None, today: date) -> Scope:
        """From days as people write them. Raises QuestionError for what is no day."""
        return cls(
            source,
            None if since is None else parse_day(since, SINCE, today),
            None if until is None else parse_day(until, UNTIL, today),
        )

    def __bool__(self) -> bool:
        return self != EVERYTHING


EVERYTHING = Scope()


def parse_day(told: str, option: str, today: date) -> date:
    """The first of the days that are told, or the last for UNTIL. Raises QuestionError."""
    found = parse_option_days(told, today)
    if found is None:
        shown = told if len(told) <= MAX_SHOWN_CHARS else told[:MAX_SHOWN_CHARS] + "…"
        raise QuestionError(
            f"“{shown}” is no day that I understand for “{option}”; write it like 2026-03-01, "
            "1 March, March 2026, last week or 3 days ago."
        )
    first, after = found
    return after - timedelta(days=1) if option == UNTIL else first


@dataclass(frozen=True, slots=True)
class Restriction:
    """The same for one library: `filters` in Haystack's grammar, and in words.

    `told` follows on "the articles": "from Reuters published since 1 March 2026".
    """

    filters: dict[str, Any]
    phrase: str
