"""When a digest is due: daily or weekly at a local time, also when clocks are changed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from retrieval.errors import QuestionError
from retrieval.wording.translations import tr

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WRITTEN = re.compile(r"(?:(?P<weekday>[0-6]) )?(?P<hour>\d\d):(?P<minute>\d\d)")
_TYPED = re.compile(r"\s*(\d{1,2})(?:[:.h](\d\d))?\s*(am|pm)?\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Schedule:
    """Daily at a time of day, or weekly, where `weekday` counts from Monday, 0."""

    at: time
    weekday: int | None = None

    @classmethod
    def parse(cls, written: str) -> Self:
        """Read a schedule from its `text`. Raises ValueError."""
        match = _WRITTEN.fullmatch(written)
        if match is None:
            raise ValueError(f"no schedule: {written!r}")
        weekday = match["weekday"]
        at = time(int(match["hour"]), int(match["minute"]))
        return cls(at, None if weekday is None else int(weekday))

    @property
    def text(self) -> str:
        """How it is stored: "07:30" for each day, "0 07:30" for Mondays."""
        return f"{self.at:%H:%M}" if self.weekday is None else f"{self.weekday} {self.at:%H:%M}"

    @property
    def sentence(self) -> str:
        """In words: "every day at 07:30", or "every week at 07:30, Monday"."""
        at = f"{self.at:%H:%M}"
        if self.weekday is None:
            return tr("every day at {time}", time=at)
        return tr("every week at {time}, {day}", time=at, day=tr(WEEKDAYS[self.weekday]))

    def last_due(self, now: datetime, zone: ZoneInfo) -> datetime:
        """The last moment, in UTC, at which it was due; `now` is aware.

        A time that a change of the clock skips comes as much later; one that it repeats comes
        once, the first time.
        """
        today = now.astimezone(zone).date()
        back = 0 if self.weekday is None else (today.weekday() - self.weekday) % 7
        every = 1 if self.weekday is None else 7
        for days in (back, back + every):
            local = datetime.combine(today - timedelta(days=days), self.at, zone)
            due = local.astimezone(UTC)
            if due <= now:
                return due
        raise AssertionError("a day ago is past")


def parse_time_of_day(typed: str) -> time:
    """Read a time as people write it: 7, 7:30, 19.30, 7 pm. Raises QuestionError."""
    match = _TYPED.fullmatch(typed)
    if match is not None:
        hour, minute, half = int(match[1]), int(match[2] or 0), (match[3] or "").lower()
        if half and not 1 <= hour <= 12:
            match = None
        elif half:
            hour = hour % 12 + (12 if half == "pm" else 0)
        if match is not None and hour < 24 and minute < 60:
            return time(hour, minute)
    raise QuestionError(f"“{typed[:40]}” is no time of day; write it like 7:30 or 19:00.")
