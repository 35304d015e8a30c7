"""When a digest is due, across the changes of the clock."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from cogs.records.digest_schedule import Schedule, parse_time_of_day
from retrieval.errors import QuestionError

BERLIN = ZoneInfo("Europe/Berlin")


def due(written: str, now: str) -> str:
    """The last time that it was due in Berlin, by Berlin's clock."""
    moment = Schedule.parse(written).last_due(datetime.fromisoformat(now), BERLIN)
    return moment.astimezone(BERLIN).isoformat(timespec="minutes")


@pytest.mark.parametrize(
    ("written", "now", "last"),
    [
        ("08:00", "2026-03-16T12:00+01:00", "2026-03-16T08:00+01:00"),
        ("08:00", "2026-03-16T07:59+01:00", "2026-03-15T08:00+01:00"),
        ("0 08:00", "2026-03-18T12:00+01:00", "2026-03-16T08:00+01:00"),
        ("0 08:00", "2026-03-16T07:59+01:00", "2026-03-09T08:00+01:00"),
        # Clocks go from 2 to 3 on 29 March 2026, and from 3 back to 2 on 25 October.
        ("08:00", "2026-03-29T09:00+02:00", "2026-03-29T08:00+02:00"),
        ("02:30", "2026-03-29T12:00+02:00", "2026-03-29T03:30+02:00"),
        ("02:30", "2026-10-25T02:45+02:00", "2026-10-25T02:30+02:00"),
        ("02:30", "2026-10-25T02:45+01:00", "2026-10-25T02:30+02:00"),
        ("08:00", "2026-10-25T12:00+01:00", "2026-10-25T08:00+01:00"),
        ("00:00", "2026-03-16T00:00+01:00", "2026-03-16T00:00+01:00"),
    ],
)
def test_the_last_time_it_was_due(written: str, now: str, last: str):
    assert due(written, now) == last


@given(
    some.integers(1735689600, 1830297600),
    some.times(),
    some.sampled_from([None, *range(7)]),
    some.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"]),
)
def test_each_day_or_week_has_one_and_none_lies_ahead(
    now: int, at: time, weekday: int | None, zone: str
):
    schedule = Schedule(at.replace(second=0, microsecond=0), weekday)
    assert Schedule.parse(schedule.text) == schedule
    moment, place = datetime.fromtimestamp(now, UTC), ZoneInfo(zone)
    last = schedule.last_due(moment, place)
    every = timedelta(days=1 if weekday is None else 7)
    assert last <= moment < last + every + timedelta(hours=1)
    assert schedule.last_due(last, place) == last
    before = schedule.last_due(last - timedelta(seconds=1), place)
    assert every - timedelta(hours=1) <= last - before <= every + timedelta(hours=1)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("7", time(7)), ("7:30", time(7, 30)), ("19.05", time(19, 5)), ("12 am", time(0)),
     ("7 PM", time(19)), ("12pm", time(12))],
)  # fmt: skip
def test_a_time_as_people_write_it(typed: str, meant: time):
    assert parse_time_of_day(typed) == meant


@pytest.mark.parametrize("typed", ["", "25", "7:60", "13 pm", "noon", "7:3", "0 am"])
def test_what_is_no_time_of_day_is_said_to_be_none(typed: str):
    with pytest.raises(QuestionError, match="is no time of day"):
        parse_time_of_day(typed)
