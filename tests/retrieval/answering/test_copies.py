"""Copies of one text at several publishers count as one source of an answer."""

from __future__ import annotations

import pytest

from corpus.article import Article, ArticleInfo
from corpus.ingestion.embedding import embed_article, recipe
from corpus.ingestion.near_duplicates import assign_missing_stories
from corpus.storage.store import ArticleStore
from retrieval.answering.answer import Answer
from retrieval.answering.pipeline import Asking
from retrieval.index.library import Library
from retrieval.query.question import Question
from tests.retrieval.models import shared_embedder

REST = (
    "The wind tore the roofs from a school and from two houses by the harbour, the fire brigade "
    "said on Thursday morning. Ferries stayed in port, and the bridge to the island was closed to "
    "lorries until noon. The mayor thanked the neighbours who had cleared the roads in the night."
)
TWELVE = f"A storm hit Quux. Twelve people were injured in the storm in Quux. {REST}"
FOURTEEN = TWELVE.replace("Twelve", "Fourteen")
ASKED = "How many people were injured in the storm in Quux?"


def answer(question: str, **articles: tuple[str, str | None]) -> Answer:
    """Asked of articles by name, each with a text and a day of publication."""
    with ArticleStore.in_memory() as store:
        for name, (text, day) in articles.items():
            article = Article(ArticleInfo(name, 1, "Storm in Quux", published=day), text)
            store.put(article, embed_article(article, shared_embedder().encode))
        assign_missing_stories(store)
        store.set_stamp("recipe", recipe(shared_embedder().identity))
        return Asking(Library(store, None), shared_embedder()).ask(Question.of(question))


@pytest.mark.parametrize("order", [("old", "new"), ("new", "old")])
def test_a_copy_that_was_corrected_later_stands_for_the_earlier(order: tuple[str, str]):
    both = {"old": (TWELVE, "2021-03-03"), "new": (FOURTEEN, "2021-03-05")}
    found = answer(ASKED, **{name: both[name] for name in order})
    assert found.citations[0].quote.startswith("Fourteen people")
    assert not any("Twelve" in citation.quote for citation in found.citations)
    assert found.differences == ()
    assert found.trace is not None
    verdicts = {one.text: one.verdict.value for one in found.trace.sentences}
    assert verdicts["Twelve people were injured in the storm in Quux."] == (
        "cut: a later copy of its article gives another number"
    )


def test_copies_of_which_neither_is_known_to_be_later_are_both_quoted():
    found = answer(ASKED, one=(TWELVE, None), other=(FOURTEEN, None))
    (difference,) = found.differences
    assert sorted(difference.values) == ["Fourteen", "Twelve"]


def test_other_articles_that_differ_are_both_quoted_as_before():
    apart = "Officials told reporters that fourteen people were injured in the storm in Quux."
    found = answer(ASKED, one=(TWELVE, "2021-03-03"), other=(apart, "2021-03-05"))
    assert len(found.differences) == 1


def test_sentences_of_copies_are_cited_from_one_article():
    question = "What did the storm in Quux do to a school, ferries and the bridge?"
    found = answer(question, one=(TWELVE, "2021-03-03"), other=(TWELVE, "2021-03-03"))
    assert found.answered
    assert len({citation.article.id for citation in found.citations}) == 1
