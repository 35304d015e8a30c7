"""Which articles a question is restricted to: as it was asked, and as one library has it."""

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
    """The restriction that was asked for; with all fields None there is none.

    `source` is who published, or an article's title or id, or a part that only one of them has;
    capitals do not matter. `since` and `until` are days of publication, both included, in UTC.
    """

    source: str | None = None
    since: date | None = None
    until: date | None = None

    @classmethod
    def of(cls, source: str | None, since: str | None, until: str | None, today: date) -> Scope:
        """Make a scope from options as people fill them in.

        Args:
            source: A source, a title or an id; None for all.
            since: The first day, as people write days; None for no limit.
            until: The last day, likewise.
            today: The day by the asker's clock.

        Raises:
            QuestionError: `since` or `until` is no day that is understood.
        """
        return cls(
            source,
            None if since is None else parse_day(since, SINCE, today),
            None if until is None else parse_day(until, UNTIL, today),
        )

    def __bool__(self) -> bool:
        """Whether anything is restricted."""
        return self != EVERYTHING


EVERYTHING = Scope()


def parse_day(typed: str, option: str, today: date) -> date:
    """The day that somebody means who fills in an option.

    Args:
        typed: What was filled in, such as "March 2026".
        option: SINCE for the first of the days that are meant, UNTIL for the last.
        today: The day by the asker's clock.

    Raises:
        QuestionError: It is no day that is understood.
    """
    found = parse_option_days(typed, today)
    if found is None:
        shown = typed if len(typed) <= MAX_SHOWN_CHARS else typed[:MAX_SHOWN_CHARS] + "…"
        raise QuestionError(
            f"“{shown}” is no day that I understand for “{option}”; write it like 2026-03-01, "
            "1 March, March 2026, last week or 3 days ago."
        )
    first, after = found
    return after - timedelta(days=1) if option == UNTIL else first


@dataclass(frozen=True, slots=True)
class Restriction:
    """A scope as one library understands it.

    `filters` says it in Haystack's filter grammar, `phrase` in words that follow "the articles":
    "from Reuters published since 1 March 2026".
    """

    filters: dict[str, Any]
    phrase: str
