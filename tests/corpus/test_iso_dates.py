"""Dates in ISO 8601 mean moments."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from corpus.iso_dates import date_bounds, is_later


@pytest.mark.parametrize(
    ("published", "first", "last"),
    [
        ("2021", "2021-01-01", "2022-01-01"),
        ("2021-12", "2021-12-01", "2022-01-01"),
        ("2021-03-17", "2021-03-17", "2021-03-18"),
        ("2021-03-17T12:00", "2021-03-17T12:00", "2021-03-17T12:00"),
        ("2021-03-17T12:00:00+09:00", "2021-03-17T03:00", "2021-03-17T03:00"),
    ],
)
def test_a_date_may_be_a_year_a_month_a_day_or_a_moment(published: str, first: str, last: str):
    bounds = tuple(datetime.fromisoformat(moment).replace(tzinfo=UTC) for moment in (first, last))
    assert date_bounds(published) == bounds


@pytest.mark.parametrize(
    "published", [None, "", "soon", "2021-13", "9999", "0001-01-01T00:00+14:00"]
)
def test_what_is_no_date_means_no_moments(published: str | None):
    assert date_bounds(published) is None


@pytest.mark.parametrize(
    ("one", "other", "is_after"),
    [
        ("2021-03-18", "2021-03-17", True),
        ("2021-03-17", "2021-03-17", False),
        ("2021-03-17", "2021-03", False),
        ("2022", "2021-12-31", True),
        ("2021-03-17T12:00", "2021-03-17T12:00", False),
        ("2021-03-17T12:00+02:00", "2021-03-17T09:59", True),
        (None, "2021", False),
        ("2021", None, False),
    ],
)
def test_one_date_is_later_only_where_that_is_certain(
    one: str | None, other: str | None, is_after: bool
):
    assert is_later(one, other) is is_after
