"""Which sentences of an article say the most, and which say nothing or the same again."""

from __future__ import annotations

import numpy as np
import pytest

from corpus.article import ArticleInfo
from corpus.storage.passage_reader import StoredSentence
from retrieval.summaries.salience import is_english, is_quotable, salience_scores, select_diverse

TITLE = "Envoy recalled after dinner"
EAST, NORTH, NORTHEAST = (1.0, 0.0), (0.0, 1.0), (0.5**0.5, 0.5**0.5)


def weights(
    *texts: str, rows: tuple[tuple[float, float], ...] = (), title: str = TITLE
) -> list[int]:
    """The sentences' numbers, the heaviest first; with an article that points east."""
    sentences = [
        StoredSentence(1, ArticleInfo("a", 1, title), 0, 1, text, np.array(row, np.float16))
        for text, row in zip(texts, rows or (EAST,) * len(texts), strict=True)
    ]
    article = np.array(EAST, np.float32) if rows else None
    return np.argsort(-salience_scores(title, sentences, article), kind="stable").tolist()


def picked(rows: list[tuple[float, float]], texts: list[str], most: int = 9) -> list[int]:
    """Of sentences that salience_scores less and less."""
    falling = np.linspace(1.0, 0.9, len(rows), dtype=np.float32)
    return select_diverse(falling, np.array(rows, np.float32), texts, most)


@pytest.mark.parametrize(
    ("sentence", "usable"),
    [
        ("The envoy of Quux sang at dinner on Tuesday.", True),
        ("He sang.", False),
        ("The envoy of Quux sang at dinner on Tuesday", False),
        ("The envoy of Quux sings at dinner. Anna Zorblatt/AFP via Getty Images.", False),
        ("Photo: the envoy of Quux sings at a long dinner.", False),
        (f"{TITLE} at Quux again.", True),
    ],
)
def test_what_may_stand_in_a_summary(sentence: str, usable: bool):
    assert is_quotable(sentence, TITLE) is usable


def test_the_headline_is_not_said_again():
    headline = "The envoy of Quux was recalled after dinner."
    assert not is_quotable(headline, "The envoy of Quux was recalled after dinner")


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("The envoy of the city was recalled on Tuesday because he had sung at a dinner.", True),
        ("Der Botschafter wurde am Dienstag abberufen, weil er beim Essen gesungen hatte.", False),
        ("Посол был отозван во вторник.", False),
        ("Zorblatt Quux Brindle", True),  # too short to tell
    ],
)
def test_what_is_in_the_language_that_the_embedder_knows(text: str, english: bool):
    assert is_english(text) is english


def test_an_article_begins_with_what_matters():
    texts = ("Alpha sang in the hall.", "Beta sang in the hall.", "Gamma sang in the hall.")
    assert weights(*texts) == [0, 1, 2]


def test_what_is_near_the_whole_article_weighs_more_than_what_comes_first():
    texts = ("Alpha sang in the hall.", "Beta sang in the hall.")
    assert weights(*texts, rows=(NORTH, EAST)) == [1, 0]


def test_what_has_the_titles_words_weighs_more():
    texts = ("Alpha sang in the hall.", "The envoy was recalled after dinner.")
    assert weights(*texts) == [1, 0]
    assert weights(*texts, title="Something else") == [0, 1]


@pytest.mark.parametrize("weak", ["Who sang in the hall?", "He sang in the hall."])
def test_a_question_and_what_leans_on_the_sentence_before_weigh_less(weak: str):
    strong = "Beta sang in the hall."
    assert weights(weak, strong, rows=(EAST, EAST)) == [1, 0]


def test_nothing_has_no_weights_and_nothing_is_picked():
    assert salience_scores(TITLE, [], np.array(EAST, np.float32)).shape == (0,)
    assert select_diverse(np.zeros(0, np.float32), np.zeros((0, 2), np.float32), [], 3) == []


def test_no_more_are_picked_than_wanted_and_the_heaviest_come_first():
    rows = [EAST, NORTH, (-1.0, 0.0)]
    assert picked(rows, ["a", "b", "c"], 2) == [0, 1]


def test_what_says_something_new_comes_before_what_weighs_a_little_more():
    rows = [EAST, NORTHEAST, NORTH]
    assert picked(rows, ["a", "b", "c"]) == [0, 2, 1]


def test_the_same_again_is_left_out_unless_its_numbers_are_others():
    rows = [EAST, EAST, EAST]
    assert picked(rows, ["12 died.", "12 were killed.", "15 died."]) == [0, 2]
