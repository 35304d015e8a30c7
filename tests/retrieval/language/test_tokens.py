"""Words, kinds of questions, and sentences that say that no reason was given."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.index.bm25 import MemoryIndex, index_terms, indexed_text
from retrieval.language.no_reason import describe_missing_reason
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


def test_words_that_mean_the_same_are_the_same():
    assert keys("recalled officials") == keys("Recall official")
    assert keys("the United States") == keys("the US") == keys("the U.S.") != keys("the us")
    assert keys("Biden’s") == keys("Biden's") == keys("biden")


def test_names_numbers_and_dates_are_told_apart():
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
    assert all(word.key for word in tokenize_words(text))


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_question_is_a_valid_search(question: str, text: str):
    clean, body = (t.encode("utf-8", "replace").decode() for t in (question, text))
    tail = MemoryIndex()
    tail.add(7, indexed_text("A title", body))
    for found, score in tail.search(index_terms(clean), 5, None, None):
        assert (found, score > 0) == (7, True)


def test_a_search_has_the_content_words_and_one_word_for_every_spelling():
    assert index_terms("Why did the United States recall him?") == ["unitedst", "recal"]
    assert index_terms("Why did the U.S. recall him?") == ["unitedst", "recal"]
    assert index_terms("who is he") == ["who", "is", "he"]
    tail = MemoryIndex()
    tail.add(1, indexed_text("Envoys", "The USA recalled Chloé."))
    tail.add(2, indexed_text("Envoys", "He told us why."))
    for question in ("United States", "the US", "Chloe", "CHLOÉ recalls"):
        assert [found for found, _ in tail.search(index_terms(question), 5, None, None)] == [1]


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
