"""Sentences are whole: what the splitter cuts off is joined again, and nothing else is."""

from __future__ import annotations

import time

import pytest

from corpus.segmentation.splitter import sentences

WHOLE = [
    "The bridge fell at 10:05 p.m. EDT on Sunday.",
    "The bridge fell at 10:05 p.m. Tongan time, the harbour master said.",
    "The bridge fell at 10 a.m. Central European Time.",
    "The ferry sails at 6 p.m. Fridays.",
    "The ferry sailed at 6 p.m. Friday, hours late.",
    "The ferry sailed at 6 p.m. May 4, hours late.",
    "The ferry sails at 6 p.m. (7 p.m. in summer).",
    "The line is closed Nov. 30-Dec. 5.",
    "The bill of Rep. Ana Holm, D-N.Y., was read twice.",
    "A then-U.S.-president signed it.",
    "Rep. Ana Holm, D-Va. said that she would vote for it.",
    "The game show Quiz Me! was on the air for nine years.",
    "The works of Nordic Hull Kft. (Nordic Hull Limited) built the ferry.",
    "That is how proud we are of the crew.’’",
    "We had the best of crews. …",
    "The harbour is open again.\u200b",
]
APART = [
    ("The bridge fell at 10:05 p.m.", "The harbour master was asleep."),
    ("The bridge fell at 10:05 p.m.", "This time nobody was hurt."),
    ("The bridge fell at 10:05 p.m.", "NATO had no part in it."),
    ("The bridge fell at 10:05 p.m.", "Fridayson, its builder, wept."),
    ("They were joined by Unit E.", "New money came in."),
    ("It fell on the Java Sea's coast.", "(Nobody was hurt.)"),
    ("Was it the storm?", "It was not."),
    ("‘We had the best of crews.’", "“Then why did it sink?” asked a widow."),
]


@pytest.mark.parametrize("sentence", WHOLE)
def test_a_sentence_is_whole(sentence: str):
    assert [each.text for each in sentences(sentence)] == [sentence]
    told = [each.text for each in sentences(f"Here is the news. {sentence}")]
    assert told == ["Here is the news.", sentence]


@pytest.mark.parametrize(("first", "second"), APART)
def test_two_sentences_stay_two(first: str, second: str):
    assert [each.text for each in sentences(f"{first} {second}")] == [first, second]


@pytest.mark.parametrize("unit", ["’", ". ", "E.F", "\u200b", "10 a.m. ET ", "Oct. 1 ", "(a) b. "])
def test_much_of_it_takes_no_more_than_its_share_of_time(unit: str):
    started = time.monotonic()
    sentences(unit * (1_000_000 // len(unit)))
    assert time.monotonic() - started < 60  # seconds where it works, hours where it is quadratic
