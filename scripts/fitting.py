"""How sentence weights are fitted: the answering sentences likely, under a softmax over all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
from cases import Case, Floats

Gradient = Callable[[Floats], Floats]


def adam(gradient: Gradient, size: int, steps: int, rate: float = 0.05) -> Floats:
    """Minimise by Adam (Kingma & Ba, 2015) from zero."""
    x, mean, square = np.zeros(size), np.zeros(size), np.zeros(size)
    for t in range(1, steps + 1):
        g = gradient(x)
        mean, square = 0.9 * mean + 0.1 * g, 0.99 * square + 0.01 * g * g
        x = x - rate * (mean / (1 - 0.9**t)) / (np.sqrt(square / (1 - 0.99**t)) + 1e-8)
    return x


def fit_sentences(
    cases: Sequence[Case], features_of: Callable[[Case], Floats] = lambda case: case.features
) -> Floats:
    """One weight for each feature; every case must have a sentence that answers.

    A set counts as the root of how many questions it has: no large one drowns the others.
    """
    sizes = Counter(case.group for case in cases)
    total = sum(size**0.5 for size in sizes.values())
    features = [features_of(case) for case in cases]

    def gradient(w: Floats) -> Floats:
        slope = 1e-3 * w
        for case, x in zip(cases, features, strict=True):
            share = sizes[case.group] ** -0.5 / total
            scores = x @ w - case.untimely
            p = np.exp(scores - scores.max())
            p /= p.sum()
            wanted = p * case.hits
            slope = slope + x.T @ (p - wanted / wanted.sum()) * share
        return slope

    return adam(gradient, features[0].shape[1], 400)
