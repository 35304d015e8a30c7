"""Small pieces of text that every room words alike: a date, and a text in one line."""

from __future__ import annotations

from datetime import datetime

from retrieval.wording.translations import format_day, tr


def format_date(published: str | None) -> str:
    """Word a date (ISO 8601) in the current language: 17 March 2021.

    Comes back as "date unknown" for None, and unchanged where it is no date.
    """
    if published is None:
        return tr("date unknown")
    try:
        day = datetime.fromisoformat(published)
    except ValueError:
        return published
    return format_day(day)


def one_line(text: str) -> str:
    """Make each stretch of white space one space, as quotations are shown."""
    return " ".join(text.split())
