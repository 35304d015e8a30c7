"""Summaries: which lines, of which stories, and what is said where there are none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date

import numpy as np
import pytest
from numpy.typing import NDArray

from corpus.article import Article, ArticleInfo
from corpus.ingestion.embedding import embed_article
from corpus.ingestion.near_duplicates import assign_story
from corpus.storage.store import ArticleStore
from retrieval.answering.answer import Reason
from retrieval.answering.cite import holds
from retrieval.errors import QuestionError
from retrieval.index.library import Library
from retrieval.query.scope import Scope
from retrieval.query.scope_resolver import ScopeResolver
from retrieval.summaries.summarizer import (
    ALL_OF_IT,
    NO_SENTENCES,
    QUOTED_SPEECH,
    REMOVED,
    UNKNOWN_LANGUAGE,
    Summarizer,
)
from retrieval.summaries.summary import Length, Summary, SummaryRequest
from tests.retrieval.models import shared_embedder

Encode = Callable[[Sequence[str]], NDArray[np.float32]]
QUAKE = (
    "A magnitude 6.4 earthquake hit the Zorblatt valley on Monday, killing 12 people. "
    "Rescuers dug through the ruins of two villages all night long. "
    "The last such earthquake there was in 1931, the survey of the country said."
)
LATER = (
    "The earthquake that hit the Zorblatt valley on Monday killed 15 people, rescuers said. "
    "Roads into the Zorblatt valley are still closed by landslides. "
    "Aid from abroad is on its way to the valley, the minister said."
)
STRIKE = (
    "Bakers in Quux walked out on Tuesday, asking for a tenth more pay. "
    "Shelves in Quux were empty of bread by noon on Tuesday. "
    "Their union said that the bakers would strike until the owners talked."
)


def article(
    number: int, title: str, text: str, *, source: str = "The Daily", day: str | None = "2026-03-16"
) -> Article:
    info = ArticleInfo(
        f"a{number}", 1, title, f"https://example.org/{number}", source, published=day
    )
    return Article(info, text)


ARTICLES = (
    article(1, "Earthquake hits the Zorblatt valley", QUAKE),
    article(2, "Toll of the Zorblatt earthquake", LATER, source="The Evening", day="2026-03-17"),
    article(3, "Bakers' strike leaves Quux without bread", STRIKE, day="2026-03-18"),
)


@contextmanager
def library(*articles: Article, encode: Encode | None = None) -> Iterator[Library]:
    encode = encode or shared_embedder().encode
    with ArticleStore.in_memory() as store:
        for one in articles:
            with store.together():
                store.put(one, embed_article(one, encode))
                assign_story(store, one)
        yield Library(store, None)


def summed(brief: SummaryRequest, *articles: Article) -> Summary:
    """The summary, whose every citation is held against the store."""
    with library(*(articles or ARTICLES)) as held:
        summary = Summarizer(held, ScopeResolver(held.store), shared_embedder()).summarize(brief)
        assert all(holds(held.store, citation) for citation in summary.answer.citations)
    texts = [statement.text for statement in summary.answer.statements]
    assert texts == [" ".join(c.quote.split()) for c in summary.answer.citations]
    return summary


def lines(summary: Summary) -> list[str]:
    return [statement.text for statement in summary.answer.statements]


# -- what is said where there is little or nothing -------------------------------------------


def test_an_article_of_one_sentence_is_quoted_whole():
    text = "The bridge at Quux reopened on Monday after a year of work"
    summary = summed(SummaryRequest(article="a9"), article(9, "Bridge", text))
    assert lines(summary) == [text]
    assert summary.notes == (ALL_OF_IT,)


def test_a_table_is_refused_by_name():
    text = "Team Won Lost\nQuux 12 3\nZorblatt 9 6\nXyzzy 1 14"
    refusal = summed(SummaryRequest(article="a9"), article(9, "Standings", text)).answer.refusal
    assert refusal is not None
    assert refusal.reason is Reason.NO_SENTENCES
    assert refusal.message == NO_SENTENCES.format(title="Standings")
    assert refusal.near[0].quote == text


def test_an_unknown_language_is_summed_up_by_place_and_says_so():
    text = " ".join(
        f"Mkutano wa {n} wa wakulima ulifanyika mjini Dodoma siku ya Jumatatu." for n in range(9)
    )
    summary = summed(SummaryRequest(article="a9"), article(9, "Mkutano", text))
    assert summary.notes == (UNKNOWN_LANGUAGE,)
    assert lines(summary)[0].startswith("Mkutano wa 0 ")


def test_quoted_speech_says_so():
    text = "“We will not move from here,” she said. “Nobody asked us about the dam before.” " * 2
    summary = summed(SummaryRequest(article="a9"), article(9, "Voices", text))
    assert summary.notes == (QUOTED_SPEECH,)


def test_an_article_of_200_000_words_gives_as_many_lines_as_asked_for():
    text = " ".join(
        f"In year {n} the council of Quux counted {n * 7} geese on the lake." for n in range(15_400)
    )
    assert len(text.split()) > 200_000

    def drawn(
        texts: Sequence[str],
    ) -> NDArray[np.float32]:  # embedding takes half a minute
        rows = np.random.default_rng(1).standard_normal((len(texts), 384)).astype(np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    brief = SummaryRequest(article="a9", length=Length.PAGE)
    with library(article(9, "Geese of Quux", text), encode=drawn) as held:
        summary = Summarizer(held, ScopeResolver(held.store), shared_embedder()).summarize(brief)
    assert len(lines(summary)) == Length.PAGE.lines


@pytest.mark.parametrize(
    ("brief", "reason", "message"),
    [
        (
            SummaryRequest.of_topic("penguins"),
            Reason.NOTHING_ON_THIS,
            "Nothing in the articles speaks of “penguins”.",
        ),
        (
            SummaryRequest.of_topic("earthquake", Scope(since=date(2027, 1, 1))),
            Reason.NO_ARTICLES,
            "There are no articles published since 1 January 2027.",
        ),
        (SummaryRequest(only=("gone",)), Reason.NO_ARTICLES, REMOVED),
    ],
    ids=["a topic of nothing", "a time of nothing", "removed meanwhile"],
)
def test_nothing_is_refused_in_a_sentence(brief: SummaryRequest, reason: Reason, message: str):
    refusal = summed(brief).answer.refusal
    assert refusal is not None
    assert (refusal.reason, refusal.message) == (reason, message)


@pytest.mark.parametrize(
    ("brief", "told"),
    [
        (
            SummaryRequest.of_topic("quake", Scope(since=date(2026, 4, 1), until=date(2026, 3, 1))),
            "swap",
        ),
        (SummaryRequest(article="Zorblatt"), "please choose one"),
        (SummaryRequest(article="penguins"), "No article here is called “penguins”"),
        (SummaryRequest(within=Scope("Nobody")), "No article here is from “Nobody”"),
        (
            SummaryRequest(article="https://example.org/none"),
            "is not among the articles here; add it first",
        ),
    ],
    ids=["ends before it begins", "two articles", "no article", "no source", "no address"],
)
def test_what_makes_no_sense_is_asked_again(brief: SummaryRequest, told: str):
    with pytest.raises(QuestionError, match=told):
        summed(brief)


def test_a_topic_without_words_is_none():
    with pytest.raises(QuestionError, match="There is no topic"):
        SummaryRequest.of_topic(" … ")


# -- what is chosen --------------------------------------------------------------------------


def test_one_line_is_the_lead():
    summary = summed(SummaryRequest(article="Bakers' strike", length=Length.LINE))
    assert lines(summary) == ["Bakers in Quux walked out on Tuesday, asking for a tenth more pay."]


@pytest.mark.parametrize("name", ["a3", "https://example.org/3?utm_source=x", "quux without"])
def test_an_article_is_named_by_id_address_or_part_of_its_title(name: str):
    assert summed(SummaryRequest(article=name)).articles == ("a3",)


def test_a_topic_tells_of_its_story_alone_by_time_and_shows_both_numbers():
    summary = summed(SummaryRequest.of_topic("Zorblatt earthquake"))
    (story,) = summary.stories
    assert (story.articles, story.sources, story.copies) == (("a1", "a2"), 2, 0)
    assert (story.first, story.last) == ("2026-03-16", "2026-03-17")
    dates = [citation.article.published for citation in summary.answer.citations]
    assert dates == sorted(dates)
    (difference,) = summary.answer.differences
    assert (difference.values, difference.later is not None) == (("12", "15"), True)


def test_a_copy_is_folded_and_told_as_no_source_of_its_own():
    copy = article(4, "Quake in Zorblatt", QUAKE, source="The Copycat", day="2026-03-16")
    summary = summed(SummaryRequest.of_topic("Zorblatt earthquake"), *ARTICLES, copy)
    (story,) = summary.stories
    assert (len(story.articles), story.sources, story.copies) == (3, 2, 1)


def test_stories_stand_together_in_the_order_of_time():
    summary = summed(SummaryRequest(within=Scope(since=date(2026, 3, 1)), length=Length.FIVE))
    told = [(story.articles, len(said)) for story, said in summary.grouped()]
    assert [articles for articles, _ in told] == [("a1", "a2"), ("a3",)]
    assert sum(count for _, count in told) >= Length.FIVE.lines


def test_what_every_page_of_a_publisher_says_is_no_line():
    nag = " Sign up for our newsletter and never miss a story again."
    nagging = [article(n, f"Story {n}", text + nag) for n, text in ((1, nag[1:]), (2, STRIKE))]
    told = lines(
        summed(SummaryRequest(within=Scope("The Daily")), *nagging, article(3, "Quake", QUAKE))
    )
    assert not [line for line in told if "newsletter" in line]


def test_a_sentence_that_two_publishers_have_is_a_line():
    lead = "The envoy of Zorblatt was recalled on Monday for singing at dinner. "
    told = (
        article(1, "Envoy recalled", lead + STRIKE, source="A"),
        article(2, "Envoy called home", lead + QUAKE + LATER, source="B"),
    )
    assert lead.strip() in lines(summed(SummaryRequest.of_topic("envoy of Zorblatt"), *told))


def test_a_caption_and_the_headline_again_are_no_lines():
    text = "Bakers' strike leaves Quux without bread.\nJo Doe/Reuters Bakers stand on the square.\n"
    told = lines(
        summed(
            SummaryRequest(article="a3"),
            article(3, "Bakers' strike leaves Quux without bread", text + STRIKE),
        )
    )
    assert sorted(told) == sorted(STRIKE.replace(". ", ".\n").split("\n"))


def test_nearly_the_same_sentence_with_another_number_is_a_line_too():
    first = "The envoy of Zorblatt was recalled on Monday with 12 of his cooks."
    texts = (first, first.replace("was recalled", "has been recalled"), first.replace("12", "14"))
    told = [article(n, f"Envoy {n}", text) for n, text in enumerate(texts)]
    said = lines(summed(SummaryRequest.of_topic("envoy of Zorblatt"), *told))
    assert sorted("14" in line for line in said) == [False, True]
