"""When to look again at a feed and at a page, and when a page counts as gone.

News is corrected in its first hours and days; a feed is looked at more often while it brings
something. Every wait is drawn from an interval, so that what was added together spreads out.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

HOUR_S, DAY_S = 3600.0, 86_400.0
FIRST_PAUSE_S = 1800.0
SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 900.0, DAY_S
# After it was first read, or last changed; six looks, most of which a 304 answers.
PAGE_CHECKS_S = (HOUR_S, 6 * HOUR_S, DAY_S, 3 * DAY_S, 7 * DAY_S, 30 * DAY_S)
MOST_FAILURES = 6
# A server that is being moved, or a wrong setting, says 404 for hours and over a weekend; 410 is
# said on purpose. Nothing is deleted either way.
GONE_AFTER = {404: (3, timedelta(days=3)), 410: (2, timedelta(days=1))}


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Schedule:
    """The clock and the chance by which visits are planned; a test gives its own.

    `now` returns an aware datetime, `draw` a number from 0 to 1.
    """

    now: Callable[[], datetime] = _utc_now
    draw: Callable[[], float] = random.random

    def timestamp(self) -> str:
        """This moment as the library stores it."""
        return timestamp(self.now())

    def later(self, pause_s: float) -> str:
        """The moment that is `pause_s` seconds from now, a tenth more or less, at random."""
        pause = timedelta(seconds=pause_s * (0.9 + 0.2 * self.draw()))
        return timestamp(self.now() + pause)


SYSTEM_SCHEDULE = Schedule()
"""By this machine's clock, and at random."""


def timestamp(moment: datetime) -> str:
    """An aware datetime as the library stores it: ISO 8601, UTC, whole seconds."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def feed_pause_s(pause_s: float, brought: int) -> float:
    """Choose how long to leave a feed alone.

    Args:
        pause_s: The seconds that it was left alone before.
        brought: How many new entries it had then.

    Returns:
        Half as long when it brought something, half as long again when it did not; 15 minutes
        at least, a day at most.
    """
    return min(max(pause_s * (0.5 if brought else 1.5), SHORTEST_PAUSE_S), LONGEST_PAUSE_S)


def failure_pause_s(failures: int) -> float:
    """How long to leave alone what failed so often in a row: 15 minutes, doubled, a day at most."""
    return float(min(SHORTEST_PAUSE_S * 2 ** min(failures - 1, 10), LONGEST_PAUSE_S))


def page_pause_s(looks: int) -> float | None:
    """How long after the last look to look at a page again; None for never.

    `looks` counts those that found nothing new since the page was first read or last changed.
    """
    if looks >= len(PAGE_CHECKS_S):
        return None
    return PAGE_CHECKS_S[looks] - (PAGE_CHECKS_S[looks - 1] if looks else 0.0)


def is_gone(status: int, misses: int, since: datetime, now: datetime) -> bool:
    """Decide whether a page that is missing counts as gone.

    Args:
        status: What its server says, 404 or 410.
        misses: How often in a row.
        since: When it said so first.
        now: This moment.
    """
    count, span = GONE_AFTER[status]
    return misses >= count and now - since >= span
