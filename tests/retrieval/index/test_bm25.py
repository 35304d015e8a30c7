"""Search by words: which terms a question is searched for, and what the memory index finds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from retrieval.index.bm25 import MemoryIndex, index_terms, indexed_text


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_question_is_a_valid_search(question: str, text: str):
    clean, body = (t.encode("utf-8", "replace").decode() for t in (question, text))
    index = MemoryIndex()
    index.add(7, indexed_text("A title of wugs", body))
    for found, score in index.search(index_terms(clean), 5, None, None):
        assert (found, score > 0) == (7, True)
    ((found, score),) = index.search(index_terms(f"{clean} wugs"), 5, None, None)
    assert (found, score > 0) == (7, True)


def test_a_search_has_the_content_words_and_one_word_for_every_spelling():
    assert index_terms("Why did the United States recall him?") == ["unitedst", "recal"]
    assert index_terms("Why did the U.S. recall him?") == ["unitedst", "recal"]
    assert index_terms("who is he") == ["who", "is", "he"]
    index = MemoryIndex()
    index.add(1, indexed_text("Envoys", "The USA recalled Chloé."))
    index.add(2, indexed_text("Envoys", "He told us why."))
    for question in ("United States", "the US", "Chloe", "CHLOÉ recalls"):
        assert [found for found, _ in index.search(index_terms(question), 5, None, None)] == [1]
