"""Asks every question of a set through the real pipeline, and measures the answers.

The names of the measures are those of `NAMES`. One that a set cannot give is left out: without
unanswerable questions there is nothing to say of refusals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from corpus.storage.passage_reader import StoredSentence
from corpus.storage.store import ArticleStore
from retrieval.answering.answer import Answer
from retrieval.answering.checker import is_supported
from retrieval.answering.citation import Citation
from retrieval.answering.cite import holds
from retrieval.answering.pipeline import Asking, Inquiry
from retrieval.evaluation import metrics
from retrieval.evaluation.labels import Expect, Labels
from retrieval.evaluation.machine import machine
from retrieval.evaluation.metrics import Interval, Measure, interval
from retrieval.evaluation.question_set import SetQuestion
from retrieval.query.question import Question

RANKED = 10  # of the articles, for MRR and nDCG
PRECISION = 0.95  # of answering, for the coverage
WRONGLY = 0.1  # of the answerable questions, refused

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
    "satisfied",
    "gold_first",
    "gold_in_3",
    "gold_in_10",
    "refused_though_told",
    "noise",
    "refusal_precision",
    "refusal_recall",
    "refusal_f1",
    "refusal_auroc",
    "coverage@95",
    "unanswerable_refused@10",
    "twins_refused@10",
    "twins_auroc",
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
sentence holds one. Of questions that were labelled by reading (labels.py):

- satisfied: whoever asked is, over all of them; gold_first, gold_in_3, gold_in_10: a sentence that
  answers by itself is among the first of the reader's; refused_though_told: those that have an
  answer and were refused; noise: of what is quoted, the share that is of no use.

Of all questions:

- refusal_*: precision, recall and F1 of refusing; auroc: whether the confidence is higher
  where there is an answer; coverage: the share of all questions that could be answered if
  95 % of those answered were to be answerable;
- unanswerable_refused@10, twins_refused@10: of the questions without an answer, and of the
  answerable ones asked again without the sentences that answer them, the share that is refused
  where one in ten of the answerable is; twins_auroc: whether the confidence is higher for a
  question than for such twins;
- citation_valid: of all quotations, those that are the stored text at their place;
  citation_supported: of all statements, those that the checker finds in their citations.
"""


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of one question. `scores` has the measures that are a mean over questions.

    `twin` is the confidence without the sentences that answer; None where it was not asked.
    """

    asked: SetQuestion
    scores: Mapping[str, float]
    refused: bool
    confidence: float
    citations: int
    valid: int
    statements: int
    supported: int
    timings_ms: Mapping[str, float]
    twin: float | None = None


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
    if asked.labels is not None:
        scores |= _as_asker(asked.labels, inquiry)
    shown = _shown(answer)
    return Judged(
        asked,
        scores,
        not answer.answered,
        reading.confidence,
        len(shown),
        sum(holds(store, citation) for citation in shown),
        len(answer.statements),
        sum(is_supported(answer, statement) for statement in answer.statements),
        answer.timings_ms,
    )


def _as_asker(labels: Labels, inquiry: Inquiry) -> dict[str, float]:
    """The measures of a question that was labelled by reading."""
    answer = inquiry.answer
    scores: dict[str, float] = {"satisfied": labels.is_satisfied(answer)}
    if labels.expect is Expect.ANSWER:
        sentences = [one.sentence for one in inquiry.reading.ranked[:10]]
        rank = labels.rank_of_gold([(one.article.id, one.text) for one in sentences]) or np.inf
        scores |= {"gold_first": rank <= 1, "gold_in_3": rank <= 3, "gold_in_10": rank <= 10}
        scores["refused_though_told"] = not answer.answered
    if (noise := labels.noise(answer)) is not None:
        scores["noise"] = noise
    return scores


def answer_line(asked: SetQuestion, inquiry: Inquiry) -> dict[str, Any]:
    """An answer for programs that score answers.

    The answer as docs/answer.schema.json describes it, with the question's `id`, the `confidence`,
    and the ten best sentences as `top`, whether or not they became an answer.
    """
    reading = inquiry.reading
    return {
        "id": asked.id,
        **inquiry.answer.as_dict(),
        "confidence": round(reading.confidence, 4),
        "top": [
            {
                "article": one.sentence.article.id,
                "version": one.sentence.article.version,
                "start": one.sentence.start,
                "end": one.sentence.end,
                "quote": one.sentence.text,
                "score": round(one.score, 3),
            }
            for one in reading.ranked[:RANKED]
        ],
    }


def answering_sentences(asked: SetQuestion, inquiry: Inquiry) -> frozenset[tuple[str, int]]:
    """Of the sentences that were read, those that answer, as (article id, start).

    The gold ones where the question was labelled by reading; else all that hold an accepted answer,
    in whichever article.
    """

    def answers(sentence: StoredSentence) -> bool:
        if asked.labels is not None and asked.labels.gold:
            return asked.labels.is_gold(sentence.article.id, sentence.text)
        return metrics.holds_answer(sentence.text, asked.answers)

    read = (one.sentence for one in inquiry.reading.ranked)
    return frozenset((one.article.id, one.start) for one in read if answers(one))


def _shown(answer: Answer) -> tuple[Citation, ...]:
    return answer.refusal.near if answer.refusal else answer.citations


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of one set on one machine. `stages_ms` has p50 and p95 of each stage.

    Of each question `answerable` tells whether it is, `confidences` how sure the reader was.
    `kinds` has how many of each kind of question are satisfied, where that was labelled.
    """

    name: str
    machine: str
    questions: int
    measures: Mapping[str, Interval]
    stages_ms: Mapping[str, tuple[Interval, ...]]
    answerable: tuple[bool, ...]
    confidences: tuple[float, ...]
    kinds: Mapping[str, Interval] = field(default_factory=lambda: MappingProxyType({}))

    def as_dict(self) -> dict[str, Any]:
        """The JSON that programs read; `kinds` is there where the questions are labelled."""
        kinds = {name: _rounded(found) for name, found in self.kinds.items()}
        return {
            "set": self.name,
            "machine": self.machine,
            "measures": {name: _rounded(found) for name, found in self.measures.items()},
        } | ({"kinds": kinds} if kinds else {})


def _rounded(found: Interval) -> dict[str, float]:
    return {name: round(getattr(found, name), 4) for name in ("value", "low", "high")}


def evaluate(
    name: str,
    questions: Iterable[SetQuestion],
    asking: Asking,
    *,
    twins: bool = False,
    on_answer: Callable[[SetQuestion, Inquiry], None] = lambda asked, inquiry: None,
) -> Report:
    """Ask every question of the set called `name`, one after the other, and measure.

    Args:
        name: What the report calls the set.
        questions: The questions.
        asking: The library of the set's articles.
        twins: Whether each answerable question is asked again without the sentences that answer.
        on_answer: Hears of each question with its answer.

    Returns:
        The figures.
    """
    asking.ask(Question.of("Is this the first question?"))  # the first one warms everything up
    judged = []
    for asked in questions:
        inquiry = asking.inquire(asked.question)
        one = judge(asked, inquiry, asking.library.store)
        if twins and (hidden := answering_sentences(asked, inquiry)):
            twin = asking.inquire(asked.question, hidden).reading.confidence
            one = replace(one, twin=twin)
        judged.append(one)
        on_answer(asked, inquiry)
    return Report(
        name,
        machine(),
        len(judged),
        measure(judged),
        _stages(judged),
        tuple(one.asked.answerable for one in judged),
        tuple(one.confidence for one in judged),
        _kinds(judged),
    )


def measure(judged: Sequence[Judged]) -> dict[str, Interval]:
    """Every measure that these questions can give, in the order of `NAMES`."""
    means = {name: [one.scores[name] for one in judged if name in one.scores] for name in NAMES}
    made = {name: (metrics.mean(values), len(values)) for name, values in means.items()}
    of_all = _refusing_at(judged) | _citing(judged) | _waiting(judged)
    made |= {name: (figure, len(judged)) for name, figure in of_all.items()}
    asked = [one for one in judged if _wants(one, Expect.ANSWER) or _wants(one, Expect.REFUSE)]
    made |= {name: (figure, len(asked)) for name, figure in _refusing(asked).items()}
    figures = {name: interval(*made[name]) for name in NAMES}
    return {name: figure for name, figure in figures.items() if figure is not None}


def _refusing(judged: Sequence[Judged]) -> dict[str, Measure]:
    answerable = np.array([_wants(one, Expect.ANSWER) for one in judged], bool)
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


def _kinds(judged: Sequence[Judged]) -> dict[str, Interval]:
    """How many of each kind are satisfied; paraphrased ones are a kind beside."""
    labelled = [(one.asked.labels, one.scores["satisfied"]) for one in judged if one.asked.labels]
    values: dict[str, list[float]] = {}
    for labels, is_satisfied in labelled:
        for kind in (labels.kind, *(("paraphrased",) if labels.is_paraphrase else ())):
            values.setdefault(kind, []).append(is_satisfied)
    found = {kind: interval(metrics.mean(of), len(of)) for kind, of in sorted(values.items())}
    return {kind: figure for kind, figure in found.items() if figure is not None}


def _refusing_at(judged: Sequence[Judged]) -> dict[str, Measure]:
    """What is refused where one in ten of the answerable questions is."""
    wanted = np.array([_wants(one, Expect.ANSWER) for one in judged], bool)
    if not wanted.any():
        return {}
    confidence = [one.confidence for one in judged]
    unanswerable = np.array([_wants(one, Expect.REFUSE) for one in judged], bool)
    has_twin = np.array([one.twin is not None for one in judged], bool) & wanted
    twin = [0.0 if one.twin is None else one.twin for one in judged]
    found: dict[str, Measure] = {}
    if unanswerable.any():
        found["unanswerable_refused@10"] = metrics.refused_at(
            wanted, confidence, unanswerable, confidence, WRONGLY
        )
    if has_twin.any():
        found["twins_refused@10"] = metrics.refused_at(wanted, confidence, has_twin, twin, WRONGLY)
        found["twins_auroc"] = metrics.auroc_between(wanted, confidence, has_twin, twin)
    return found


def _wants(one: Judged, expect: Expect) -> bool:
    """Whether that is what the question wants; by `answerable` where nothing was labelled."""
    if one.asked.labels is not None:
        return one.asked.labels.expect is expect
    return expect is (Expect.ANSWER if one.asked.answerable else Expect.REFUSE)


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
