"""Fit the reader's weights on question sets, and write retrieval/ranking/reader.json.

    python scripts/fit_reader.py SET... --cache FOLDER [--without FEATURE...] [--dry-run]

retrieval/evaluation/question_set.py tells what a set is; they are embedded once, into the cache.
The articles of each set are in five folds. What is printed first are figures of each fold with the
weights of the others: of articles that nothing was fitted on. No article of these sets may have
trained the network (scripts/train_reader.py); where one has, the figures of that set flatter.

The sentence weights maximise the likelihood, under a softmax over a question's candidates, of the
sentences that answer. The confidence is a logistic regression on whether the question has an
answer among them. Questions without one are those of the sets, and the twins: the answerable ones
with the sentences that answer taken away.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from cases import FOLDS, Case, Floats, load
from fitting import adam, fit_sentences

from retrieval.encoders.reader_model import SHIPPED_MODEL, ReaderModel
from retrieval.evaluation.metrics import auroc
from retrieval.ranking.features import FEATURES
from retrieval.ranking.reader import Reading, confidence_features, score_candidates
from retrieval.ranking.weights import CONFIDENCE_NAMES, WEIGHTS, Caution, Weights

# Of what is quoted, .17 is of no use on both natural sets, and .18 and .22 with 1.3.
MARGIN = 0.8
REPORTED = 0.1  # of the answerable questions refused: the point of the curve that is printed
WRONGLY = {
    Caution.HELPFUL: 0.05,
    Caution.CAREFUL: 0.25,
}  # of natural questions with an answer, refused
NATURAL = "natural_"  # the sets whose questions are as members type them begin so
NATURAL_SHARE = 3.0  # how much more they count for the confidence
TWINS_SHARE = 0.5  # of what the questions without an answer count


def main() -> None:
    parser = argparse.ArgumentParser(description="Fit the reader's weights.")
    parser.add_argument("sets", nargs="+", type=Path)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=SHIPPED_MODEL, help="the network's folder")
    parser.add_argument("--limit", type=int, default=400, help="questions of a set, at most")
    parser.add_argument("--without", nargs="*", default=[], help="features to leave out")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--dry-run", action="store_true", help="do not write the weights")
    options = parser.parse_args()
    reader = ReaderModel.load(options.model, threads=options.threads)
    cases = load(options.sets, options.cache, options.limit, reader)
    left_out = set(options.without)
    readings = out_of_fold(cases, left_out)
    for name in sorted({case.group for case in cases}):
        print(f"{name}: {figures(name, cases, readings)}", flush=True)
    weights = fit(cases, left_out)
    weights = with_thresholds(weights, cases, readings)
    text = json.dumps(written(weights, cases, left_out), indent=2) + "\n"
    print(text)
    if not options.dry_run:
        WEIGHTS.write_text(text, encoding="utf-8")


def out_of_fold(cases: Sequence[Case], left_out: set[str]) -> list[Reading]:
    """What is read of each case with the weights of the other folds."""
    by_fold = [
        fit([case for case in cases if case.fold != fold], left_out) for fold in range(FOLDS)
    ]
    return [
        score_candidates(case.asked, case.candidates, by_fold[case.fold], case.period)
        for case in cases
    ]


def fit(cases: Sequence[Case], left_out: set[str]) -> Weights:
    """Sentence weights, then those of the confidence over what they rank."""
    used = np.array([name not in left_out for name in FEATURES])
    hits = [case for case in cases if case.hits.any()]
    sentence = np.zeros(len(FEATURES))
    sentence[used] = fit_sentences(hits, lambda case: case.features[:, used])
    nothing = np.zeros(len(CONFIDENCE_NAMES))
    draft = Weights(sentence, nothing, 0.0, dict.fromkeys(Caution, 0.5), MARGIN)
    readings = [score_candidates(c.asked, c.candidates, draft, c.period) for c in cases]
    used = np.array([name not in left_out for name in CONFIDENCE_NAMES])
    x = np.array([confidence_features(one.asked, one.ranked) for one in readings]) * used
    confidence, bias = fit_confidence(cases, x)
    return Weights(sentence, confidence * used, bias, draft.thresholds, MARGIN)


def fit_confidence(cases: Sequence[Case], x: Floats) -> tuple[Floats, float]:
    """Weights for the rows of x, and the bias.

    A set's questions with and without an answer count the same, those of natural sets more.
    """
    y = np.array([case.is_answerable for case in cases])
    shares = np.zeros(len(cases))
    for name in {case.group for case in cases}:
        weight = NATURAL_SHARE if name.startswith(NATURAL) else 1.0
        for is_answerable, is_twin in ((True, False), (False, False), (False, True)):
            of = np.array(
                [
                    (c.group, c.is_answerable, c.is_twin) == (name, is_answerable, is_twin)
                    for c in cases
                ]
            )
            if of.any():
                alone = not is_answerable and not is_twin
                part = 1.0 if is_answerable or alone else TWINS_SHARE
                shares[of] = weight * part / of.sum()
    for value in (False, True):
        shares[y == value] /= shares[y == value].sum()
    ones = np.c_[x, np.ones(len(x))]

    def gradient(w: Floats) -> Floats:
        p = 1 / (1 + np.exp(-ones @ w))
        slope: Floats = ones.T @ (shares * (p - y)) / shares.sum() + 1e-3 * np.r_[w[:-1], 0]
        return slope

    fitted = adam(gradient, ones.shape[1], 3000)
    return fitted[:-1], float(fitted[-1])


def with_thresholds(
    weights: Weights, cases: Sequence[Case], readings: Sequence[Reading]
) -> Weights:
    """The confidences below which so many natural questions with an answer are refused.

    Where there is no natural set, of all questions.
    """
    natural = [c.group.startswith(NATURAL) for c in cases]
    among = natural if any(natural) else [True] * len(cases)
    known = [
        r.confidence
        for c, r, is_in in zip(cases, readings, among, strict=True)
        if is_in and c.is_answerable
    ]
    thresholds = {name: float(np.quantile(known, share)) for name, share in WRONGLY.items()}
    return Weights(weights.sentence, weights.confidence, weights.bias, thresholds, weights.margin)


def figures(name: str, cases: Sequence[Case], readings: Sequence[Reading]) -> str:
    """What the readings of one set are worth, in a line."""
    of = [(c, r) for c, r in zip(cases, readings, strict=True) if c.group == name]
    answerable = [(c, r) for c, r in of if c.is_answerable]
    first, third = np.mean([found(c, r) for c, r in answerable], axis=0)
    line = f"{len(answerable)} answerable, first {first:.3f}, in three {third:.3f}"
    known = np.array([r.confidence for _, r in answerable])
    threshold = np.quantile(known, REPORTED)
    for kind, is_twin in (("near misses", False), ("twins", True)):
        others = np.array(
            [r.confidence for c, r in of if not c.is_answerable and c.is_twin == is_twin]
        )
        if len(others):
            y = np.r_[np.ones(len(known), bool), np.zeros(len(others), bool)]
            area = float(auroc(y, np.r_[known, others])(np.ones((1, len(y))))[0])
            line += f"; {len(others)} {kind}: AUROC {area:.3f}, refused"
            line += f" {np.mean(others <= threshold):.3f} where one in ten answerable is"
    return line


def found(case: Case, reading: Reading) -> tuple[bool, bool]:
    """Whether the first of the sentences read is right, and whether one of the first three is."""
    answers = {
        id(c.sentence) for c, is_right in zip(case.candidates, case.hits, strict=True) if is_right
    }
    hits = [id(one.sentence) in answers for one in reading.ranked[:3]]
    return hits[0], any(hits)


def written(weights: Weights, cases: Sequence[Case], left_out: set[str]) -> dict[str, object]:
    sets = sorted({case.group for case in cases})
    return {
        "fitted_on": {
            name: sum(case.group == name and not case.is_twin for case in cases) for name in sets
        },
        "sentence": named(FEATURES, weights.sentence, left_out),
        "confidence": named(CONFIDENCE_NAMES, weights.confidence, left_out),
        "bias": round(weights.bias, 4),
        "thresholds": {name.value: round(value, 4) for name, value in weights.thresholds.items()},
        "margin": weights.margin,
    }


def named(names: tuple[str, ...], values: Floats, left_out: set[str]) -> dict[str, float]:
    return {
        name: round(float(value), 4)
        for name, value in zip(names, values, strict=True)
        if name not in left_out
    }


if __name__ == "__main__":
    main()
