"""Questions that rest on what the articles say of someone else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.query.false_premise import Contradiction, find_contradiction

RECALLED = "Russia on Wednesday recalled its ambassador to the United States, two papers said."
ATTACKED = "In February Russia attacked Ukraine."
OTHERS = ["Talks between Russia, Ukraine and the United States failed.", "Nobody knows Zorblatt."]


CONTRADICTED = [
    ("Why did the United States recall its ambassador?", RECALLED, "Russia", "the US"),
    ("When did the U.S. recall the ambassador?", RECALLED, "Russia", "the US"),
    ("How has the US recalled its ambassador?", RECALLED, "Russia", "the US"),
    ("Why did Ukraine attack Russia?", ATTACKED, "Russia", "Ukraine"),
    ("When was Russia attacked by Ukraine?", ATTACKED, "Russia", "Ukraine"),
    ("Why did Ukraine attack Russia?", "Ukraine was attacked by Russia.", "Russia", "Ukraine"),
    (
        "Why did Zorblatt praise Quibble?",
        "It was said that Quibble had recently praised Zorblatt.",
        "Quibble",
        "Zorblatt",
    ),
]


@pytest.mark.parametrize(("question", "sentence", "said_of", "asked_of"), CONTRADICTED)
def test_what_is_said_of_another_contradicts(
    question: str, sentence: str, said_of: str, asked_of: str
):
    texts = [*OTHERS, sentence, "Nobody asked Quibble."]
    assert find_contradiction(question, texts) == Contradiction(2, said_of, asked_of)


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        # It is as the question has it.
        ("Why did Russia recall its ambassador?", RECALLED),
        ("Why did Russia attack Ukraine?", ATTACKED),
        ("Why was Ukraine attacked by Russia?", ATTACKED),
        # Another object, another deed, no deed.
        ("Why did the United States recall its spies?", RECALLED),
        ("Why did the United States expel its ambassador?", RECALLED),
        ("Why did Ukraine attack Russia?", "Russia did not attack Ukraine."),
        ("Why did Ukraine attack Russia?", "Russia may have attacked Ukraine."),
        ("Why did Ukraine attack Russia?", "Russia threatened to attack Ukraine."),
        # Somebody who is not asked about, and who need not have been the only one.
        ("Why did Zorblatt recall its ambassador?", RECALLED),
        # The name before the verb is not its agent for sure.
        ("Why did Ukraine attack Russia?", "Friends of Russia attacked Ukraine."),
        ("Why did Ukraine attack Russia?", "Belarus and Russia attacked Ukraine."),
        # It takes nothing for granted.
        ("Did the United States recall its ambassador?", RECALLED),
        ("Who recalled the ambassador to the United States?", RECALLED),
        ("", RECALLED),
    ],
)
def test_what_is_not_plain_contradicts_nothing(question: str, sentence: str):
    assert find_contradiction(question, [*OTHERS, sentence]) is None


@pytest.mark.parametrize(
    "also",
    [
        "The United States recalled its ambassador a day later.",
        "The ambassador was recalled by the United States.",
        "It recalled its ambassador too.",
    ],
)
def test_one_sentence_that_may_say_it_is_enough_for_no_contradiction(also: str):
    question = "Why did the United States recall its ambassador?"
    assert find_contradiction(question, [*OTHERS, RECALLED]) is not None
    assert find_contradiction(question, [*OTHERS, RECALLED, also]) is None


WORDS = st.sampled_from(
    "Why did was has the its Russia Ukraine United States recall recalled attacked by to of on "
    "Wednesday ambassador , ; “ it not 🎺".split()
)
TEXTS = st.lists(WORDS, max_size=15).map(" ".join)


@given(st.one_of(st.text(), TEXTS), st.lists(st.one_of(st.text(), TEXTS), max_size=5))
def test_any_question_and_any_sentences_are_read(question: str, sentences: list[str]):
    hold(sentences, find_contradiction(question, sentences))


@pytest.mark.parametrize(("question", "sentence"), [row[:2] for row in CONTRADICTED])
@given(at=st.integers(0, 80), noise=st.text(max_size=8) | WORDS, others=st.lists(TEXTS, max_size=3))
def test_what_contradicts_with_noise_in_it_names_a_sentence_and_both_sides(
    question: str, sentence: str, at: int, noise: str, others: list[str]
):
    sentences = [*OTHERS, sentence[:at] + noise + sentence[at:], *others]
    found = find_contradiction(question, sentences)
    assert found is not None or noise or others
    hold(sentences, found)


def hold(sentences: list[str], found: Contradiction | None) -> None:
    """What must be true of every contradiction, whatever it was found in."""
    if found is not None:
        assert found.said_of
        assert found.asked_of
        assert 0 <= found.sentence < len(sentences)
