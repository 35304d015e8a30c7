"""Dates as people and pages write them, as ISO 8601: a year, a month, a day, or a moment."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from email.utils import parsedate_to_datetime

LEAD = timedelta(days=1)  # how far a date may lie ahead: clocks and time zones differ
_DATE_FORMATS = ("%d %B %Y", "%B %d %Y", "%d %b %Y", "%b %d %Y", "%Y/%m/%d")


def iso_date(value: str | None) -> str | None:
    """A date, or date and time, in ISO 8601; None when it is not clear which day is meant.

    A time of midnight is how programs write that they know the day only.
    """
    if value is None:
        return None
    if re.fullmatch(r"\d{4}(-\d{2})?", value):
        return value
    try:
        return _iso(datetime.fromisoformat(value))
    except ValueError:
        pass
    plain = re.sub(r"[,.]|(?<=\d)(?:st|nd|rd|th)\b", "", value)
    for form in _DATE_FORMATS:
        try:
            return _iso(datetime.strptime(plain, form))  # noqa: DTZ007  a day
        except ValueError:
            continue
    try:
        return _iso(parsedate_to_datetime(value))
    except ValueError:
        return None


def _iso(moment: datetime) -> str:
    return moment.date().isoformat() if moment.time() == time.min else moment.isoformat()


def if_not_ahead(value: str | None, now: datetime) -> str | None:
    """The ISO date unless it lies ahead of `now`, an aware datetime, by more than a day."""
    first = _first_moment(value)
    return value if first is not None and first <= now + LEAD else None


def if_later(value: str | None, other: str | None) -> str | None:
    """The ISO date `value` unless it is no later than `other`, where that is known."""
    first, before = _first_moment(value), _first_moment(other)
    return value if first is not None and (before is None or first > before) else None


def _first_moment(value: str | None) -> datetime | None:
    """The first moment that an ISO date may mean; without an offset it is in UTC."""
    if value is None:
        return None
    try:
        if match := re.fullmatch(r"(\d{4})(?:-(\d\d))?", value):
            day = date(int(match[1]), int(match[2] or 1), 1)
            return datetime.combine(day, time.min, UTC)
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
