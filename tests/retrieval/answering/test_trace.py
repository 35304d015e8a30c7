"""What became of each sentence, and how it was found: what a person who asks why is told."""

from __future__ import annotations

from datetime import UTC, datetime

from corpus.article import Article, ArticleInfo
from corpus.ingestion.embedding import embed_article, recipe
from corpus.storage.store import ArticleStore
from retrieval.answering.answer import Answer
from retrieval.answering.pipeline import Asking
from retrieval.answering.trace import Trace, WeighedSentence
from retrieval.index.library import Library
from retrieval.query.question import Question
from tests.retrieval.models import shared_embedder

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)


def ask(question: str, *articles: tuple[str, str]) -> Answer:
    """The answer from articles, each with the day of its publication."""
    with ArticleStore.in_memory() as store:
        for number, (published, text) in enumerate(articles):
            info = ArticleInfo(f"a{number}", 1, f"Note {number}", published=published)
            article = Article(info, text)
            store.put(article, embed_article(article, shared_embedder().encode))
        store.set_stamp("recipe", recipe(shared_embedder().identity))
        return Asking(Library(store, None), shared_embedder()).ask(Question.of(question, NOW))


def trace_of(answer: Answer) -> Trace:
    assert answer.trace is not None
    return answer.trace


def verdicts(answer: Answer) -> dict[str, str]:
    return {one.text: one.verdict.value for one in trace_of(answer).sentences}


def test_each_sentence_is_told_with_what_became_of_it():
    answer = ask(
        "How many people were hurt by the blast in Zorblatt?",
        ("2026-03-17", "The blast in Zorblatt hurt 12 people. The cook sells onions."),
        ("2026-03-18", "The blast in Zorblatt hurt 14 people. A dog barked at the moon."),
    )
    found = verdicts(answer)
    hurt = {found.pop(f"The blast in Zorblatt hurt {count} people.") for count in (12, 14)}
    assert hurt == {"kept", "kept: another article gives another number"}
    assert found == {
        "The cook sells onions.": "cut: much less likely than the best",
        "A dog barked at the moon.": "cut: much less likely than the best",
    }


def test_a_copy_is_cut_for_what_it_repeats():
    said = "The envoy Zorblatt was recalled because he sang at dinner."
    answer = ask(
        "Why was the envoy Zorblatt recalled?",
        ("2026-03-17", said),
        ("2026-03-17", f"{said[:-1]} too."),
    )
    assert sorted(verdicts(answer).values()) == ["cut: it says what a better one says", "kept"]


def test_what_is_not_sure_enough_is_told_with_the_threshold():
    answer = ask("Who wrote Hamlet?", ("2026-03-17", "The cook sells onions."))
    assert answer.refusal is not None
    assert verdicts(answer) == {"The cook sells onions.": "cut: not sure enough to answer"}
    assert trace_of(answer).confidence < trace_of(answer).threshold


def test_what_is_older_than_asked_is_told_so():
    answer = ask(
        "Why was the envoy Zorblatt recalled yesterday?",
        ("2021-03-17", "The envoy Zorblatt was recalled because he sang at dinner."),
    )
    (verdict,) = verdicts(answer).values()
    assert verdict == "cut: from before the time asked about"
    assert trace_of(answer).searched == "Why was the envoy Zorblatt recalled?"


def test_what_contradicts_the_question_is_told_so():
    answer = ask(
        "Why did Zorblatt praise Quibble?",
        ("2026-03-17", "The cook met Quibble. In May Quibble praised Zorblatt at dinner."),
    )
    assert verdicts(answer) == {
        "In May Quibble praised Zorblatt at dinner.": "kept: it contradicts the question",
        "The cook met Quibble.": "cut: another one contradicts the question",
    }


def test_a_passage_is_told_with_its_place_in_either_search():
    answer = ask(
        "Where are onions sold?",
        ("2026-03-17", "The cook sells onions."),
        ("2026-03-17", "A dog barked at the moon."),
    )
    assert [_ranks(one) for one in trace_of(answer).sentences] == [
        {"by_meaning": 1, "by_words": 1, "fused": 1},
        {"by_meaning": 2, "by_words": None, "fused": 2},
    ]
    assert trace_of(answer).passage_counts == {"by_meaning": 2, "by_words": 1, "fused": 2}


def _ranks(sentence: WeighedSentence) -> dict[str, int | None]:
    return {name: hit and hit.rank for name, hit in sentence.hits.items()}
