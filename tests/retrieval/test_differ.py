"""Which sentences give different numbers for the same thing, and which do not."""

from __future__ import annotations

import pytest

from retrieval.differ import differing


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        (
            "Twelve people were injured in the storm.",
            "Fourteen people were injured in the storm.",
            ("Twelve", "Fourteen"),
        ),
        (
            "At least 12 people were hurt when the bridge fell.",
            "The bridge fell on Monday; 14 people were hurt.",
            ("12", "14"),
        ),
        (
            "The blast in Quux killed 12 people and injured 30.",
            "The blast in Quux killed 14 people and injured 30.",
            ("12", "14"),
        ),
        (
            "The repair will cost $2.5 million, the council said.",
            "The council said the repair will cost $3 million.",
            ("2.5", "3"),
        ),
        (
            "Turnout was 61% in the vote on the harbour.",
            "Turnout was 64 per cent in the vote on the harbour.",
            ("61", "64"),
        ),
    ],
)
def test_these_differ(one: str, other: str, found: tuple[str, str]):
    assert differing(one, other) == found
    assert differing(other, one) == found[::-1]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Twelve people were injured.", "12 people were injured."),
        ("The fire killed 12 people.", "The number of people killed rose from 12 to 14."),
        ("A quake in Peru killed 12 people.", "A quake in Chile killed 40 people."),
        ("In 2019 the prize went to 12 people.", "In 2020 the prize went to 14 people."),
        ("The blast killed 12 people and injured 30.", "The blast killed 12 people."),
        ("The bridge is 12 kilometres long.", "The bridge is 7 miles long."),
        ("The bridge opened in 1931.", "The bridge opened in 1957."),
        ("He came third in the race.", "He came fourth in the race."),
        ("Twelve ships left the harbour.", "Fourteen cars were burnt in the harbour."),
        ("Quux won 3 of the races.", "Quux lost 4 games at home."),
        ("He spoke.", "She spoke."),
        ("", "12"),
    ],
)
def test_these_do_not(one: str, other: str):
    assert differing(one, other) is None
    assert differing(other, one) is None
