"""How a text is split into words, and what a question asks for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.language.tokens import QuestionType, classify_question, tokenize_words


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("why was Antonov recalled?", QuestionType.WHY),
        ("What was the reason for the recall?", QuestionType.WHY),
        ("Who won?", QuestionType.WHO),
        ("Which company won?", QuestionType.WHO),
        ("when did he leave", QuestionType.WHEN),
        ("In which year did he leave?", QuestionType.WHEN),
        ("Where did he go?", QuestionType.WHERE),
        ("How many were hurt?", QuestionType.NUMBER),
        ("What did he say?", QuestionType.OTHER),
        ("What happened when he left?", QuestionType.WHEN),
        ("", QuestionType.OTHER),
    ],
)
def test_a_question_asks_for_what_its_first_question_word_says(question: str, kind: QuestionType):
    assert classify_question(question) == kind


def keys(text: str) -> list[str]:
    return [word.key for word in tokenize_words(text)]


def test_words_that_mean_the_same_have_one_key():
    assert keys("recalled officials") == keys("Recall official")
    assert keys("the United States") == keys("the US") == keys("the U.S.") != keys("the us")
    assert keys("Biden’s") == keys("Biden's") == keys("biden")


def test_names_numbers_and_dates_are_distinguished():
    found = {
        w.text: (w.is_name, w.is_number, w.is_date)
        for w in tokenize_words("On May 3 Anna may pay 12")
    }
    assert found["May"] == (False, False, True)
    assert found["Anna"] == (True, False, False)
    assert found["may"] == (False, False, False)
    assert found["12"] == (False, True, False)


@given(st.text())
def test_any_text_has_words(text: str):
    found = tokenize_words(f"{text} wug")
    assert found[-1].text == "wug"
    assert all(word.key for word in found)
