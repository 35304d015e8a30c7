"""Which sentences give different numbers for the same thing, and which do not."""

from __future__ import annotations

import pytest

from corpus.article import Article, ArticleInfo
from corpus.ingestion.embedding import embed_article, recipe
from corpus.storage.store import ArticleStore
from retrieval.answering.answer import Answer, Difference, Statement
from retrieval.answering.checker import check_answer
from retrieval.answering.citation import Citation
from retrieval.answering.number_conflicts import conflicting_numbers
from retrieval.answering.pipeline import Asking
from retrieval.index.library import Library
from retrieval.query.question import Question
from retrieval.render import difference_sentence
from tests.retrieval.models import shared_embedder


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        (
            "Twelve people were injured in the storm.",
            "Fourteen people were injured in the storm.",
            ("Twelve", "Fourteen"),
        ),
        (
            "At least 12 people were hurt when the bridge fell.",
            "The bridge fell on Monday; 14 people were hurt.",
            ("12", "14"),
        ),
        (
            "The blast in Quux killed 12 people and injured 30.",
            "The blast in Quux killed 14 people and injured 30.",
            ("12", "14"),
        ),
        (
            "The repair will cost $2.5 million, the council said.",
            "The council said the repair will cost $3 million.",
            ("2.5", "3"),
        ),
        (
            "Turnout was 61% in the vote on the harbour.",
            "Turnout was 64 per cent in the vote on the harbour.",
            ("61", "64"),
        ),
    ],
)
def test_these_differ(one: str, other: str, found: tuple[str, str]):
    assert conflicting_numbers(one, other) == found
    assert conflicting_numbers(other, one) == found[::-1]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Twelve people were injured.", "12 people were injured."),
        ("The fire killed 12 people.", "The number of people killed rose from 12 to 14."),
        ("A quake in Peru killed 12 people.", "A quake in Chile killed 40 people."),
        ("In 2019 the prize went to 12 people.", "In 2020 the prize went to 14 people."),
        ("The blast killed 12 people and injured 30.", "The blast killed 12 people."),
        ("The bridge is 12 kilometres long.", "The bridge is 7 miles long."),
        ("The bridge opened in 1931.", "The bridge opened in 1957."),
        ("He came third in the race.", "He came fourth in the race."),
        ("Twelve ships left the harbour.", "Fourteen cars were burnt in the harbour."),
        ("Quux won 3 of the races.", "Quux lost 4 games at home."),
        ("He spoke.", "She spoke."),
        ("", "12"),
    ],
)
def test_these_do_not(one: str, other: str):
    assert conflicting_numbers(one, other) is None
    assert conflicting_numbers(other, one) is None


def citation(name: str, quote: str, published: str | None = None) -> Citation:
    info = ArticleInfo(name, 1, f"Report {name}", source=name.title(), published=published)
    return Citation(info, 0, len(quote), quote)


TWELVE = "Twelve people were injured in the storm."
FOURTEEN = "Fourteen people were injured in the storm."


@pytest.mark.parametrize(
    ("first", "second", "later", "said"),
    [
        ("2021-03-04", "2021-03-03", 1, "[1] is the later, and may be an update"),
        ("2021-03-03T08:00:00+00:00", "2021-03-03T09:00:00+00:00", 2, "[2] is the later"),
        ("2021-03-03", "2021-03-03", None, "neither is known to be the later"),
        ("2021-03-03", None, None, "neither is known to be the later"),
    ],
)
def test_two_citations_that_differ_are_told_with_the_later(
    first: str, second: str | None, later: int | None, said: str
):
    cited = (citation("ap", FOURTEEN, first), citation("reuters", TWELVE, second))
    statements = tuple(Statement(c.quote, (n,)) for n, c in enumerate(cited, start=1))
    answer = check_answer(Answer("how many?", statements, cited))
    assert answer.differences == (Difference((1, 2), ("Fourteen", "Twelve"), later),)
    assert said in difference_sentence(answer, answer.differences[0])
    assert "Fourteen in [1] (Ap · " in difference_sentence(answer, answer.differences[0])


def test_an_article_does_not_differ_from_itself():
    cited = (citation("ap", FOURTEEN), citation("ap", TWELVE))
    assert check_answer(Answer("q", (Statement(FOURTEEN, (1,)),), cited)).differences == ()


def test_an_answer_quotes_both_and_the_later_first():
    earlier = "A storm hit Quux. Twelve people were injured in the storm in Quux."
    update = "The storm has passed. Fourteen people were injured in the storm in Quux, all told."
    with ArticleStore.in_memory() as store:
        for name, text, day in (("a", earlier, "2021-03-03"), ("b", update, "2021-03-04")):
            article = Article(ArticleInfo(name, 1, "Storm in Quux", published=day), text)
            store.put(article, embed_article(article, shared_embedder().encode))
        store.set_stamp("recipe", recipe(shared_embedder().identity))
        asking = Asking(Library(store, None), shared_embedder())
        answer = asking.ask(Question.of("How many people were injured in the storm in Quux?"))
    assert [c.quote.split()[0] for c in answer.citations] == ["Fourteen", "Twelve"]
    (difference,) = answer.differences
    assert (difference.values, difference.later) == (("Fourteen", "Twelve"), 1)
