"""Evaluation: every question of a set through the real pipeline, and what came of it in figures.

The names of the measures are those of `NAMES`. One that a set cannot give is left out: without
unanswerable questions there is nothing to say of refusals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from corpus.storage.store import ArticleStore
from retrieval.answering.answer import Answer, Statement
from retrieval.answering.citation import Citation
from retrieval.answering.cite import holds
from retrieval.answering.pipeline import Asking, Inquiry
from retrieval.answering.support import unsupported
from retrieval.evaluation import metrics
from retrieval.evaluation.machine import machine
from retrieval.evaluation.metrics import Interval, Measure, interval
from retrieval.evaluation.question_set import SetQuestion
from retrieval.query.question import Question

RANKED = 10  # of the articles, for MRR and nDCG
PRECISION = 0.95  # of answering, for the coverage

NAMES = (
    "article_hit@1",
    "article_hit@4",
    "article_hit@10",
    "article_mrr@10",
    "article_ndcg@10",
    "all_golds@10",
    "sentence_hit@1",
    "sentence_hit@3",
    "contained",
    "exact_match",
    "f1",
    "refusal_precision",
    "refusal_recall",
    "refusal_f1",
    "refusal_auroc",
    "coverage@95",
    "citation_valid",
    "citation_supported",
    "latency_p50_ms",
    "latency_p95_ms",
)
"""In the order of a report. Of the answerable questions:

- article_*: the articles in the order of the fused passages, each where it is seen first,
  against the gold articles; all_golds: all of them are among the first ten;
- sentence_hit: one of the reader's first sentences, whether or not they became an answer,
  holds an accepted answer, in whichever article; contained: one of the answer's citations does;
- exact_match, f1: what the answer says first, against the accepted answers, as SQuAD does.

Questions whose accepted answers are paragraphs count for neither of these two groups: no
sentence holds one. Of all questions:

- refusal_*: precision, recall and F1 of refusing; auroc: whether the confidence is higher
  where there is an answer; coverage: the share of all questions that could be answered if
  95 % of those answered were to be answerable;
- citation_valid: of all quotations, those that are the stored text at their place;
  citation_supported: of all statements, those that the checker finds in their citations.
"""


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of one question. `scores` has the measures that are a mean over questions."""

    asked: SetQuestion
    scores: Mapping[str, float]
    refused: bool
    confidence: float
    citations: int
    valid: int
    statements: int
    supported: int
    timings_ms: Mapping[str, float]


def judge(asked: SetQuestion, inquiry: Inquiry, store: ArticleStore) -> Judged:
    """Hold an answer, and what it was made from, against what the set accepts."""
    answer, reading = inquiry.answer, inquiry.reading
    scores: dict[str, float] = {}
    if asked.answerable and asked.gold_article_ids:
        ranking, golds = store.articles_of(inquiry.passage_ids), set(asked.gold_article_ids)
        for k in (1, 4, 10):
            scores[f"article_hit@{k}"] = metrics.hit(ranking, golds, k)
        scores["article_mrr@10"] = metrics.reciprocal_rank(ranking, golds, RANKED)
        scores["article_ndcg@10"] = metrics.ndcg(ranking, golds, RANKED)
        scores["all_golds@10"] = metrics.holds_all(ranking, golds, RANKED)
    if asked.answerable and asked.answers and not asked.is_long_form:
        best = [scored.sentence.text for scored in reading.ranked[:3]]
        hits = [metrics.holds_answer(text, asked.answers) for text in best]
        for k in (1, 3):
            scores[f"sentence_hit@{k}"] = any(hits[:k])
        scores["contained"] = any(
            metrics.holds_answer(citation.quote, asked.answers) for citation in answer.citations
        )
        said = answer.statements[0].text if answer.answered else ""
        scores["exact_match"] = metrics.exact_match(said, asked.answers)
        scores["f1"] = metrics.token_f1(said, asked.answers)
    shown = _shown(answer)
    return Judged(
        asked,
        scores,
        not answer.answered,
        reading.confidence,
        len(shown),
        sum(holds(store, citation) for citation in shown),
        len(answer.statements),
        sum(_is_supported(statement, answer.citations) for statement in answer.statements),
        answer.timings_ms,
    )


def _is_supported(statement: Statement, citations: Sequence[Citation]) -> bool:
    quotes = [citations[number - 1].quote for number in statement.citations]
    return not unsupported(statement.text, quotes)


def _shown(answer: Answer) -> tuple[Citation, ...]:
    return answer.refusal.near if answer.refusal else answer.citations


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of one set on one machine. `stages_ms` has p50 and p95 of each stage.

    Of each question `answerable` tells whether it is, `confidences` how sure the reader was.
    """

    name: str
    machine: str
    questions: int
    measures: Mapping[str, Interval]
    stages_ms: Mapping[str, tuple[Interval, ...]]
    answerable: tuple[bool, ...]
    confidences: tuple[float, ...]

    def as_dict(self) -> dict[str, Any]:
        """The JSON that programs read."""
        return {
            "set": self.name,
            "machine": self.machine,
            "measures": {
                name: {
                    "value": round(found.value, 4),
                    "low": round(found.low, 4),
                    "high": round(found.high, 4),
                }
                for name, found in self.measures.items()
            },
        }


def evaluate(
    name: str,
    questions: Iterable[SetQuestion],
    asking: Asking,
    *,
    on_question: Callable[[SetQuestion], None] = lambda asked: None,
) -> Report:
    """Ask every question of the set called `name`, one after the other, and measure."""
    asking.ask(Question.of("Is this the first question?"))  # the first one warms everything up
    judged = []
    for asked in questions:
        judged.append(judge(asked, asking.inquire(asked.question), asking.library.store))
        on_question(asked)
    return Report(
        name,
        machine(),
        len(judged),
        measure(judged),
        _stages(judged),
        tuple(one.asked.answerable for one in judged),
        tuple(one.confidence for one in judged),
    )


def measure(judged: Sequence[Judged]) -> dict[str, Interval]:
    """Every measure that these questions can give, in the order of `NAMES`."""
    means = {name: [one.scores[name] for one in judged if name in one.scores] for name in NAMES}
    made = {name: (metrics.mean(values), len(values)) for name, values in means.items()}
    for name, of_all in {**_refusing(judged), **_citing(judged), **_waiting(judged)}.items():
        made[name] = (of_all, len(judged))
    figures = {name: interval(*made[name]) for name in NAMES}
    return {name: figure for name, figure in figures.items() if figure is not None}


def _refusing(judged: Sequence[Judged]) -> dict[str, Measure]:
    answerable = np.array([one.asked.answerable for one in judged], bool)
    if answerable.all():
        return {}
    refused = np.array([one.refused for one in judged], bool)
    rightly = refused & ~answerable
    confidence = [one.confidence for one in judged]
    return {
        "refusal_precision": metrics.ratio(rightly, refused),
        "refusal_recall": metrics.ratio(rightly, ~answerable),
        "refusal_f1": metrics.ratio(2 * rightly, 1 * refused + ~answerable),
        "refusal_auroc": metrics.auroc(answerable, confidence),
        "coverage@95": metrics.coverage(answerable, confidence, PRECISION),
    }


def _citing(judged: Sequence[Judged]) -> dict[str, Measure]:
    return {
        "citation_valid": metrics.ratio(
            [one.valid for one in judged], [one.citations for one in judged]
        ),
        "citation_supported": metrics.ratio(
            [one.supported for one in judged], [one.statements for one in judged]
        ),
    }


def _waiting(judged: Sequence[Judged], stage: str = "total") -> dict[str, Measure]:
    times = [one.timings_ms[stage] for one in judged]
    return {f"latency_p{p}_ms": metrics.percentile(times, p) for p in (50, 95)}


def _stages(judged: Sequence[Judged]) -> dict[str, tuple[Interval, ...]]:
    """p50 and p95 of each stage, of the questions that it worked on, in the order of the road."""
    found = {}
    for stage in dict.fromkeys(stage for one in judged for stage in one.timings_ms):
        of_stage = [one for one in judged if stage in one.timings_ms]
        figures = [interval(of, len(of_stage)) for of in _waiting(of_stage, stage).values()]
        found[stage] = tuple(figure for figure in figures if figure is not None)
    return found
