"""Questions to some of the articles: what is searched, what is refused, what can be chosen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

import pytest

from corpus.article import Article, ArticleInfo
from corpus.ingestion.embedding import embed_article
from corpus.storage.store import ArticleStore
from retrieval.answering.answer import Answer, Reason
from retrieval.answering.pipeline import Asking
from retrieval.errors import QuestionError
from retrieval.index.library import Library
from retrieval.query.question import Question
from retrieval.query.scope import Scope
from retrieval.query.scope_resolver import Suggestion
from tests.retrieval.models import shared_embedder

NOW = datetime(2026, 3, 19, 15, tzinfo=UTC)  # a Thursday
SANG = "The envoy Zorblatt sang {} at the dinner."


def put(store: ArticleStore, article_id: str, text: str, title: str = "A note", **facts: str):
    article = Article(ArticleInfo(article_id, 1, title, **facts), text)
    store.put(article, embed_article(article, shared_embedder().encode))


@contextmanager
def three() -> Iterator[Asking]:
    with ArticleStore.in_memory() as store:
        put(store, "a", SANG.format("loudly"), "Loud", source="Reuters", published="2026-03-01")
        put(store, "b", SANG.format("softly"), "Soft", source="The Daily", published="2026-03-18")
        put(store, "c", SANG.format("badly"), "Bad")
        yield Asking(Library(store, None), shared_embedder())


def ask(made: Asking, within: Scope, question: str = "How did Zorblatt sing?") -> Answer:
    return made.ask(Question.of(question, NOW, within=within))


def quoted(answer: Answer) -> list[str]:
    return [citation.article.id for citation in answer.citations]


@pytest.mark.parametrize(
    ("within", "answers", "told"),
    [
        (Scope(source="reuters"), ["a"], "from Reuters"),
        (Scope(source="daily"), ["b"], "from The Daily"),
        (Scope(source="SOFT"), ["b"], "called “Soft”"),
        (Scope(source="c"), ["c"], "called “Bad”"),
        (Scope(since=date(2026, 3, 18)), ["b"], "published since 18 March 2026"),
        (Scope(until=date(2026, 3, 1)), ["a"], "published until 1 March 2026"),
        (
            Scope("reuters", date(2026, 3, 1), date(2026, 3, 1)),
            ["a"],
            "from Reuters published on 1 March 2026",
        ),
    ],
)
def test_only_what_is_meant_is_searched(within: Scope, answers: list[str], told: str):
    with three() as made:
        answer = ask(made, within)
        assert (quoted(answer), answer.within) == (answers, told)
        assert answer.as_dict()["within"] == told


def test_a_time_in_the_question_stays_within_what_is_meant():
    with three() as made:
        answer = ask(made, Scope(source="Reuters"), "How did Zorblatt sing yesterday?")
        assert answer.refusal is not None
        assert answer.refusal.message == (
            "Only articles from Reuters from before that time speak of this; "
            "the newest of them is from 1 March 2026."
        )


def test_a_refusal_says_what_it_was_restricted_to():
    with three() as made:
        nothing = ask(made, Scope(source="Reuters"), "What is the price of gold?").refusal
        empty = ask(made, Scope(since=date(2026, 3, 19))).refusal
        assert nothing is not None
        assert empty is not None
        assert (nothing.reason, nothing.message) == (
            Reason.NOTHING_ON_THIS,
            "Nothing in the articles from Reuters speaks of this.",
        )
        assert (empty.reason, empty.message) == (
            Reason.NO_ARTICLES,
            "There are no articles published since 19 March 2026.",
        )


@pytest.mark.parametrize(
    ("within", "says"),
    [
        (
            Scope(source="AP"),
            "No article here is from “AP” or called so; there are articles from Reuters and "
            "The Daily.",
        ),
        (Scope(source="d"), "“d” may be The Daily, Loud and Bad; please choose one."),
        (
            Scope(since=date(2026, 3, 2), until=date(2026, 3, 1)),
            "Nothing lies between 2 March 2026 and 1 March 2026; please swap “since” and “until”.",
        ),
    ],
)
def test_what_cannot_be_meant_is_said(within: Scope, says: str):
    with three() as made, pytest.raises(QuestionError) as error:
        ask(made, within)
    assert str(error.value) == says


def test_sources_come_before_titles_and_what_begins_so_before_the_rest():
    with three() as made:
        resolver = made.scope_resolver
        assert resolver.suggest("") == [
            Suggestion("Reuters", "Reuters"),
            Suggestion("The Daily", "The Daily"),
            Suggestion("Bad", "c"),
            Suggestion("Soft", "b"),
            Suggestion("Loud", "a"),
        ]
        assert [choice.label for choice in resolver.suggest("D")] == ["The Daily", "Bad", "Loud"]
        put(made.library.store, "d", SANG.format("again"), "Düsseldorf", source="Reuters")  # type: ignore[arg-type]
        assert [choice.label for choice in resolver.suggest("dÜ")] == ["Düsseldorf"]
        assert [choice.label for choice in resolver.suggest("", max_count=1)] == ["Reuters"]
