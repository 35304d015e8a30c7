"""How questions are counted, as Prometheus reads it: by what became of them, without a word."""

from __future__ import annotations

from dataclasses import replace

import pytest
from prometheus_client import REGISTRY

from corpus.article import ArticleInfo
from retrieval.answering.answer import Answer, Reason, Refusal, Statement
from retrieval.answering.citation import Citation
from retrieval.errors import QuestionError
from retrieval.monitoring.prometheus import count_question

NEAR = Answer("why?", refusal=Refusal(Reason.ONLY_NEAR, "Nothing."))
CITED = Citation(ArticleInfo("a", 1, "Dinner"), 0, 8, "He sang.")
KIND = "test"  # no other test counts it, so that what is read came of this one alone


def count(outcome: str) -> float:
    labels = {"kind": KIND, "outcome": outcome}
    return REGISTRY.get_sample_value("footnote_questions_total", labels) or 0.0


def seconds(name: str, **labels: str) -> tuple[float, float]:
    """How many were measured, and what they took together."""
    measured, total = (
        REGISTRY.get_sample_value(f"footnote_{name}_{what}", labels) or 0.0
        for what in ("count", "sum")
    )
    return measured, total


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answer("why?", (Statement("He sang.", (1,)),), (CITED,)), "answered"),
        (NEAR, "only_near"),
    ],
)
def test_a_question_is_counted_by_what_became_of_it(answer: Answer, outcome: str):
    before = count(outcome), seconds("question_seconds", kind=KIND)[0]
    with count_question(KIND) as answers:
        answers.append(answer)
    assert (count(outcome), seconds("question_seconds", kind=KIND)[0]) == (
        before[0] + 1,
        before[1] + 1,
    )


@pytest.mark.parametrize(
    ("error", "outcome"), [(QuestionError("Ask something."), "turned_away"), (KeyError(), "failed")]
)
def test_what_is_raised_is_counted_and_goes_on(error: Exception, outcome: str):
    before = count(outcome)
    with pytest.raises(type(error)), count_question(KIND):
        raise error
    assert count(outcome) == before + 1


def test_without_an_answer_it_failed():
    before = count("failed")
    with count_question(KIND):
        pass
    assert count("failed") == before + 1


def test_each_stage_is_measured_in_seconds_and_the_total_is_not_a_stage():
    before = {stage: seconds("stage_seconds", stage=stage) for stage in ("sift", "total")}
    with count_question(KIND) as answers:
        answers.append(replace(NEAR, timings_ms={"sift": 1500.0, "total": 2000.0}))
    measured, total = seconds("stage_seconds", stage="sift")
    assert measured == before["sift"][0] + 1
    assert total == pytest.approx(before["sift"][1] + 1.5)
    assert seconds("stage_seconds", stage="total") == before["total"]
