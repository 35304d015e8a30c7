"""Finds the time that a question speaks of, by the asker's clock. English only.

"Yesterday" and "since Friday" are relative times: they speak of what was in the news then. "In
1931" and "in March" are absolute times: any article may speak of them, however old it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from corpus.iso_dates import date_bounds
from retrieval.language.time_expressions import (
    DAY,
    DAY_OF_MONTH,
    DAY_OR_MONTH,
    TIME,
    TIME_AFTER_PREPOSITION,
    TIME_END,
    resolve_days,
)

MAX_LEEWAY = timedelta(days=7)

_RANGE = re.compile(
    rf"\b(?:between|from)\s+(?P<first>{TIME_AFTER_PREPOSITION}|{DAY_OF_MONTH})\s+(?:and|to|until|till)\s+"
    rf"(?P<last>{TIME_AFTER_PREPOSITION}){TIME_END}",
    re.IGNORECASE,
)
_LED = re.compile(
    rf"\b(?P<lead>on|in|during|since|before|after|until|till)\s+(?:the\s+(?:year\s+)?)?"
    rf"(?P<time>{TIME_AFTER_PREPOSITION}){TIME_END}",
    re.IGNORECASE,
)
_BARE = re.compile(rf"\b{TIME}", re.IGNORECASE)
_LAST_SENTENCE = re.compile(r"[^.!?]*(?:[.!?](?=\w)[^.!?]*)*[?:.!\s]*$")
_COMING = re.compile(
    r"\b(?:will|shall|going\s+to|upcoming|next|tomorrow|scheduled|planned|expected)\b|['’]ll\b",
    re.IGNORECASE,
)
_PRESENT = re.compile(
    r"\b(?:is|are|am|do|does|can|may|could|would|should|usually|now)\b", re.IGNORECASE
)

Span = tuple[date | None, date | None]
"""The first day, and the day after the last; None where it is open."""


@dataclass(frozen=True, slots=True)
class Period:
    """The time that a question speaks of.

    It lasts from `start` to `end`, the end excluded; None on a side that is open. `is_relative`
    says that only the asker's clock gives its words a meaning. `is_binding` says that, besides,
    the question asks for what happened then: no article that was published before can answer
    it. `span` is where the question names it, in characters, the end excluded.
    """

    start: datetime | None
    end: datetime | None
    is_relative: bool = False
    is_binding: bool = False
    span: tuple[int, int] = (0, 0)

    def __str__(self) -> str:
        """Start/end in ISO 8601, as the trace shows it; an open side is empty."""
        return f"{self.start or ''}/{self.end or ''}"

    @property
    def leeway(self) -> timedelta:
        """How far outside the period a date may be: its length, within a day and a week.

        People name times roughly, and articles are dated by other clocks than the asker's.
        """
        if self.start is None or self.end is None:
            return DAY
        return min(max(self.end - self.start, DAY), MAX_LEEWAY)

    def begins_after(self, published: str | None) -> bool:
        """Whether an article was clearly published before the period; False if unknown."""
        known = date_bounds(published)
        return known is not None and self.start is not None and known[1] <= self.start - self.leeway

    def ends_before(self, published: str | None) -> bool:
        """Whether an article was clearly published after the period; False if unknown."""
        known = date_bounds(published)
        return known is not None and self.end is not None and known[0] >= self.end + self.leeway


def find_period(question: str, asked_at: datetime | None) -> Period | None:
    """The time that the question speaks of: the first relative one, else the first one.

    Args:
        question: The question, in full.
        asked_at: When it was asked, in the asker's time zone. Without it, relative words and
            dates without a year mean nothing.

    Returns:
        The period, or None if the question names no time.
    """
    found = [one for one in _periods(question, asked_at) if not _is_nowadays(question, one)]
    relative = next((one for one in found if one.is_relative), None)
    if relative is None or asked_at is None:
        return found[0] if found else None
    asks = _LAST_SENTENCE.search(question)
    of_the_past = relative.end is None or relative.end <= asked_at
    is_binding = (
        asks is not None
        and relative.span[0] >= asks.start()
        and not _COMING.search(question)
        and (of_the_past or not _PRESENT.search(asks[0]))
    )
    return replace(relative, is_binding=is_binding)


def _is_nowadays(question: str, period: Period) -> bool:
    """Whether "today" means nowadays: "where is it used today", "it is seen even today"."""
    start, end = period.span
    return question[start:end].lower().endswith("today") and (
        _PRESENT.search(question) is not None
        or question[:start].rstrip().lower().endswith(("even", "still"))
    )


def remove_period(question: str, period: Period | None) -> str:
    """The question without words such as "last week", which no article uses of its own time.

    Names of days and months stay, because articles have them. Everything stays if the question
    has nothing else.

    Args:
        question: The question, in full.
        period: What `find_period` found in it.

    Returns:
        The question to search with.
    """
    if period is None or not period.is_relative:
        return question
    start, end = period.span
    if re.search(rf"\b{DAY_OR_MONTH}", question[start:end], re.IGNORECASE):
        return question
    after = re.sub(r"^['’]s\b", "", question[end:])
    rest = re.sub(r"\s+(?=[?!.,])", "", " ".join(f"{question[:start]} {after}".split()))
    return rest if any(character.isalnum() for character in rest) else question


def _periods(question: str, asked_at: datetime | None) -> Iterator[Period]:
    """Each time that the question names, in order."""
    zone = (asked_at.tzinfo if asked_at else None) or UTC
    at = 0
    while True:
        matches = [m for p in (_RANGE, _LED, _BARE) if (m := p.search(question, at))]
        if not matches:
            return
        match = min(matches, key=lambda m: (m.start(), -m.end()))
        at = match.end()
        try:
            found = _span(match, asked_at.date() if asked_at else None)
        except (ValueError, OverflowError):  # 31 February
            continue
        if found is not None:
            (first, after), is_relative = found
            start = None if first is None else _midnight(first, zone)
            end = None if after is None else _midnight(after, zone)
            yield Period(start, end, is_relative, span=match.span())


def _span(match: re.Match[str], today: date | None) -> tuple[Span, bool] | None:
    """The days that were matched, and whether they are relative. Raises as `resolve_days`."""
    groups = match.groupdict()
    if match.re is _RANGE:
        return _between(groups["first"], groups["last"], today)
    found = resolve_days(groups.get("time") or match[0], today)
    if found is None:
        return None
    (first, after), is_relative = found
    spans: dict[str, Span] = {
        "since": (first, None),
        "after": (after, None),
        "before": (None, first),
        "until": (None, after),
        "till": (None, after),
    }
    lead = (groups.get("lead") or "").lower()
    return spans.get(lead, (first, after)), is_relative


def _between(first: str, last: str, today: date | None) -> tuple[Span, bool] | None:
    end = resolve_days(last, today)
    if end is None:
        return None
    if re.fullmatch(DAY_OF_MONTH, first):  # between 3 and 5 May
        opening = end[0][0].replace(day=int(re.sub(r"\D", "", first)))
        is_relative = False
    else:
        start = resolve_days(first, today)
        if start is None:
            return None
        opening, is_relative = start[0][0], start[1]
    return ((opening, end[0][1]), is_relative or end[1]) if opening < end[0][1] else None


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time.min, zone)
