"""Sentences that say that no reason was given."""

from __future__ import annotations

import pytest

from retrieval.language.no_reason import describe_missing_reason


@pytest.mark.parametrize(
    ("sentence", "says"),
    [
        ("She did not give specific reasons for the recall.", "No specific reason was given."),
        ("He left without giving a reason.", "No reason was given."),
        ("No official explanation was given.", "No official reason was given."),
        ("The ministry gave no reason.", "No reason was given."),
        ("She declined to say why he was recalled.", "No reason was given."),
        ("He didn’t explain why.", "No reason was given."),
        ("She gave specific reasons for the recall.", None),
        ("He was recalled for no other reason than his song.", None),
        ("He was not recalled because of his song.", None),
        ("It is not given that reasons matter.", None),
    ],
)
def test_a_sentence_that_gives_no_reason_is_recognised(sentence: str, says: str | None):
    assert describe_missing_reason(sentence) == says
