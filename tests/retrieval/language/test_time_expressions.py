"""Days as people write them in the options "since" and "until"."""

from __future__ import annotations

from datetime import date

import pytest

from retrieval.language.time_expressions import parse_option_days

TODAY = date(2026, 3, 19)  # a Thursday


@pytest.mark.parametrize(
    ("typed", "first", "after"),
    [
        ("2026-03-01", date(2026, 3, 1), date(2026, 3, 2)),
        ("2026-02", date(2026, 2, 1), date(2026, 3, 1)),
        ("1.3.2026", date(2026, 3, 1), date(2026, 3, 2)),
        ("March", date(2026, 3, 1), date(2026, 4, 1)),
        ("in 2024", date(2024, 1, 1), date(2025, 1, 1)),
        ("Last  Week", date(2026, 3, 9), date(2026, 3, 16)),
        ("since two weeks", date(2026, 3, 2), date(2026, 3, 9)),
        ("monday", date(2026, 3, 16), date(2026, 3, 17)),
    ],
)
def test_days_are_named_as_people_do(typed: str, first: date, after: date):
    assert parse_option_days(typed, TODAY) == (first, after)


@pytest.mark.parametrize("typed", ["soon", "3/4/2026", "31.2.2026", "2026-13", "", "0.0.0000"])
def test_days_that_are_none_are_not_guessed(typed: str):
    assert parse_option_days(typed, TODAY) is None
