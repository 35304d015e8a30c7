"""Which articles tell of one event."""

from __future__ import annotations

from datetime import date

import numpy as np

from corpus.article import Article, ArticleInfo
from corpus.ingestion.embedding import embed_article
from corpus.ingestion.near_duplicates import assign_story
from corpus.storage.store import ArticleStore
from retrieval.index.library import Library
from retrieval.summaries.article_embeddings import article_embedding
from retrieval.summaries.event_clusters import EventArticle, cluster_events
from tests.retrieval.models import shared_embedder

QUAKE = (
    "A magnitude 6.4 earthquake hit the Zorblatt valley on Monday, killing 12 people.",
    "The earthquake that hit the Zorblatt valley on Monday has killed 15 people, rescuers said.",
)
STRIKE = (
    "Bakers in Quux walked out on Tuesday, asking for a tenth more pay.",
    "The bakers' strike in Quux left shelves without bread, their union said.",
)


def found(*articles: tuple[str, str]) -> list[list[int]]:
    """The events of articles, each a day and a text, by their numbers."""
    with ArticleStore.in_memory() as store:
        ids = []
        for number, (day, text) in enumerate(articles):
            title = f"{text.split(',')[0][:60]}"
            article = Article(ArticleInfo(f"a{number}", 1, title, published=day or None), text)
            with store.together():
                store.put(article, embed_article(article, shared_embedder().encode))
                assign_story(store, article)
            ids.append(article.info.id)
        index, stories = Library(store, None).refresh_index(), store.stories(ids)
        stored = [article for one in ids if (article := store.article(one)) is not None]
        clusters = cluster_events(
            [
                EventArticle.of(
                    index, one, stories.get(one.info.id), article_embedding(store, one.info.id)
                )
                for one in stored
            ]
        )
    return [[int(one.article_id[1:]) for one in cluster] for cluster in clusters]


def test_two_tellings_of_one_event_are_one_and_others_are_not():
    monday, tuesday = "2026-03-16", "2026-03-17"
    assert found(
        (monday, QUAKE[0]), (tuesday, STRIKE[0]), (tuesday, QUAKE[1]), (tuesday, STRIKE[1])
    ) == [[0, 2], [1, 3]]


def test_the_same_words_a_year_later_are_another_event():
    assert found(("2025-03-16", QUAKE[0]), ("2026-03-16", QUAKE[1])) == [[0], [1]]


def test_copies_are_one_event_on_whatever_day():
    text = " ".join(QUAKE + STRIKE)
    assert found(("2025-03-16", text), ("2026-03-16", text)) == [[0, 1]]


def test_an_article_without_a_date_may_be_of_an_event():
    assert found(("2026-03-16", QUAKE[0]), ("", QUAKE[1])) == [[0, 1]]


def test_nothing_and_one_alone():
    assert found() == []
    assert found(("2026-03-16", QUAKE[0])) == [[0]]


def test_one_between_two_events_does_not_join_them():
    def at(angle: tuple[float, float], number: int) -> EventArticle:
        row = np.array(angle, np.float32)
        return EventArticle(
            f"a{number}", None, date(2026, 3, 16), row / float(np.linalg.norm(row)), {"=Quux": 1.0}
        )

    west, between, east = at((1, 0), 0), at((1, 0.9), 1), at((0.25, 1), 2)
    assert [
        [one.article_id for one in found] for found in cluster_events([west, between, east])
    ] == [
        ["a0"],
        ["a1", "a2"],
    ]
