"""Which articles speak of a topic: all of an article, some passages of it, or none."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from corpus.article import Article, ArticleInfo
from corpus.ingestion.embedding import embed_article
from corpus.storage.store import ArticleStore
from retrieval.encoders.embedder import Embedder
from retrieval.index.library import Library
from retrieval.summaries.topics import find_on_topic

QUAKE = "A magnitude 6.4 earthquake hit the Zorblatt valley on Monday, killing 12 people."
STRIKE = (
    "Bakers in Quux walked out on Tuesday, asking for a tenth more pay. Shelves in Quux were empty "
    "of bread by noon on Tuesday. Their union said that the bakers would strike until the owners "
    "talked. "
)
TEXTS = {
    "Earthquake hits the Zorblatt valley": QUAKE,
    "Bakers strike in Quux": STRIKE,
    # Some passages about bread, and one about the earthquake.
    "The week in brief": STRIKE * 6 + "\n\n" + QUAKE + "\n\n" + STRIKE * 6,
}


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder.load()


@pytest.fixture
def library(embedder: Embedder) -> Iterator[Library]:
    with ArticleStore.in_memory() as store:
        for title, text in TEXTS.items():
            article = Article(ArticleInfo(title, 1, title), text)
            store.put(article, embed_article(article, embedder.encode))
        yield Library(store, None)


def test_an_article_with_the_topic_in_its_title_is_on_it_and_another_is_by_its_passage(
    library: Library, embedder: Embedder
):
    topic = "the earthquake in the Zorblatt valley"
    found = find_on_topic(library, topic, embedder.encode([topic])[0])
    assert list(found) == ["Earthquake hits the Zorblatt valley", "The week in brief"]
    assert found["Earthquake hits the Zorblatt valley"] is None
    passages = found["The week in brief"]
    assert passages is not None
    week = library.store.article("The week in brief")
    assert week is not None
    about_it = {
        sentence.passage_id
        for sentence in library.store.sentences_of(week)
        if sentence.text == QUAKE
    }
    assert passages == about_it


@pytest.mark.parametrize("topic", ["the moon landing", "Zorblatt's opera", ""])
def test_a_topic_that_nobody_speaks_of_has_no_articles(
    library: Library, embedder: Embedder, topic: str
):
    assert find_on_topic(library, topic, embedder.encode([topic])[0]) == {}
