"""Every span is the text at its offsets, whatever the text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sentencex import segment

from corpus.segmentation.splitter import (
    MAX_PASSAGE_CHARS,
    MAX_SENTENCE_CHARS,
    passages,
    sentences,
)

ODD = st.sampled_from(
    [
        "e\u0301",
        "👩🏽‍🚀",
        "\r\n",
        "\n",
        "\n\n",
        "\r",
        "\u2028",
        "\u00a0",
        "\u200b",
        "\x0c",
        "\ud800",
        "“",
        "”",
        "‘",
        '"',
        "'",
        "(",
        ")",
        "Mr. ",
        "U.S. ",
        "? ",
        "! ",
        ". ",
        "。",
        "؟ ",
        "…",
        "1. ",
        "https://a.example/b.c?d ",
        "The minister resigned. ",
    ]
)
MESSY = st.lists(st.one_of(ODD, st.text(max_size=12)), max_size=60).map("".join)


def assert_exact(text: str) -> None:
    """The one law: spans are the text at their offsets, in order, and only space is left out."""
    covered = []
    at = 0
    for passage in passages(text):
        assert text[passage.start : passage.end] == passage.text
        assert (passage.start, passage.end) == (
            passage.sentences[0].start,
            passage.sentences[-1].end,
        )
        long = len(passage.text) > MAX_PASSAGE_CHARS
        assert not long or len(passage.sentences) == 1
        for sentence in passage.sentences:
            assert text[sentence.start : sentence.end] == sentence.text
            assert sentence.text.strip() == sentence.text != ""
            assert len(sentence.text) <= MAX_SENTENCE_CHARS
            assert sentence.start >= at
            assert text[at : sentence.start].strip() == ""
            at = sentence.end
            covered.append(sentence)
    assert text[at:].strip() == ""
    assert covered == sentences(text)


@given(MESSY)
@settings(max_examples=600, deadline=None)
def test_spans_are_the_text_at_their_offsets(text: str):
    assert_exact(text)


@given(st.text())
@settings(max_examples=300, deadline=None)
def test_spans_of_any_text_at_all_are_the_text_at_their_offsets(text: str):
    assert_exact(text)


@given(MESSY.filter(str.strip), st.integers(min_value=0, max_value=3))
@settings(max_examples=10, deadline=None)
def test_a_megabyte_on_one_line_is_split_exactly(unit: str, seed: int):
    unit = " ".join(unit.split()) or "x"
    text = (unit + " " * (seed % 2)) * (1_000_000 // len(unit) + 1)
    started = time.monotonic()
    assert_exact(text)
    assert time.monotonic() - started < 60  # seconds where it works, hours where it is quadratic


def test_a_line_of_nothing_but_opening_quotes_does_not_hang():
    started = time.monotonic()
    assert_exact("“" * 900_000)
    assert time.monotonic() - started < 30


def test_combining_marks_stay_with_their_letter_when_a_long_word_is_cut():
    text = "e\u0301" * 2000
    cut = [sentence.text for sentence in sentences(text)]
    assert len(cut) > 1
    assert not [piece for piece in cut if piece.startswith("\u0301")]


def test_nothing_comes_of_white_space():
    assert sentences(" \n\t\u00a0 ") == []
    assert passages("") == []


def texts(text: str) -> list[str]:
    return [sentence.text for sentence in sentences(text)]


def test_a_quotation_stays_with_what_it_says():
    assert texts("“Who? Me?” she asked. He left.") == ["“Who? Me?” she asked.", "He left."]


def test_abbreviations_do_not_end_a_sentence():
    assert texts("Mr. Smith met the U.S. envoy at 5 p.m. on Friday. They spoke.") == [
        "Mr. Smith met the U.S. envoy at 5 p.m. on Friday.",
        "They spoke.",
    ]


def test_a_heading_does_not_run_into_the_text_below_it():
    assert texts("Recall\n\nRussia recalled him.") == ["Recall", "Russia recalled him."]


def test_a_new_line_ends_a_sentence_where_lines_are_paragraphs():
    long = "Russia recalled its ambassador, " * 5 + "and that was that"
    assert texts(f"Recall\n{long}\nBiden spoke") == ["Recall", long, "Biden spoke"]


@pytest.mark.parametrize("space", ["\u00a0", "\u2003", "\u3000", "\u2028", "\x85"])
def test_any_space_may_stand_before_a_full_stop(space: str):
    assert_exact(f"He is number I{space}. He left.")
    assert texts(f"He left. He met Mr.{space}Holm.") == ["He left.", f"He met Mr.{space}Holm."]


def test_a_block_that_the_splitter_dies_of_is_one_sentence(monkeypatch: pytest.MonkeyPatch):
    def dies(language: str, text: str) -> list[str]:
        return list(segment(language, "He is number I\u00a0. He left."))

    monkeypatch.setattr("corpus.segmentation.splitter.segment", dies)
    assert texts("He left. She stayed.\n\nThey met.") == ["He left. She stayed.", "They met."]


def test_an_interruption_is_none_of_its_deaths(monkeypatch: pytest.MonkeyPatch):
    def interrupted(language: str, text: str) -> list[str]:
        raise KeyboardInterrupt

    monkeypatch.setattr("corpus.segmentation.splitter.segment", interrupted)
    with pytest.raises(KeyboardInterrupt):
        sentences("He left.")


@pytest.mark.parametrize("new_line", ["\n", "\r\n", "\r"])
def test_a_new_line_is_a_space_where_lines_are_wrapped_by_hand(new_line: str):
    wrapped = f"Russia recalled{new_line}its ambassador."
    assert texts(f"{wrapped}{new_line}Biden spoke.{new_line * 2}Heading{new_line * 2}End") == [
        wrapped,
        "Biden spoke.",
        "Heading",
        "End",
    ]
