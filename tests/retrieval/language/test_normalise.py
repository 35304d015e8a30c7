"""Two ways to write the same thing have the same normal forms; different things have others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.language.normalise import (
    FormKind,
    normalise,
    normalise_typography,
    quoted_spans,
)


def keys(text: str) -> list[str]:
    return [form.key for form in normalise(text)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("12 men", "twelve men"),
        ("a dozen", "12"),
        ("twenty-one", "21"),
        ("two hundred and five", "205"),
        ("5 million", "5,000,000"),
        ("17 March 2021", "March 17, 2021"),
        ("17 March 2021", "2021-03-17"),
        ("5 %", "5 per cent"),
        ("didn't", "did not"),
        ("n't", "not"),
        ("the U.S.", "United States"),
        ("10 km/h", "10 kilometres per hour"),
        ("US$5m", "$5 million"),
    ],
)
def test_two_ways_to_write_the_same_thing_have_the_same_keys(one: str, other: str):
    assert keys(one) == keys(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("12 men", "13 men"),
        ("the first", "one"),
        ("17 March 2021", "17 March"),
        ("A$5", "$5"),
        ("5 %", "5 percentage points"),
        ("He did it.", "He did not."),
        ("few came", "a few came"),
        ("us", "US"),
    ],
)
def test_different_things_have_different_keys(one: str, other: str):
    assert keys(one) != keys(other)


def test_a_form_says_what_it_is_and_how_it_was_written():
    forms = normalise('Anna paid "ten euros", in May.')
    assert [(form.text, form.key, form.kind, form.marks, form.quoted) for form in forms] == [
        ("Anna", "anna", FormKind.NAME, "", False),
        ("paid", "paid", FormKind.WORD, "", False),
        ("ten", "#10", FormKind.NUMBER, "", True),
        ("euros", "€", FormKind.UNIT, "", True),
        ("in", "in", FormKind.WORD, ",", False),
        ("May", "may", FormKind.DATE, "", False),
    ]


def test_typography_makes_no_difference():
    curly, plain = "“It’s here” — he said\u00a0…", '"It\'s here" - he said ...'
    assert normalise_typography(curly) == normalise_typography(plain)


def test_the_spans_of_quotations_are_without_their_marks():
    text = 'He said "no" and "yes".'
    assert [text[start:end] for start, end in quoted_spans(text)] == ["no", "yes"]


@given(st.text(max_size=200))
def test_any_text_has_normal_forms(text: str):
    once = normalise_typography(text)
    assert all(form.key for form in normalise(text))
    assert [form.key for form in normalise(once)] == keys(text)
