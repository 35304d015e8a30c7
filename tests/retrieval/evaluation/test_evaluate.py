"""What is measured of answers: right ones, wrong ones, refusals and forgeries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from corpus.article import Article, ArticleInfo
from corpus.ingestion.embedding import embed_article
from corpus.storage.store import ArticleStore
from retrieval.answering.answer import Answer, Statement
from retrieval.answering.citation import Citation
from retrieval.answering.pipeline import Asking
from retrieval.evaluation.evaluate import (
    NAMES,
    Judged,
    answer_line,
    answering_sentences,
    evaluate,
    judge,
    measure,
)
from retrieval.evaluation.labels import Expect, LabelledSentence, Labels
from retrieval.evaluation.metrics import Interval
from retrieval.evaluation.question_set import SetQuestion
from retrieval.index.library import Library
from retrieval.query.question import Question
from tests.retrieval.models import shared_embedder

ENVOY = (
    "The envoy Zorblatt was recalled on Tuesday because he sang at dinner. He left Quux at once."
)
BRIDGE = "The Quux bridge opened in 1931. It was built by Anna Bridgewell and fell in 1957."
INFO = ArticleInfo("envoy", 1, "Envoy recalled")


@pytest.fixture(scope="module")
def asking() -> Iterator[Asking]:
    with ArticleStore.in_memory() as store:
        for article in (Article(INFO, ENVOY), Article(ArticleInfo("bridge", 1, "Bridge"), BRIDGE)):
            store.put(article, embed_article(article, shared_embedder().encode))
        yield Asking(Library(store, None), shared_embedder())


def asked(
    text: str, *answers: str, golds: tuple[str, ...] = ("envoy",), long_form: bool = False
) -> SetQuestion:
    return SetQuestion(text, Question.of(text), answers, golds, bool(answers), "", long_form)


WHY = asked("Why was the envoy Zorblatt recalled?", "he sang at dinner")
NOBODY = asked("Who won the 2022 World Cup in football?", golds=())


def judged(asking: Asking, question: SetQuestion) -> Judged:
    return judge(question, asking.inquire(question.question), asking.library.store)


def test_asking_and_inquiring_give_the_same_answer(asking: Asking):
    answer, inquiry = asking.ask(WHY.question), asking.inquire(WHY.question)
    assert replace(inquiry.answer, timings_ms=answer.timings_ms) == answer
    assert asking.library.store.articles_of(inquiry.passage_ids) == ["envoy", "bridge"]
    assert inquiry.reading.ranked[0].sentence.text == ENVOY[:69]


def test_a_right_answer(asking: Asking):
    found = judged(asking, WHY)
    assert found.scores == {
        **dict.fromkeys(NAMES[:9], 1.0),
        "exact_match": 0.0,
        # "he sang at dinner" of "envoy zorblatt was recalled on tuesday because he sang at dinner"
        "f1": pytest.approx(2 * 4 / (4 + 11)),
    }
    assert (found.refused, found.citations, found.valid) == (False, 1, 1)
    assert (found.statements, found.supported) == (1, 1)


def test_an_answer_counts_in_whichever_article_it_stands(asking: Asking):
    found = judged(asking, replace(WHY, gold_article_ids=("bridge",)))
    assert [name for name, score in found.scores.items() if not score] == [
        "article_hit@1", "exact_match"
    ]  # fmt: skip
    assert found.scores["article_mrr@10"] == 0.5


def test_a_refusal_has_scores_for_what_was_read(asking: Asking):
    silent = asked(
        "How many cars cross the Quux bridge each day?",
        "1957",
        golds=("bridge",),
    )
    found = judged(asking, silent)
    assert found.refused
    scores = found.scores
    assert (scores["article_hit@1"], scores["sentence_hit@3"], scores["contained"]) == (1, 1, 0)
    assert scores["f1"] == 0
    assert found.citations == found.valid == len(asking.ask(silent.question).refusal.near)  # type: ignore[union-attr]


def test_what_a_question_cannot_give_is_left_out(asking: Asking):
    assert judged(asking, NOBODY).scores == {}
    assert set(judged(asking, replace(WHY, gold_article_ids=())).scores) == set(NAMES[6:11])
    assert set(judged(asking, replace(WHY, is_long_form=True)).scores) == set(NAMES[:6])


def test_a_forged_quotation_is_neither_valid_nor_support(asking: Asking):
    real = asking.inquire(WHY.question)
    forged = Citation(INFO, 0, 69, "The envoy Zorblatt was recalled because he did not sing.")
    lying = Answer("q", (Statement("The envoy was promoted.", (1,)),), (forged,))
    found = judge(WHY, replace(real, answer=lying), asking.library.store)
    assert (found.citations, found.valid, found.statements, found.supported) == (1, 0, 1, 0)


def one(answerable: bool, refused: bool, confidence: float, ms: float = 10.0) -> Judged:
    question = asked("Why?", *(["x"] if answerable else []))
    return Judged(question, {}, refused, confidence, 2, 2, 1, 1, {"reader": ms / 2, "total": ms})


def test_refusals_are_measured_over_all_questions():
    rows = [
        one(True, False, 0.9, 10),
        one(True, False, 0.8, 20),
        one(True, True, 0.2, 30),
        one(False, True, 0.3, 40),
        one(False, False, 0.7, 50),
    ]
    found = {name: figure.value for name, figure in measure(rows).items()}
    assert found == {
        "refusal_precision": pytest.approx(1 / 2),
        "refusal_recall": pytest.approx(1 / 2),
        "refusal_f1": pytest.approx(1 / 2),
        "refusal_auroc": pytest.approx(4 / 6),
        "coverage@95": pytest.approx(2 / 5),
        "unanswerable_refused@10": 0.0,
        "citation_valid": 1.0,
        "citation_supported": 1.0,
        "latency_p50_ms": 30,
        "latency_p95_ms": 50,
    }


def test_without_unanswerable_questions_nothing_is_said_of_refusals():
    assert set(measure([one(True, False, 0.9), one(True, True, 0.1)])) == {
        "citation_valid", "citation_supported", "latency_p50_ms", "latency_p95_ms"
    }  # fmt: skip
    assert measure([]) == {}


def test_a_report_has_the_figures_of_a_set_in_their_order(asking: Asking):
    heard: list[str] = []
    questions = [WHY, NOBODY, replace(WHY, id="again")]
    report = evaluate("quux", questions, asking, on_answer=lambda q, _: heard.append(q.id))
    assert heard == [question.id for question in questions]
    assert (report.name, report.questions) == ("quux", 3)
    of_labels = {name for name in NAMES if name.startswith(("gold", "twin"))}
    of_labels |= {"satisfied", "refused_though_told", "noise"}
    assert list(report.measures) == [name for name in NAMES if name not in of_labels]
    assert report.measures["article_hit@1"] == Interval(1.0, 1.0, 1.0, 2)
    assert report.measures["refusal_recall"] == Interval(1.0, 1.0, 1.0, 3)
    assert set(report.stages_ms) == {
        "embedder", "vectors", "keywords", "fusion",
        "reader", "answerer", "checker", "total",
    }  # fmt: skip
    data = report.as_dict()
    assert list(data) == ["set", "machine", "measures"]
    assert data["measures"]["article_hit@1"] == {"value": 1.0, "low": 1.0, "high": 1.0}


def test_a_twin_is_asked_without_the_sentences_that_answer(asking: Asking):
    report = evaluate("quux", [WHY, NOBODY], asking, twins=True)
    assert report.measures["twins_auroc"].value == 1.0
    hidden = answering_sentences(WHY, asking.inquire(WHY.question))
    assert hidden
    left = asking.inquire(WHY.question, hidden).reading.ranked
    assert not hidden & {(one.sentence.article.id, one.sentence.start) for one in left}


def test_labelled_questions_tell_who_is_satisfied_kind_by_kind(asking: Asking):
    best = asking.inquire(WHY.question).answer.citations[0]
    gold = (LabelledSentence.of(best.article.id, best.quote),)
    answer = replace(WHY, labels=Labels("why", Expect.ANSWER, gold, is_paraphrase=True))
    refuse = replace(NOBODY, labels=Labels("near", Expect.REFUSE))
    report = evaluate("quux", [answer, refuse], asking)
    assert {name: found.value for name, found in report.kinds.items()} == {
        "near": 1.0, "paraphrased": 1.0, "why": 1.0
    }  # fmt: skip
    for name in ("satisfied", "gold_first", "gold_in_3", "gold_in_10"):
        assert report.measures[name].value == 1.0
    assert report.measures["refused_though_told"].value == 0.0
    assert report.as_dict()["kinds"]["why"] == {"value": 1.0, "low": 1.0, "high": 1.0}


def test_an_answer_is_a_line_for_other_programs(asking: Asking):
    line = answer_line(WHY, asking.inquire(WHY.question))
    assert line["id"] == WHY.id
    assert line["outcome"] == "answered"
    assert line["top"][0]["quote"] == line["citations"][0]["quote"]
    assert 0 < line["confidence"] <= 1


def test_no_questions_give_no_figures(asking: Asking):
    empty = evaluate("none", [], asking)
    assert (empty.questions, empty.measures, empty.stages_ms) == (0, {}, {})
