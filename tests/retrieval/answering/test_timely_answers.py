"""Answers and the time that the question speaks of; how old a source is, in words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone

import pytest

from corpus.article import Article, ArticleInfo
from corpus.ingestion.embedding import embed_article
from corpus.storage.store import ArticleStore
from retrieval.answering.answer import Answer, Reason, Refusal, Statement
from retrieval.answering.citation import Citation
from retrieval.answering.pipeline import Asking
from retrieval.index.library import Library
from retrieval.query.question import Question
from retrieval.render import format_age, newest_source
from tests.retrieval.models import shared_embedder

NOW = datetime(2022, 3, 17, 15, tzinfo=UTC)  # a Thursday


@contextmanager
def asking(*articles: tuple[str | None, str]) -> Iterator[Asking]:
    """A library of texts, each with the date of its publication."""
    with ArticleStore.in_memory() as store:
        for number, (published, text) in enumerate(articles):
            info = ArticleInfo(f"a{number}", 1, "A note", published=published)
            article = Article(info, text)
            store.put(article, embed_article(article, shared_embedder().encode))
        yield Asking(Library(store, None), shared_embedder())


def ask(made: Asking, question: str, asked_at: datetime | None = NOW) -> Answer:
    return made.ask(Question.of(question, asked_at))


def sources(answer: Answer) -> list[str | None]:
    cited = answer.refusal.near if answer.refusal else answer.citations
    return [citation.article.published for citation in cited]


SANG = "The envoy Zorblatt sang {} at the dinner."


def test_what_was_published_around_the_time_comes_before_what_is_older():
    texts = [("2021-05-03", SANG.format("loudly")), ("2022-03-16", SANG.format("softly"))]
    for articles in (texts, texts[::-1]):
        with asking(*articles) as made:
            answer = ask(made, "How did Zorblatt sing at the dinner yesterday?")
            assert answer.statements[0].text == SANG.format("softly")
            assert sources(answer) == ["2022-03-16"]


def test_what_has_no_date_is_not_left_out():
    with asking((None, SANG.format("softly"))) as made:
        assert sources(ask(made, "Did Zorblatt sing at the dinner last week?")) == [None]


def test_when_only_older_articles_answer_it_is_said_how_old_they_are():
    with asking(("2021-05-03", SANG.format("loudly"))) as made:
        question = "How did Zorblatt sing at the dinner last week?"
        refusal = ask(made, question).refusal
        assert refusal is not None
        assert refusal.reason == Reason.ONLY_OLDER
        assert refusal.message == (
            "Only articles from before that time speak of this; "
            "the newest of them is from 3 May 2021."
        )
        assert sources(ask(made, question)) == ["2021-05-03"]
        assert ask(made, question, None).answered  # no clock, no last week


def test_an_absolute_time_asks_for_an_event_and_not_for_a_publication():
    text = "In 1931 the envoy Zorblatt sang at the dinner. In 1932 he was recalled."
    with asking(("2021-05-03", text)) as made:
        for question in (
            "Who sang at the dinner in 1931?",
            "Who sang in March 2022 at the dinner?",
        ):
            assert ask(made, question).refusal is None or "1931" not in question
        assert ask(made, "Who sang at the dinner in 1931?").answered


def test_of_two_that_say_the_same_the_one_of_the_named_time_is_cited():
    same = "In March 2021 the envoy Zorblatt sang at the dinner."
    for dates in (("2021-03-17", "2019-03-17"), ("2019-03-17", "2021-03-17")):
        with asking(*((day, same) for day in dates)) as made:
            answer = ask(made, "Who sang at the dinner in March 2021?")
            assert sources(answer) == ["2021-03-17"]


def test_the_trace_tells_the_time_that_was_understood():
    with asking(("2022-03-16", SANG.format("softly"))) as made:
        answer = ask(made, "Who sang at the dinner yesterday?")
        assert answer.trace is not None
        assert answer.trace.period == "2022-03-16 00:00:00+00:00/2022-03-17 00:00:00+00:00"
        timeless = ask(made, "Who sang at the dinner?").trace
        assert timeless is not None
        assert timeless.period is None


@pytest.mark.parametrize(
    ("published", "age"),
    [
        ("2022-03-17", "today"),
        ("2022-03-16", "1 day old"),
        ("2022-03-14", "3 days old"),
        ("2022-02-15", "30 days old"),
        ("2022-02-14", "14 February 2022"),
        ("2021-03-17", "17 March 2021"),
        ("2022-03-18", "18 March 2022"),
        ("2022-03", "2022-03"),
        ("2022-03-17T14:30:00Z", "less than an hour old"),
        ("2022-03-17T12:00:00+02:00", "5 hours old"),
        ("2022-03-17T13:30", "1 hour old"),
        ("2022-03-16T15:00", "1 day old"),
        ("2022-03-18T15:00", "18 March 2022"),
        ("spring", "spring"),
    ],
)
def test_an_age_is_told_as_people_tell_it(published: str, age: str):
    assert format_age(published, NOW) == age


def test_without_a_clock_the_age_is_a_date_and_days_are_the_askers():
    assert format_age("2022-03-16", None) == "16 March 2022"
    in_tokyo = NOW.astimezone(timezone(timedelta(hours=9)))  # where it is the 18th already
    assert format_age("2022-03-17", in_tokyo) == "1 day old"


def test_an_answer_tells_the_newest_of_its_sources():
    def cited(*dates: str | None) -> Answer:
        made = tuple(
            Citation(ArticleInfo("a", 1, "A note", published=day), 0, 4, "Left") for day in dates
        )
        return Answer("q", (Statement("Left", (1,)),), made, asked_at=NOW)

    assert newest_source(cited("2021", "2022-03-14", None, "2022-03-13T23:00:00-08:00")) == (
        "newest source: 3 days old"
    )
    assert cited("2022-03-14").as_dict()["newest_source"] == "2022-03-14"
    assert newest_source(cited(None)) is None
    assert Answer("q", refusal=Refusal(Reason.NO_ARTICLES, "None.")).newest is None
