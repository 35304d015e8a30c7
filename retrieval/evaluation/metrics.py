"""Computes measures of search, answers and refusals, and their intervals. Pure functions.

First measures of one ranking and of one text; then `Measure`s of all questions, which take
how often each question counts, so that the bootstrap draws questions by counting them.
"""

from __future__ import annotations

import math
import re
import string
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Measure = Callable[[Floats], Floats]
"""Counts of the questions, shape (draws, n), to one figure a draw; NaN where there is none."""

RESAMPLES = 1000
_CELLS = 2_000_000  # of a block of draws: 16 MB


# -- one ranking ---------------------------------------------------------------------------


def hit(ranking: Sequence[str], golds: Collection[str], k: int) -> bool:
    """Whether one of the right ones is among the first `k`."""
    return any(found in golds for found in ranking[:k])


def holds_all(ranking: Sequence[str], golds: Collection[str], k: int) -> bool:
    """Whether every one of the right ones is among the first `k`."""
    return set(golds) <= set(ranking[:k])


def reciprocal_rank(ranking: Sequence[str], golds: Collection[str], k: int) -> float:
    """1 / the place of the first right one, 0 when it is not among the first `k`.

    Its mean is MRR@k (Voorhees, "The TREC-8 question answering track report", 1999).
    """
    return next((1 / place for place, found in enumerate(ranking[:k], 1) if found in golds), 0.0)


def ndcg(ranking: Sequence[str], golds: Collection[str], k: int) -> float:
    """Normalised discounted cumulative gain at `k`, a right one gaining 1 and any other 0.

    Järvelin & Kekäläinen, "Cumulated gain-based evaluation of IR techniques", TOIS 2002, with
    the usual discount of log2(place + 1). 1 when the first places are all right ones; `golds`
    must not be empty, and no one ranked twice.
    """
    gained = sum(
        1 / math.log2(place + 1) for place, found in enumerate(ranking[:k], 1) if found in golds
    )
    return gained / sum(1 / math.log2(place + 1) for place in range(1, min(len(golds), k) + 1))


# -- one text ------------------------------------------------------------------------------


def plain(text: str) -> str:
    """Case-folded words, without punctuation of any script and without articles."""
    return " ".join(re.sub(r"[^\w\s]|\b(?:a|an|the)\b", " ", text.casefold()).split())


def holds_answer(text: str, answers: Collection[str]) -> bool:
    """Whether an accepted answer is there in whole words, both in their `plain` form."""
    words = f" {plain(text)} "
    return any(f" {plain(answer)} " in words for answer in answers if plain(answer))


_ASCII_PUNCTUATION = str.maketrans("", "", string.punctuation)


def squad_tokens(text: str) -> list[str]:
    """The words that SQuAD's evaluation script compares (Rajpurkar et al., EMNLP 2016)."""
    bare = text.lower().translate(_ASCII_PUNCTUATION)
    return re.sub(r"\b(?:a|an|the)\b", " ", bare).split()


def exact_match(said: str, answers: Collection[str]) -> bool:
    """Whether an accepted answer, and nothing else, was said (SQuAD's EM)."""
    return any(squad_tokens(said) == squad_tokens(answer) for answer in answers)


def token_f1(said: str, answers: Collection[str]) -> float:
    """The words shared with the accepted answer that shares most: SQuAD's F1, 0 to 1.

    Of two texts without any word, as SQuAD 2's script has it: 1.
    """
    return max((_token_f1(squad_tokens(said), squad_tokens(a)) for a in answers), default=0.0)


def _token_f1(said: list[str], wanted: list[str]) -> float:
    if not said or not wanted:
        return float(said == wanted)
    shared = (Counter(said) & Counter(wanted)).total()
    return 2 * shared / (len(said) + len(wanted))


# -- all questions -------------------------------------------------------------------------


def ratio(parts: ArrayLike, wholes: ArrayLike) -> Measure:
    """All parts together over all wholes together, both of shape (n,).

    With ones for wholes it is the mean. Precision, recall and F1 are such ratios too, the
    last of 2 * true positives over all that were said or are positive (van Rijsbergen, 1979).
    """
    top: Floats = np.asarray(parts, np.float64)
    bottom: Floats = np.asarray(wholes, np.float64)

    def measure(counts: Floats) -> Floats:
        return _divided(counts @ top, counts @ bottom)

    return measure


def mean(values: ArrayLike) -> Measure:
    """The mean of values of shape (n,)."""
    return ratio(values, np.ones_like(np.asarray(values, np.float64)))


def auroc(positive: ArrayLike, scores: ArrayLike) -> Measure:
    """The chance that a positive scores above a negative, a tie counting one half.

    That is the area under the ROC curve (Hanley & McNeil, Radiology 1982). Both of shape (n,).
    """
    tied = _Tied(scores)
    is_positive = np.asarray(positive, bool)

    def measure(counts: Floats) -> Floats:
        positives, negatives = tied.sums(counts * is_positive), tied.sums(counts * ~is_positive)
        below = np.cumsum(negatives, axis=1) - negatives
        won = (positives * (below + negatives / 2)).sum(axis=1)
        return _divided(won, positives.sum(axis=1) * negatives.sum(axis=1))

    return measure


def coverage(right: ArrayLike, scores: ArrayLike, precision: float) -> Measure:
    """The largest share of all questions that can be answered at that precision.

    Those that score at least so much are answered, and `precision` of them are `right`
    (El-Yaniv & Wiener, "On the foundations of noise-free selective classification", JMLR
    2010). 0 where no threshold does it. Both of shape (n,).
    """
    tied = _Tied(-np.asarray(scores, np.float64))
    is_right = np.asarray(right, bool)

    def measure(counts: Floats) -> Floats:
        answered = np.cumsum(tied.sums(counts), axis=1)
        rightly = np.cumsum(tied.sums(counts * is_right), axis=1)
        enough = rightly >= precision * answered - 1e-9
        return _divided(np.where(enough, answered, 0).max(axis=1), counts.sum(axis=1))

    return measure


def refused_at(
    wanted: ArrayLike, scores: ArrayLike, others: ArrayLike, other_scores: ArrayLike, share: float
) -> Measure:
    """The share of `others` that is refused where `share` of the `wanted` is.

    One point of the curve of refusals. All of shape (n,): which questions are of either kind, and
    how sure of an answer each is as the one and as the other.
    """
    is_wanted, is_other = np.asarray(wanted, bool), np.asarray(others, bool)
    at, other_at = np.asarray(scores, np.float64), np.asarray(other_scores, np.float64)
    threshold = percentile(at[is_wanted], 100 * share)

    def measure(counts: Floats) -> Floats:
        refused = other_at[None, :] <= threshold(counts[:, is_wanted])[:, None]
        of = counts * is_other
        return _divided((of * refused).sum(axis=1), of.sum(axis=1))

    return measure


def auroc_between(
    wanted: ArrayLike, scores: ArrayLike, others: ArrayLike, other_scores: ArrayLike
) -> Measure:
    """`auroc` of the wanted against the others, where a question may be of both kinds."""
    is_wanted, is_other = np.asarray(wanted, bool), np.asarray(others, bool)
    both = np.r_[np.asarray(scores, np.float64), np.asarray(other_scores, np.float64)]
    area = auroc(np.r_[np.ones_like(is_wanted), np.zeros_like(is_other)], both)

    def measure(counts: Floats) -> Floats:
        return area(np.concatenate([counts * is_wanted, counts * is_other], axis=1))

    return measure


def percentile(values: ArrayLike, percent: float) -> Measure:
    """The smallest value that `percent` of them do not exceed (Hyndman & Fan's type 1, 1996)."""
    ordered = np.sort(np.asarray(values, np.float64))
    order = np.argsort(np.asarray(values, np.float64), kind="stable")

    def measure(counts: Floats) -> Floats:
        reached = np.cumsum(counts[:, order], axis=1)
        wanted = percent / 100 * counts.sum(axis=1, keepdims=True)
        at = np.minimum((reached < wanted - 1e-9).sum(axis=1), len(ordered) - 1)
        found: Floats = ordered[at]
        return found

    return measure


class _Tied:
    """Sums over questions of the same score, from the lowest score to the highest."""

    def __init__(self, scores: ArrayLike) -> None:
        values: Floats = np.asarray(scores, np.float64)
        self._order = np.argsort(values, kind="stable")
        ordered = values[self._order]
        self._starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])

    def sums(self, counts: Floats) -> Floats:
        summed: Floats = np.add.reduceat(counts[:, self._order], self._starts, axis=1)
        return summed


def _divided(parts: Floats, wholes: Floats) -> Floats:
    found: Floats = np.divide(parts, wholes, out=np.full(len(parts), np.nan), where=wholes != 0)
    return found


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure and the 95 % interval around it. `n` is of how many questions it is."""

    value: float
    low: float
    high: float
    n: int


def interval(
    measure: Measure, n: int, *, resamples: int = RESAMPLES, seed: int = 0
) -> Interval | None:
    """The measure of `n` questions, with its percentile bootstrap interval.

    Efron & Tibshirani, "An introduction to the bootstrap", 1993: as many questions are drawn
    again, with replacement, `resamples` times. None when the measure has no figure for them.
    The same seed draws the same questions.
    """
    if n == 0 or math.isnan(value := float(measure(np.ones((1, n)))[0])):
        return None
    random = np.random.default_rng(seed)
    rows = max(1, min(resamples, _CELLS // n))
    drawn = []
    for at in range(0, resamples, rows):
        size = min(rows, resamples - at)
        picks = random.integers(0, n, (size, n)) + n * np.arange(size)[:, None]
        counts = np.bincount(picks.ravel(), minlength=size * n).reshape(size, n)
        drawn.append(measure(counts.astype(np.float64)))
    figures = np.concatenate(drawn)
    low, high = np.quantile(figures[~np.isnan(figures)], (0.025, 0.975))
    return Interval(value, float(low), float(high), n)
