"""Fit the reader's weights on question sets, and write retrieval/reader.json.

    python scripts/fit_reader.py SET... --cache FOLDER

retrieval/question_set.py tells what a set is; they are embedded once, into the cache. What is
printed are figures on articles that were not fitted on: the articles of each set are halved,
and each half is measured with the other's weights.

The sentence weights maximise the likelihood, under a softmax over a question's candidates,
of the sentences that hold an accepted answer. The confidence is a logistic regression on
whether the question is answerable, in which either class, and in it every set, counts the
same: a confidence of one half says that an answer is as likely as none.
"""

from __future__ import annotations

import argparse
import json
import sys
import zlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from haystack.components.joiners import DocumentJoiner  # noqa: E402

from retrieval.embedder import Embedder  # noqa: E402
from retrieval.library import Library  # noqa: E402
from retrieval.metrics import auroc  # noqa: E402
from retrieval.question_set import QuestionSet  # noqa: E402
from retrieval.reader import (  # noqa: E402
    CONFIDENCE_NAMES,
    PASSAGES_READ,
    WEIGHTS,
    Weights,
    confidence_signals,
    measure,
    read,
)
from retrieval.retrievers import KeywordRetriever, VectorRetriever, passage_ids  # noqa: E402
from retrieval.signals import NAMES, Asked  # noqa: E402
from retrieval.when import period, without_period  # noqa: E402

MARGIN = 1.3  # a second sentence is at least a quarter as likely as the best: see architecture.md
THRESHOLD = 0.5
# Its unanswerable questions were written to look answerable from their paragraph; with them,
# the words that a question and a sentence share count for nothing.
NEAR_MISSES = {"squad2"}
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Case:
    """One question: its candidates' signals, which of them answer, and where it belongs."""

    group: str
    half: int
    asked: Asked
    answerable: bool
    measured: list[Any]
    signals: Floats
    hits: NDArray[np.bool_]


def main() -> None:
    parser = argparse.ArgumentParser(description="Fit the reader's weights.")
    parser.add_argument("sets", nargs="+", type=Path)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=3000, help="questions of a set, at most")
    options = parser.parse_args()
    embedder = Embedder.load(threads=2)
    cases: list[Case] = []
    for folder in options.sets:
        cases += load(QuestionSet.load(folder), options.cache, embedder, options.limit)
        print(f"{folder.name}: {len(cases)} questions so far", flush=True)

    for half in (0, 1):
        report(fit([c for c in cases if c.half != half]), [c for c in cases if c.half == half])
    weights = fit(cases)
    WEIGHTS.write_text(
        json.dumps(
            {
                "fitted_on": {
                    name: sum(case.group == name for case in cases)
                    for name in sorted({case.group for case in cases})
                },
                "sentence": named(NAMES, weights.sentence),
                "confidence": named(CONFIDENCE_NAMES, weights.confidence),
                "bias": round(weights.bias, 4),
                "threshold": weights.threshold,
                "margin": weights.margin,
            },
            indent=2,
        )
        + "\n",
        encoding="utf-8",
    )
    print(WEIGHTS.read_text(encoding="utf-8"))


def load(questions: QuestionSet, cache: Path, embedder: Embedder, limit: int) -> list[Case]:
    """The candidates are found here and not by the pipeline, which has weights already."""
    path = questions.library_file(cache)
    questions.ingest(path, embedder.encode, embedder.identity)
    library = Library.open(path, embedder)
    by_vector, by_word = VectorRetriever(library), KeywordRetriever(library)
    joiner = DocumentJoiner(join_mode="reciprocal_rank_fusion")
    cases = []
    for one in questions.sample(limit):
        spoken_of = period(one.question.text, one.question.asked_at)
        text = without_period(one.question.text, spoken_of)
        asked = Asked.of(text, library.index.rarities(text))
        vector = embedder.encode([text])[0]
        found = joiner.run(
            [
                by_vector.run(vector.tolist(), spoken_of)["documents"],
                by_word.run(text, spoken_of)["documents"],
            ]
        )["documents"]
        measured = measure(asked, library, passage_ids(found)[:PASSAGES_READ], vector)
        if not measured:
            continue
        hits = [one.is_answered_by(sentence.article.id, sentence.text) for sentence, _ in measured]
        key = (one.gold_article_ids or (one.id,))[0]
        cases.append(
            Case(
                questions.name,
                zlib.crc32(key.encode()) % 2,
                asked,
                one.answerable,
                measured,
                np.array([signals for _, signals in measured]),
                np.array(hits, bool),
            )
        )
    library.close()
    return cases


def adam(gradient: Any, size: int, steps: int, rate: float = 0.05) -> Floats:
    """Minimise by Adam (Kingma & Ba, 2015) from zero."""
    x, mean, square = np.zeros(size), np.zeros(size), np.zeros(size)
    for t in range(1, steps + 1):
        g = gradient(x)
        mean, square = 0.9 * mean + 0.1 * g, 0.99 * square + 0.01 * g * g
        x = x - rate * (mean / (1 - 0.9**t)) / (np.sqrt(square / (1 - 0.99**t)) + 1e-8)
    return x


def fit(cases: list[Case]) -> Weights:
    sentence = fit_sentences([case for case in cases if case.hits.any()])
    draft = Weights(sentence, np.zeros(len(CONFIDENCE_NAMES)), 0.0, 0.0, MARGIN)
    x = np.array([confidence_signals(case.asked, read_case(case, draft).ranked) for case in cases])
    y = np.array([case.answerable for case in cases])
    shares = np.zeros(len(cases))
    for answerable in (False, True):
        groups = sorted(
            {case.group for case in cases if case.answerable == answerable}
            - (set() if answerable else NEAR_MISSES)
        )
        for name in groups:
            of_class = np.array([c.group == name and c.answerable == answerable for c in cases])
            shares[of_class] = 1 / of_class.sum() / len(groups)
    ones = np.c_[x, np.ones(len(x))]

    def gradient(w: Floats) -> Floats:
        p = 1 / (1 + np.exp(-ones @ w))
        slope: Floats = ones.T @ (shares * (p - y)) / shares.sum() + 1e-3 * np.r_[w[:-1], 0]
        return slope

    fitted = adam(gradient, ones.shape[1], 3000)
    return Weights(sentence, fitted[:-1], float(fitted[-1]), THRESHOLD, MARGIN)


def fit_sentences(cases: list[Case]) -> Floats:
    """A set counts as the root of how many questions it has: no large one drowns the others."""
    sizes = Counter(case.group for case in cases)
    total = sum(size**0.5 for size in sizes.values())

    def gradient(w: Floats) -> Floats:
        slope = 1e-3 * w
        for case in cases:
            share = sizes[case.group] ** -0.5 / total
            scores = case.signals @ w
            p = np.exp(scores - scores.max())
            p /= p.sum()
            wanted = p * case.hits
            slope = slope + case.signals.T @ (p - wanted / wanted.sum()) * share
        return slope

    return adam(gradient, len(NAMES), 400)


def read_case(case: Case, weights: Weights) -> Any:
    return read(case.asked, case.measured, weights)


def report(weights: Weights, cases: list[Case]) -> None:
    for name in sorted({case.group for case in cases}):
        of_set = [case for case in cases if case.group == name]
        readings = [read_case(case, weights) for case in of_set]
        asked = [case for case in of_set if case.answerable]
        orders = [np.argsort(-(case.signals @ weights.sentence), kind="stable") for case in asked]
        hits = [np.mean([c.hits[o][:k].any() for c, o in zip(asked, orders, strict=True)])
                for k in (1, 3)]  # fmt: skip
        y = np.array([case.answerable for case in of_set])
        p = np.array([reading.confidence for reading in readings])
        refused = p < weights.threshold
        print(
            f"{name}: sentence hit@1 {hits[0]:.3f} hit@3 {hits[1]:.3f}; "
            f"refused wrongly {refused[y].mean():.3f}"
            + (
                f", rightly {refused[~y].mean():.3f}, "
                f"precision {(refused & ~y).sum() / max(1, refused.sum()):.3f}, "
                f"AUROC {float(auroc(y, p)(np.ones((1, len(y))))[0]):.3f}"
                if (~y).any()
                else ""
            ),
            flush=True,
        )


def named(names: tuple[str, ...], values: Floats) -> dict[str, float]:
    return {name: round(float(value), 4) for name, value in zip(names, values, strict=True)}


if __name__ == "__main__":
    main()
