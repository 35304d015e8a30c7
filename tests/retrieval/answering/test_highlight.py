"""Highlights mean alone what they mean in their sentence, and lie exactly on its words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.answering.highlight import MOST, highlight


@pytest.mark.parametrize(
    ("text", "words", "shown"),
    [
        ("It was founded in 1931 by two brothers from Leipzig.", "1931", "1931"),
        ("At least 12 people died in the fire on Tuesday.", "12", "At least 12"),
        ("The report has not yet been released by them.", "released", "not yet been released"),
        ("Sales rose by up to 14% in the second quarter.", "14", "up to 14%"),
        ("He is 45 or older, the record of the court says.", "45", "45 or older"),
        ("The minister could not say when the trains would run.", "could", "could not"),
        ("About $12 million was stolen on Monday night.", "12 million", "About $12 million"),
        ("No more than 5,000 tickets were sold in the week.", "5,000", "No more than 5,000"),
        (
            "The company said it doesn’t plan to close the plant there this year, or the next.",
            "close the plant",
            "doesn’t plan to close the plant",
        ),
        ("The sale, not the plant, is in doubt, he said.", "is in doubt", "is in doubt"),
        ("The sale may be stopped by the court in March.", "stopped", "may be stopped"),
        (
            "It began at 10:39 (1639 UTC), said the police there.",
            "10:39 (1639 UTC",
            "10:39 (1639 UTC)",
        ),
        ("They paid $40 for the ticket and the tour.", "40", "$40"),
    ],
)
def test_a_highlight_holds_what_changes_its_words(text: str, words: str, shown: str):
    start = text.index(words)
    found = highlight(text, start, start + len(words))
    assert found is not None
    assert text[slice(*found)] == shown


def test_nearly_the_whole_sentence_is_no_highlight():
    assert highlight("He left early.", 0, 13) is None


def test_no_words_are_no_highlight():
    assert highlight("He left — early.", 8, 9) is None
    assert highlight("", 0, 0) is None


@given(st.text(max_size=80), st.integers(0, 80), st.integers(0, 80))
def test_a_highlight_is_whole_words_of_its_text(text: str, start: int, end: int):
    found = highlight(text, min(start, end), max(start, end))
    if found is not None:
        assert 0 <= found[0] < found[1] <= len(text)
        assert found[1] - found[0] <= MOST * len(text)
        assert text[found[0]].isalnum() or text[found[0]] in "$€£%_"


@given(st.lists(st.sampled_from("not at least 12 more than up to 40 men fell $ % , .".split())))
def test_a_negation_right_before_the_words_is_always_inside(words: list[str]):
    text = " ".join([*words, "not", "12", "and all of them fell in one night and one day of war"])
    start = text.index("not 12") + 4
    found = highlight(text, start, start + 2)
    assert found is not None or len(words) > 5
    if found is not None:
        assert found[0] <= start - 4
