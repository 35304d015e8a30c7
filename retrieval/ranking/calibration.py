"""Fits how sure an answer must be in one library, on its operator's questions.

The thresholds that ship were fitted on news, a blog and an encyclopaedia. In another corpus the
same confidence may mean more or less; Platt, Probabilities for SV Machines (1999), fits a line
on its log-odds. Where that line says that an answer is as likely as none is the new threshold.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.storage.reader import StoreReader
from corpus.storage.store import ArticleStore
from retrieval.encoders.reader_model import SHIPPED_MODEL
from retrieval.errors import SetError
from retrieval.ranking.weights import WEIGHTS

STAMP = "calibration"
LEAST = 15  # questions with an answer, and as many without: fewer tell next to nothing
PRIOR = 4.0  # questions that speak for leaving everything as it is
FOLDS = 5
_STEPS = 30
_EDGE = 1e-6


@dataclass(frozen=True, slots=True)
class Refusals:
    """Of the answerable questions the share refused, and of those without an answer."""

    wrongly: float
    rightly: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """A threshold, 0 to 1, and what it was fitted on."""

    threshold: float
    name: str
    questions: int


def calibrate(name: str, answerable: Sequence[bool], confidences: Sequence[float]) -> Calibration:
    """The threshold for these questions of the set called `name`.

    Raises SetError when there are too few of either kind, or when the confidence does not tell
    them apart at all.
    """
    y, x = np.array(answerable, bool), _log_odds(confidences)
    for kind, count in (("with", int(y.sum())), ("without", int((~y).sum()))):
        if count < LEAST:
            raise SetError(
                f"{name} has {count} questions {kind} an answer; a threshold takes {LEAST} of them."
            )
    slope, bias = _line(y, x)
    if slope <= 0:
        raise SetError(
            f"In {name} the questions with an answer look no surer than those without; "
            "read the set again, or leave the threshold as it is."
        )
    return Calibration(float(1 / (1 + np.exp(bias / slope))), name, len(y))


def refusals(
    answerable: Sequence[bool], confidences: Sequence[float], threshold: float
) -> Refusals:
    """What a threshold refuses."""
    y, refused = np.array(answerable, bool), np.array(confidences) < threshold
    return Refusals(float(refused[y].mean()), float(refused[~y].mean()))


def expected(answerable: Sequence[bool], confidences: Sequence[float]) -> Refusals:
    """What a threshold fitted like this refuses of questions that it was not fitted on.

    Each fifth of them with the threshold of the others. Takes as many as `calibrate`.
    """
    y, x = np.array(answerable, bool), _log_odds(confidences)
    refused = np.zeros(len(y), bool)
    fold = np.empty(len(y), int)
    for kind in (True, False):
        fold[y == kind] = np.arange((y == kind).sum()) % FOLDS
    for held in range(FOLDS):
        slope, bias = _line(y[fold != held], x[fold != held])
        refused[fold == held] = slope * x[fold == held] + bias < 0
    return Refusals(float(refused[y].mean()), float(refused[~y].mean()))


def keep(store: ArticleStore, calibration: Calibration | None) -> None:
    """In the library, from its next question on; None goes back to the one that ships."""
    body = {} if calibration is None else {**asdict(calibration), "made_with": _made_with(store)}
    store.set_stamp(STAMP, json.dumps(body))


def kept(store: StoreReader) -> Calibration | None:
    """The library's own; None where there is none, or it is of another model or other weights."""
    body: dict[str, Any] = json.loads(store.stamp(STAMP) or "{}")
    if body.pop("made_with", None) != _made_with(store):
        return None
    return Calibration(**body)


def _made_with(store: StoreReader) -> str:
    """Changes with whatever a confidence is made of."""
    return f"{_shipped()} {store.stamp('recipe')}"


@cache
def _shipped() -> str:
    described = (SHIPPED_MODEL / "model.json").read_bytes()
    return hashlib.sha256(WEIGHTS.read_bytes() + described).hexdigest()[:16]


def _log_odds(confidences: Sequence[float]) -> NDArray[np.float64]:
    p = np.clip(np.array(confidences, np.float64), _EDGE, 1 - _EDGE)
    odds: NDArray[np.float64] = np.log(p / (1 - p))
    return odds


def _line(y: NDArray[np.bool_], x: NDArray[np.float64]) -> tuple[float, float]:
    """Slope and bias: logistic regression by Newton's method, either class counting the same.

    Slope 1 and bias 0, which change nothing, are what it is drawn to.
    """
    rows, sign = np.c_[x, np.ones(len(x))], np.where(y, 1.0, -1.0)
    share = np.where(y, 0.5 / y.mean(), 0.5 / (~y).mean())
    start = np.array([1.0, 0.0])

    def loss(w: NDArray[np.float64]) -> float:
        unlikely = np.logaddexp(0, -sign * (rows @ w))
        return float(share @ unlikely + PRIOR / 2 * ((w - start) ** 2).sum())

    w = start
    for _ in range(_STEPS):
        p = np.exp(-np.logaddexp(0, -(rows @ w)))
        gradient = rows.T @ (share * (p - y)) + PRIOR * (w - start)
        curve = (rows.T * (share * p * (1 - p))) @ rows + PRIOR * np.eye(2)
        step = np.linalg.solve(curve, gradient)
        while loss(w - step) > loss(w) and np.abs(step).max() > _EDGE:
            step = step / 2  # far from the least, a whole step may go beyond it
        w = w - step
    return float(w[0]), float(w[1])
