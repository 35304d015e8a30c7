"""When to look again at a feed and at a page, and when a page counts as gone. Pure.

News is corrected in its first hours and days; a feed is looked at more often while it brings
something. Every wait is drawn from an interval, so that what was added together spreads out.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Draw = Callable[[], float]
"""A number from 0 to 1, at random."""

HOUR_S, DAY_S = 3600.0, 86_400.0
FIRST_PAUSE_S = 1800.0
SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 900.0, DAY_S
# After it was first read, or last changed; six looks, most of which a 304 answers.
PAGE_CHECKS_S = (HOUR_S, 6 * HOUR_S, DAY_S, 3 * DAY_S, 7 * DAY_S, 30 * DAY_S)
MOST_FAILURES = 6
# A server that is being moved, or a wrong setting, says 404 for hours and over a weekend; 410 is
# said on purpose. Nothing is deleted either way.
GONE_AFTER = {404: (3, timedelta(days=3)), 410: (2, timedelta(days=1))}


def timestamp(moment: datetime) -> str:
    """A moment as the library keeps it."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def jittered(moment: datetime, pause_s: float, draw: Draw) -> str:
    """`pause_s` after a moment, a tenth more or less."""
    return timestamp(moment + timedelta(seconds=pause_s * (0.9 + 0.2 * draw())))


def feed_pause_s(pause_s: float, brought: int) -> float:
    """How long to leave a feed alone that brought so many new entries after `pause_s`."""
    return min(max(pause_s * (0.5 if brought else 1.5), SHORTEST_PAUSE_S), LONGEST_PAUSE_S)


def failure_pause_s(failures: int) -> float:
    """How long to leave alone what failed so often in a row: 15 minutes, doubled, a day at most."""
    return float(min(SHORTEST_PAUSE_S * 2 ** min(failures - 1, 10), LONGEST_PAUSE_S))


def page_pause_s(looks: int) -> float | None:
    """How long after the look before to look at a page again; None for never."""
    if looks >= len(PAGE_CHECKS_S):
        return None
    return PAGE_CHECKS_S[looks] - (PAGE_CHECKS_S[looks - 1] if looks else 0.0)


def is_gone(status: int, misses: int, since: datetime, now: datetime) -> bool:
    """Whether a page that was not there so often in a row, first at `since`, is gone."""
    count, span = GONE_AFTER[status]
    return misses >= count and now - since >= span
