"""What became of a quotation: it stands, was changed, was taken out, or its article is gone."""

from __future__ import annotations

from corpus.article import Article, ArticleInfo, SpanRef
from corpus.ingestion.embedding import embed_article
from corpus.storage.store import ArticleStore
from retrieval.answering.citation_status import (
    WITHDRAWN,
    SourceChange,
    SourceChangeKind,
    source_changes,
)
from tests.retrieval.models import shared_embedder

FIRST = "The blast hurt 12 people. It rained all day."
QUOTED = SpanRef("blast", 1, 0, 24)


def became(*versions: str, known: int = 0, quoted: SpanRef = QUOTED) -> object:
    """Of a sentence of the first version, after these."""
    with ArticleStore.in_memory() as store, ArticleStore.in_memory() as other:
        for number, text in enumerate(versions, start=1):
            article = Article(ArticleInfo("blast", number, "Blast"), text)
            store.put(article, embed_article(article, shared_embedder().encode))
        (found,) = source_changes([other, store], [quoted], [known])
        return found


def test_what_is_still_said_stands_wherever_it_stands_now():
    assert became(FIRST) is None
    assert became(FIRST, f"Updated at noon. {FIRST}") is None


def test_a_changed_sentence_is_told_once_for_each_version():
    second = FIRST.replace("12", "14")
    assert became(FIRST, second) == SourceChange(
        SourceChangeKind.CHANGED, 2, "The blast hurt 14 people."
    )
    assert became(FIRST, second, known=2) is None
    third = FIRST.replace("12", "15")
    assert became(FIRST, second, third, known=2) == SourceChange(
        SourceChangeKind.CHANGED, 3, "The blast hurt 15 people."
    )


def test_a_sentence_that_was_taken_out():
    assert became(FIRST, "It rained all day.") == SourceChange(SourceChangeKind.REMOVED, 2)


def test_an_article_that_is_not_there_any_more():
    gone = SpanRef("other", 1, 0, 24)
    assert became(FIRST, quoted=gone) == SourceChange(SourceChangeKind.WITHDRAWN, WITHDRAWN)
    assert became(FIRST, quoted=gone, known=WITHDRAWN) is None
