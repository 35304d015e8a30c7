"""Questions made from sentences: right ones, and none where the grammar is not sure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.evaluation.question_generation import Phrased, names, phrase

WORDS = (" in 1931", " on Tuesday", " Ali Bin Quux", " was", " because", ", a song,", " 12 men")

PLAIN = [
    (
        "Anna Zorblatt opened the Quux Bridge on Tuesday, a year late.",
        ("when", "When did Anna Zorblatt open the Quux Bridge?", "Tuesday"),
    ),
    (
        "The Quux Bridge was opened by the mayor in 1931.",
        ("when", "When was the Quux Bridge opened by the mayor?", "1931"),
    ),
    (
        "In March 1931, the mayor opened the Quux Bridge to traffic.",
        ("when", "When did the mayor open the Quux Bridge to traffic?", "March 1931"),
    ),
    (
        "Anna Zorblatt won the prize for singing at dinner, to the joy of many.",
        ("who", "Who won the prize for singing at dinner?", "Anna Zorblatt"),
    ),
    (
        "Anna Zorblatt was elected mayor of Quux by the council.",
        ("who", "Who was elected mayor of Quux by the council?", "Anna Zorblatt"),
    ),
    (
        "More than 1,200 people were hurt at the Quux Bridge.",
        ("how many", "How many people were hurt at the Quux Bridge?", "1,200"),
    ),
    (
        "Twelve old ships left the harbour of Quux, without a crew.",
        ("how many", "How many old ships left the harbour of Quux?", "Twelve"),
    ),
    (
        "About 3.5 million people died in the Quux war.",
        ("how many", "How many people died in the Quux war?", "3.5 million"),
    ),
    (
        "The envoy of Quux was recalled because he sang at dinner.",
        ("why", "Why was the envoy of Quux recalled?", "he sang at dinner"),
    ),
    (
        "Anna Zorblatt left the council because of a song.",
        ("why", "Why did Anna Zorblatt leave the council?", "a song"),
    ),
]


@pytest.mark.parametrize(("sentence", "made"), PLAIN)
def test_a_plain_sentence_becomes_a_question(sentence: str, made: tuple[str, str, str]):
    assert phrase(sentence) == Phrased(*made)


@pytest.mark.parametrize(
    "sentence",
    [
        "",
        "She opened the bridge in 1931 with a song.",  # who?
        "The bridge that he built was opened in 1931.",
        "The mayor said the bridge was opened in 1931.",
        "Attendees were sent home on Tuesday by the mayor.",  # "When were Attendees sent"
        "Recently the bridge was opened in 1931 by the mayor.",
        "“The bridge was opened in 1931,” said the mayor of Quux.",
        "Was the Quux Bridge opened in 1931?",
        "Anna Zorblatt won it.",
        "Anna Zorblatt won the prize and moved to Quux on foot.",
        "Anna Zorblatt held that her song, and no other, was sung.",
        "Twelve people who left Quux were found in a boat.",
        "In 1931, the bridge that fell was opened again.",
    ],
)
def test_where_the_grammar_is_not_sure_there_is_no_question(sentence: str):
    assert phrase(sentence) is None


def test_names_are_whole_and_of_two_words_and_more():
    assert names(
        "Senator Anna Zorblatt met Bela Quux's envoy, the Bank of Quux, Ali Bin Quux and Dr Ali "
        "bin Quux. The Chinese Wall fell. Anna met Carl Zorblatt, Bela Quux and Anna."
    ) == ["Bela Quux", "Ali Bin Quux", "Carl Zorblatt"]
    assert names("X" * 500_000 + " " + "Aa" * 500_000) == []


@given(
    st.text(max_size=200), st.text(alphabet="The Abe was in 1931 on, ed.because'’-", max_size=200)
)
def test_any_text_is_taken(text: str, sentence: str):
    for one in (text, sentence):
        names(one)
        hold(one, phrase(one))


@pytest.mark.parametrize("sentence", [sentence for sentence, _ in PLAIN])
@given(at=st.integers(0, 80), noise=st.text(max_size=8) | st.sampled_from(WORDS))
def test_a_question_made_of_a_plain_sentence_with_noise_is_answered_by_its_words(
    sentence: str, at: int, noise: str
):
    noisy = sentence[:at] + noise + sentence[at:]
    made = phrase(noisy)
    assert made is not None or noise
    hold(noisy, made)


def hold(sentence: str, made: Phrased | None) -> None:
    """What must be true of every question, whatever it is made of."""
    if made is not None:
        assert made.question.endswith("?")
        assert made.answer in " ".join(sentence.split())
