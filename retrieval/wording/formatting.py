"""Small pieces of text that every room words alike: a date, and a text in one line."""

from __future__ import annotations

from collections.abc import Sequence
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


def one_line_with(text: str, spans: Sequence[tuple[int, int]]) -> tuple[str, list[tuple[int, int]]]:
    """The same one line, and where in it the spans of the text are.

    Args:
        text: Any text.
        spans: Places in it, as (start, end) in code points.

    Returns:
        The line, and the spans counted in the line, in their order; those that hold nothing but
        white space are left out.
    """
    line = one_line(text)
    found = []
    for start, end in spans:
        span = text[start:end]
        inside = one_line(span)
        at = start + len(span) - len(span.lstrip())  # white space before the words is not theirs
        before = one_line(f"{text[:at]}|")[:-1]
        if inside:
            found.append((len(before), len(before) + len(inside)))
    return line, found


def one_line(text: str) -> str:
    """Make each stretch of white space one space, as quotations are shown."""
    return " ".join(text.split())
