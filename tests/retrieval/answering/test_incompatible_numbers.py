"""Of which numbers it may be said that the sources differ: those that cannot both be right."""

from __future__ import annotations

import pytest

from corpus.article import ArticleInfo
from retrieval.answering.citation import Citation
from retrieval.answering.number_conflicts import find_differences, incompatible_numbers


@pytest.mark.parametrize(
    ("one", "other", "values"),
    [
        (
            "Twelve people were injured in the storm.",
            "Fourteen people were injured in the storm.",
            ("Twelve", "Fourteen"),
        ),
        (
            "The blast in Quux killed 12 people and injured 30.",
            "The blast in Quux killed 14 people and injured 30.",
            ("12", "14"),
        ),
        (
            "The repair will cost $2.5 million, the council said.",
            "The council said the repair will cost $4 million.",
            ("2.5", "4"),
        ),
        (
            "Turnout was 61% in the vote on the harbour.",
            "Turnout was 64 per cent in the vote on the harbour.",
            ("61", "64"),
        ),
        (
            "At least 20 people were hurt in the storm.",
            "Fourteen people were hurt in the storm.",
            ("20", "Fourteen"),
        ),
        (
            "More than 1,000 homes lost power in the storm.",
            "About 300 homes lost power in the storm.",
            ("1,000", "300"),
        ),
        (
            "Up to 50 ships were damaged in the harbour.",
            "The storm damaged 70 ships in the harbour; 70 ships were damaged.",
            ("50", "70"),
        ),
    ],
)
def test_both_cannot_be_right(one: str, other: str, values: tuple[str, str]):
    assert incompatible_numbers(one, other) == values
    assert incompatible_numbers(other, one) == values[::-1]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # A bound, or a rounded number, holds both.
        ("More than 1,000 people were evacuated.", "In all 1,012 people were evacuated."),
        ("At least 12 people were hurt in the fire.", "Fourteen people were hurt in the fire."),
        ("At least 12 people were hurt.", "At least 14 people were hurt."),
        ("Up to 50 homes were damaged.", "The flood damaged homes; 42 homes were damaged."),
        ("Nearly 500 homes were damaged.", "490 homes were damaged."),
        ("1,000 homes were damaged.", "1,012 homes were damaged."),
        ("Turnout was 61% in the vote.", "Turnout was 61.4% in the vote."),
        ("The repair will cost $3 million.", "The repair will cost $2.8 million."),
        ("Twelve or more people were hurt.", "Fourteen people were hurt."),
        # Another time.
        ("The prize went to 12 people this year.", "The prize went to 14 people last year."),
        ("The fair had 12 visitors.", "The fair had 14 visitors a year earlier."),
        ("In 2019 the prize went to 12 people.", "The prize went to 14 people."),
        # A part and the whole.
        ("Twelve people were hurt in the fire.", "Two people were seriously hurt in the fire."),
        ("Twelve people were hurt in Quux.", "Fourteen people were hurt in Quux and Zorblatt."),
        ("Twelve of the people were hurt.", "Fourteen people were hurt."),
        ("The fire hurt people, including 12 children.", "The fire hurt 14 people."),
        ("Another 12 people were hurt in the fire.", "Fourteen people were hurt in the fire."),
        # A change, a rate, a plan.
        ("Prices rose by 3% in the city.", "Prices rose to 4% in the city."),
        ("Twelve ships will leave the harbour.", "Fourteen ships leave the harbour."),
        ("The mill makes 12 boats per week.", "The mill makes 50 boats."),
        ("Officials feared 14 people had died.", "Twelve people had died."),
    ],
)
def test_both_may_be_right(one: str, other: str):
    assert incompatible_numbers(one, other) is None
    assert incompatible_numbers(other, one) is None


@pytest.mark.parametrize(
    ("first", "second", "differ"),
    [
        ("2021-03-04", "2021-03-02", True),
        ("2021-03-04", None, True),
        ("2021-03-04", "2020-03-04", False),
    ],
)
def test_reports_of_other_months_may_count_another_thing(
    first: str, second: str | None, differ: bool
):
    cited = []
    for day, number in ((first, "Twelve"), (second, "Fourteen")):
        quote = f"{number} people were injured in the storm."
        cited.append(Citation(ArticleInfo(number, 1, "Storm", published=day), 0, 9, quote))
    assert bool(find_differences(cited)) is differ
