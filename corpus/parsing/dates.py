"""Reads dates as people and pages write them, and gives them in ISO 8601."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from email.utils import parsedate_to_datetime

from corpus.iso_dates import date_bounds

LEAD = timedelta(days=1)  # how far a date may lie ahead: clocks and time zones differ
_DATE_FORMATS = ("%d %B %Y", "%B %d %Y", "%d %b %Y", "%b %d %Y", "%Y/%m/%d")


def iso_date(value: str | None) -> str | None:
    """Read a date.

    Args:
        value: "17 March 2021", "Mar 17th, 2021", "2021/03/17", ISO 8601, or the date of an e-mail
            (RFC 5322).

    Returns:
        A year, a month, a day, or a day and a time in ISO 8601; midnight is left out, because
        programs write it where they know only the day. None when it is not clear which day is
        meant.
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
    """The ISO date, or None where it lies ahead by more than a day.

    Args:
        value: A date in ISO 8601, or None.
        now: This moment, an aware datetime.
    """
    known = date_bounds(value)
    return value if known is not None and known[0] <= now + LEAD else None


def if_later(value: str | None, other: str | None) -> str | None:
    """The ISO date `value`, or None where it is no later than `other`.

    Args:
        value: A date in ISO 8601, or None.
        other: Another; None where it is not known, and then `value` comes back.
    """
    first, before = date_bounds(value), date_bounds(other)
    return value if first is not None and (before is None or first[0] > before[0]) else None
