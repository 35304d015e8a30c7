"""Fit the reader's weights on question sets, and write retrieval/ranking/reader.json.

    python scripts/fit_reader.py SET... --cache FOLDER --rankers WITHOUT_0 WITHOUT_1

retrieval/evaluation/question_set.py tells what a set is; they are embedded once, into the cache.
The articles of each set are halved. A question is read by the ranker that was not trained on its
half (see train_ranker.py), so that the ranker's word counts for what it is worth on new articles.
What is printed are figures of each half with the weights of the other: of articles that nothing
was fitted on.

The sentence weights maximise the likelihood, under a softmax over a question's candidates,
of the sentences that hold an accepted answer. The confidence is a logistic regression on
whether the question is answerable, in which either class, and in it every set, counts the
same: a confidence of one half says that an answer is as likely as none.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from cases import Case, Floats, load
from fitting import adam, fit_sentences
from numpy.typing import NDArray

from retrieval.encoders.cross_encoder import CrossEncoder
from retrieval.evaluation.metrics import auroc
from retrieval.ranking.reader import Reading, confidence_signals, read
from retrieval.ranking.reranker import SENTENCES_RANKED, Ranked, rank, shortlist
from retrieval.ranking.weights import CONFIDENCE_NAMES, SENTENCE_NAMES, WEIGHTS, Weights

MARGIN = 1.3  # a second sentence is at least a quarter as likely as the best: see architecture.md
THRESHOLD = 0.5
# Its unanswerable questions were written to look answerable from their paragraph; with them,
# the words that a question and a sentence share count for nothing.
NEAR_MISSES = {"squad2"}


def main() -> None:
    parser = argparse.ArgumentParser(description="Fit the reader's weights.")
    parser.add_argument("sets", nargs="+", type=Path)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument(
        "--rankers",
        type=Path,
        nargs=2,
        required=True,
        help="trained without half 0, without half 1",
    )
    parser.add_argument("--limit", type=int, default=3000, help="questions of a set, at most")
    parser.add_argument("--ranked", type=int, default=SENTENCES_RANKED, help="sentences ranked")
    parser.add_argument("--dry-run", action="store_true", help="do not write the weights")
    options = parser.parse_args()
    cases = load(options.sets, options.cache, options.limit)
    rankers = [CrossEncoder.load(folder) for folder in options.rankers]
    fitting = Fitting(rankers, options.ranked)
    for half in (0, 1):
        weights = fitting.fit([case for case in cases if case.half != half])
        fitting.report(weights, [case for case in cases if case.half == half])
    weights = fitting.fit(cases)
    text = json.dumps(written(weights, cases), indent=2) + "\n"
    print(text)
    if not options.dry_run:
        WEIGHTS.write_text(text, encoding="utf-8")


def written(weights: Weights, cases: Sequence[Case]) -> dict[str, object]:
    sets = sorted({case.group for case in cases})
    return {
        "fitted_on": {name: sum(case.group == name for case in cases) for name in sets},
        "sentence": named(SENTENCE_NAMES, weights.sentence),
        "confidence": named(CONFIDENCE_NAMES, weights.confidence),
        "bias": round(weights.bias, 4),
        "threshold": weights.threshold,
        "margin": weights.margin,
    }


class Fitting:
    """Weights from cases, and what they are worth on others."""

    def __init__(self, rankers: Sequence[CrossEncoder], count: int) -> None:
        """`rankers` by the half that they have not seen; `count` sentences are ranked."""
        self._rankers = rankers
        self._count = count

    def fit(self, cases: Sequence[Case]) -> Weights:
        hits = [case for case in cases if case.hits.any()]
        listed = fit_sentences(hits)
        nothing = np.zeros(len(CONFIDENCE_NAMES))
        draft = Weights(np.r_[listed, 0, 0], nothing, 0.0, THRESHOLD, MARGIN)
        ranked = self.ranked(cases, draft)
        full = {
            id(case): stacked(case, one, draft) for case, one in zip(cases, ranked, strict=True)
        }
        whole, *two = fit_sentences(hits, lambda case: full[id(case)])
        sentence = np.r_[whole * listed, two]
        draft = Weights(sentence, nothing, 0.0, THRESHOLD, MARGIN)
        readings = [read(one, draft, case.period) for case, one in zip(cases, ranked, strict=True)]
        x = np.array([confidence_signals(one.asked, one.ranked) for one in readings])
        confidence, bias = fit_confidence(cases, x)
        return Weights(sentence, confidence, bias, THRESHOLD, MARGIN)

    def ranked(self, cases: Sequence[Case], weights: Weights) -> list[Ranked]:
        """What the pipeline's ranker hands on; a case keeps what was said of its candidates."""
        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(lambda case: self._ranked(case, weights), cases))

    def _ranked(self, case: Case, weights: Weights) -> Ranked:
        sentences = shortlist(case.measured, weights, case.period)
        first = sentences[: self._count]
        places = {id(one): at for at, one in enumerate(case.measured)}
        new = [one for one in first if places[id(one)] not in case.rankings]
        for one, row in zip(new, rank(self._rankers[case.half], case.text, new), strict=True):
            case.rankings[places[id(one)]] = row
        rows = [case.rankings[places[id(one)]] for one in first]
        return Ranked(case.asked, sentences, np.array(rows))

    def report(self, weights: Weights, cases: Sequence[Case]) -> None:
        ranked = self.ranked(cases, weights)
        readings = [
            read(one, weights, case.period) for case, one in zip(cases, ranked, strict=True)
        ]
        for name in sorted({case.group for case in cases}):
            of_set = [(c, r) for c, r in zip(cases, readings, strict=True) if c.group == name]
            print(f"{name}: {figures(of_set)}", flush=True)


def stacked(case: Case, ranked: Ranked, draft: Weights) -> Floats:
    """What the signals amount to, and the ranker's two numbers: shape (n, 3), in the case's order.

    With all the signals' weights fitted anew beside the ranker's, new articles' first sentences
    were right less often (RealTimeQA .508 and .540): there are too few questions for that.
    """
    of = {id(one.sentence): one.signals[-2:] for one in read(ranked, draft, case.period).ranked}
    return np.c_[case.signals @ draft.shortlist, [of[id(one.sentence)] for one in case.measured]]


def fit_confidence(cases: Sequence[Case], x: Floats) -> tuple[Floats, float]:
    """Weights for the rows of x, and the bias."""
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
    return fitted[:-1], float(fitted[-1])


def figures(read_cases: Sequence[tuple[Case, Reading]]) -> str:
    answerable = [(case, reading) for case, reading in read_cases if case.answerable]
    hits = [found(case, case.hits, reading) for case, reading in answerable]
    anywhere = [found(case, case.holds, reading) for case, reading in answerable]
    (first, third), (loose, loose_third) = np.mean(hits, axis=0), np.mean(anywhere, axis=0)
    y = np.array([case.answerable for case, _ in read_cases])
    p = np.array([reading.confidence for _, reading in read_cases])
    refused = p < THRESHOLD
    told = f"sentence hit@1 {first:.3f} hit@3 {third:.3f}"
    told += f", in whichever article {loose:.3f} {loose_third:.3f}"
    told += f"; refused wrongly {refused[y].mean():.3f}"
    if (~y).any():
        precision = (refused & ~y).sum() / max(1, refused.sum())
        area = float(auroc(y, p)(np.ones((1, len(y))))[0])
        told += f", rightly {refused[~y].mean():.3f}, precision {precision:.3f}, AUROC {area:.3f}"
    return told


def found(case: Case, right: NDArray[np.bool_], reading: Reading) -> tuple[bool, bool]:
    """Whether the first of the sentences read is right, and whether one of the first three is."""
    answers = {id(m.sentence) for m, is_right in zip(case.measured, right, strict=True) if is_right}
    hits = [id(one.sentence) in answers for one in reading.ranked[:3]]
    return hits[0], any(hits)


def named(names: tuple[str, ...], values: Floats) -> dict[str, float]:
    return {name: round(float(value), 4) for name, value in zip(names, values, strict=True)}


if __name__ == "__main__":
    main()
