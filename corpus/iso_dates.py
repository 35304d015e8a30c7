"""Dates in ISO 8601 as moments: which moments a year, a month, a day or a time may mean."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

_DAY = timedelta(days=1)


def date_bounds(value: str | None) -> tuple[datetime, datetime] | None:
    """The first moment that a date may mean, and the first that it no longer means.

    Args:
        value: A year, a month, a day, or a day and a time, in ISO 8601; without an offset it is
            in UTC. None where the date is not known.

    Returns:
        Two aware datetimes in UTC, which are the same for a day and a time. None when `value` is
        no such date.
    """
    if value is None:
        return None
    try:
        if match := re.fullmatch(r"(\d{4})(?:-(\d\d))?", value):
            year, month = match.groups()
            first = date(int(year), int(month or 1), 1)
            after = (first + (31 if month else 366) * _DAY).replace(day=1)
            return _midnight(first), _midnight(after)
        moment = datetime.fromisoformat(value)
        if len(value) <= len("2021-03-17"):
            return _midnight(moment.date()), _midnight(moment.date() + _DAY)
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        return moment, moment
    except (ValueError, OverflowError):
        return None


def is_later(one: str | None, other: str | None) -> bool:
    """Whether the first date is clearly after the second; False where either is not known."""
    first, second = date_bounds(one), date_bounds(other)
    return first is not None and second is not None and first[0] >= second[1] and first != second


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
