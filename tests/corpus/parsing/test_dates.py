"""Dates of articles: clear or unknown, published and updated kept apart."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from corpus.parsing.dates import if_later, if_not_ahead, iso_date
from corpus.parsing.extract import normalised
from corpus.parsing.raw_article import RawArticle

NOW = datetime(2026, 3, 17, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2021-03-17T10:00:00Z", "2021-03-17T10:00:00+00:00"),
        ("2021-03-17T10:00:00+0130", "2021-03-17T10:00:00+01:30"),
        ("2021-03-17 10:00", "2021-03-17T10:00:00"),
        ("2021-03-17T00:00:00+01:00", "2021-03-17"),
        ("20210317", "2021-03-17"),
        ("2021-03", "2021-03"),
        ("17.3.2021 or so", None),
        ("0000-00-00T00:00:00", None),
    ],
)
def test_moments_are_told_in_one_form_and_midnight_is_a_day(written: str, read: str | None):
    assert iso_date(written) == read


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("2026-03-17T12:00:00+00:00", True),
        ("2026-03-18T11:00:00+00:00", True),
        ("2026-03-18T13:00:00+00:00", False),
        ("2026-03-18T13:00:00+02:00", True),
        ("2026-03-18", True),
        ("2026-03-19", False),
        ("2026", True),
        ("2099", False),
        (None, False),
    ],
)
def test_a_date_ahead_by_more_than_a_day_is_not_believed(value: str | None, kept: bool):
    assert if_not_ahead(value, NOW) == (value if kept else None)


@pytest.mark.parametrize(
    ("updated", "published", "kept"),
    [
        ("2026-03-17", "2026-03-16", True),
        ("2026-03-16T12:00:00+00:00", "2026-03-16T09:00:00+00:00", True),
        ("2026-03-16", "2026-03-16", False),
        ("2026-03-15", "2026-03-16", False),
        ("2026-03-15", None, True),
    ],
)
def test_an_update_is_later_than_the_publication(updated: str, published: str | None, kept: bool):
    assert if_later(updated, published) == (updated if kept else None)


def test_what_is_settled_has_only_dates_that_can_be_believed():
    facts = {"published": "17 March 2026", "updated": "2099-01-01", "language": "unknown"}
    found = normalised(RawArticle("He left.", facts), "a.txt", NOW)
    assert (found.published, found.updated, found.language) == ("2026-03-17", None, None)
