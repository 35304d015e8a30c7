"""The checker: no lie passes, and no other spelling of the truth is refused."""

from __future__ import annotations

import random
import re
import time
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.mutations import MUTATIONS, NAMES, VARIANTS, Mutation, joined
from retrieval.answering.support import Finding, FindingKind, same_words, supporters, unsupported
from retrieval.language.normalise import normalise

RECALL = (
    "Russia on Wednesday recalled its ambassador to the United States, coinciding with comments "
    "made by President Joe Biden about Russian President Vladimir Putin."
)
REASONS = (
    "The ministry’s spokesperson, Maria Zakharova, did not give specific reasons for the recall "
    "of Ambassador Anatoly Antonov but stressed that relations are in a “difficult state.”"
)
SENTENCES = (
    RECALL,
    REASONS,
    "The United States recently sanctioned seven top officials, who deny it.",
    "On 17 March 2021 the storm killed 12 people and left 1,400 homes in Grimsby without power.",
    "Trains between Leeds and York run at 100 km/h, half the speed that was promised.",
    "Inflation wasn't above 5 percent in May, said Chloé Marchand — the bank’s chief economist.",
    "The firm paid $5 million to Acme Corp. and 300,000 dollars to its lawyers, while it sued.",
    "Aspirin is not safe for cats, and Dr. Lindqvist never gives it to them.",
    "The bridge, 250 metres long, was built by Roman engineers and has carried traffic since 1840.",
    "“We were never asked,” said Mayor Ilse Brandt, “and Berlin will not pay 40 million euros.”",
    "The well-known café in Malmö hasn't opened before 10 a.m. with or without naïve guests…",
    "Water at -5 °C froze within 20 minutes, when Professor Okafor put salt on it in Lagos.",
)
SENTENCE = st.sampled_from(SENTENCES)
DICE = st.integers(0, 10**6).map(random.Random)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.__name__)
@given(text=SENTENCE, dice=DICE)
@settings(deadline=None)
def test_a_lie_made_from_a_quotation_is_refused(mutation: Mutation, text: str, dice: random.Random):
    lie = mutation(text, dice)
    if lie is not None:
        assert unsupported(lie, SENTENCES)


@given(a=SENTENCE, b=SENTENCE, dice=DICE)
@settings(deadline=None)
def test_what_is_joined_from_two_sentences_is_refused(a: str, b: str, dice: random.Random):
    lie = joined(a, b, dice)
    if lie is not None and a != b:
        assert unsupported(lie, [a, b])


@given(
    text=SENTENCE, dice=DICE, variants=st.lists(st.sampled_from(VARIANTS), min_size=1, max_size=4)
)
@settings(deadline=None, max_examples=300)
def test_another_spelling_is_not_refused(text: str, dice: random.Random, variants: list):
    spelled = text
    for variant in variants:
        spelled = variant(spelled, dice)
    assert unsupported(spelled, [text]) == ()
    assert unsupported(text, [spelled]) == ()


def test_there_is_a_sentence_for_every_mutation():
    dice = random.Random(1)  # noqa: S311  no secret
    for mutation in MUTATIONS:
        assert any(mutation(text, dice) not in (None, text) for text in SENTENCES)
    assert [pair for pair in permutations(SENTENCES, 2) if joined(*pair, dice) is not None]
    assert not any(name in " ".join(SENTENCES) for name in NAMES)


@pytest.mark.parametrize(
    "statement",
    [
        "Russia recalled its ambassador to the United States.",
        "Russia recalled its ambassador to the U.S., coinciding with comments made by Biden about "
        "Putin.",
        "The US sanctioned 7 top officials, who deny it.",
        "The storm killed a dozen people and left 1400 homes in Grimsby without power.",
        "On March 17, 2021, the storm killed twelve people and left 1,400 homes in Grimsby "
        "without power.",
        "The bridge was built by Roman engineers and has carried traffic since 1840.",
        "Trains between Leeds and York run at 100 kilometres per hour.",
        "Russia recalled its ambassador to the United States. Aspirin is not safe for cats, and "
        "Dr Lindqvist never gives it to them.",
    ],
)
def test_a_shortened_sentence_is_supported(statement: str):
    assert unsupported(statement, SENTENCES) == ()


@pytest.mark.parametrize(
    ("statement", "kind", "text"),
    [
        ("Russia recalled its ambassador because of comments made by Biden.", "cause", "because"),
        ("The storm killed 13 people.", "number", "13"),
        ("On 18 March 2021 the storm killed 12 people.", "date", "18 March 2021"),
        ("Trains between Leeds and York run at 100 km.", "unit", "km"),
        ("The ministry’s spokesperson did give specific reasons.", "negation", "not"),
        ("Aspirin is safe for cats.", "negation", "not"),
        ("The bridge was not built by Roman engineers.", "negation", "not"),
        ("Norway recalled its ambassador to the United States.", "name", "Norway"),
        ("The United States recalled Russia’s ambassador.", "order", "recalled"),
        ("Relations are in a “terrible state.”", "quotation", "terrible state."),
        ("The bridge was designed by Roman engineers.", "word", "designed"),
        ("The bridge was built by Roman engineers since 1840.", "left out", "and has carried"),
    ],
)
def test_the_finding_says_what_is_not_there(statement: str, kind: str, text: str):
    found = unsupported(statement, SENTENCES)
    assert any(f.kind == kind and f.text.startswith(text) for f in found), found


@pytest.mark.parametrize(
    ("lie", "source"),
    [
        ("Biden won.", "The senator who criticised Biden won."),
        ("Russia meddled.", "Russia denied that it meddled."),
        ("Russia meddled.", "It is false that Russia meddled."),
        ("The report has a foundation.", "“The report has a foundation,” the Kremlin said."),
        ("Biden left.", "Biden’s wife left."),
        ("Biden said he would pay.", "The Biden administration said he would pay."),
        ("Biden praised Trump.", "Biden criticised Putin and Xi praised Trump."),
        ("Aspirin is safe.", "Aspirin is safe for dogs."),
        ("Aspirin is safe.", "Aspirin is safe if a vet gives it."),
        ("President Harris won.", "Vice President Harris won."),
        ("Korea recalled him.", "North Korea recalled him."),
        ("The director left.", "The then-director left."),
        ("Putin said Biden will pay.", "Putin, said Biden, will pay."),
        ("You think Putin is a killer.", "You think Putin is a killer?"),
        ("I know him relatively well, Biden said.", "“I know him relatively well,” Biden said."),
        ("A few officials left.", "Few officials left."),
        ("The rocket failed.", "The rocket launch failed."),
        ("The fine was 5 million.", "The fine was 5 million euros."),
        ("He was killed.", "He was nearly killed."),
        ("He paid £200.", "He paid 200 pounds of butter."),
        ("It froze at 5 °C.", "It froze at -5 °C."),
        ("", "He left."),
        (" …", "He left."),
        ("He left.", ""),
    ],
)
def test_what_would_be_a_lie_by_leaving_out_is_refused(lie: str, source: str):
    assert unsupported(lie, [source])


def test_nothing_is_supported_by_nothing():
    assert unsupported("He left.", []) == (Finding(FindingKind.WORD, "He left."),)


def test_each_supporter_supports_by_itself():
    assert supporters("He left.", ["She left.", "He left, at last.", "“He left.”"]) == (1, 2)


@pytest.mark.parametrize(
    ("a", "b", "equal"),
    [
        ("It’s “so” — he said…", 'It\'s "so"--he\u00a0said...', True),
        ("Chloé", "Chloe\u0301", True),
        ("5 % of «all» ﬁsh", '5% of "all" f\u200bish', True),
        ("He left.", "He left", False),
        ("He left.", "he left.", False),
        ("10²", "102", False),
    ],
)
def test_typography_is_not_compared(a: str, b: str, equal: bool):
    assert same_words(a, b) is equal


def keys(text: str) -> list[str]:
    return [form.key for form in normalise(text)]


@pytest.mark.parametrize(
    "spellings",
    [
        ("12", "twelve", "a dozen"),
        ("1,000", "1000", "one thousand", "a thousand"),
        ("121", "one hundred and twenty-one"),
        ("5 %", "5%", "5 percent", "five per cent"),
        ("$5m", "$5 million", "US$5m", "5 million dollars", "five million dollars"),
        ("100 km/h", "100km/h", "100 kilometres per hour", "a hundred kilometers an hour"),
        ("17 March 2021", "March 17, 2021", "2021-03-17", "17th of March 2021", "Mar. 17 2021"),
        ("U.S.", "United States", "USA", "the US"),
        ("didn't", "didn’t", "did not"),
        ("can't", "cannot"),
        ("Biden’s", "Biden's"),
    ],
)
def test_what_means_the_same_is_the_same(spellings: tuple[str, ...]):
    first, *others = (keys(f"so {spelling}") for spelling in spellings)
    assert others == [first] * (len(spellings) - 1)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("100 km", "100 km/h"),
        ("5 percent", "5 percentage points"),
        ("17 March 2021", "March 2021"),
        ("12 million", "12"),
        ("1.5", "15"),
        ("5m tall", "$5m tall"),
        ("17:00", "1700"),
        ("third", "three"),
        ("US", "us"),
    ],
)
def test_what_means_something_else_is_not(a: str, b: str):
    assert keys(f"so {a}") != keys(f"so {b}")


@given(st.text(max_size=300), st.lists(st.text(max_size=300), max_size=3))
@settings(deadline=None)
def test_any_text_can_be_checked(statement: str, cited: list[str]):
    unsupported(statement, cited)
    if re.search(r"\w", statement):
        assert unsupported(statement, [*cited, statement]) == ()


def test_a_hostile_sentence_is_checked_in_time():
    started = time.process_time()
    unsupported("a,b " * 140, ["b,a b " * 160])
    unsupported("“" * 500, ["'" * 1000])
    unsupported("x " * 299, ["x " * 499 + "y"])
    unsupported("1 " * 299, ["one hundred " * 80])
    unsupported("x" * 1_000_000, ["x"])
    assert time.process_time() - started < 5
