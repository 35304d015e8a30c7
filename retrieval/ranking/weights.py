"""Loads how much each feature counts; scripts/fit_reader.py fits that and writes reader.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.ranking.features import FEATURES

WEIGHTS = Path(__file__).with_name("reader.json")

CONFIDENCE_NAMES = (
    "score",
    "evidence",
    "span",
    "best_evidence",
    "best_span",
    "best_cosine",
    "coverage",
    "rare_passage_coverage",
    "names_held",
    "has_names",
)
"""What the confidence is made of.

Features of the best sentence, the most that any sentence has of some, and whether the question has
names.
"""


class Caution(StrEnum):
    """How sure an answer must be: what an operator may choose between.

    HELPFUL refuses one in twenty of the questions that have an answer, CAREFUL one in four, and
    more of those that have none. Both were measured on questions as members type them.
    """

    HELPFUL = "helpful"
    CAREFUL = "careful"


@dataclass(frozen=True, slots=True)
class Weights:
    """One number for each name of what is weighed, and the confidence's bias.

    Sentences have those of `FEATURES`, the confidence those of `CONFIDENCE_NAMES`, each in their
    order. A feature that reader.json does not name counts for nothing.
    `thresholds` are the confidences that it takes to answer; `margin` is how far below the best
    sentence's score another one may be shown.
    """

    sentence: NDArray[np.float64]
    confidence: NDArray[np.float64]
    bias: float
    thresholds: Mapping[Caution, float]
    margin: float

    @classmethod
    def load(cls, path: Path = WEIGHTS) -> Weights:
        """Raises KeyError when the file names a feature that the program does not have."""
        data = json.loads(path.read_text(encoding="utf-8"))
        unknown = {*data["sentence"], *data["confidence"]} - {*FEATURES, *CONFIDENCE_NAMES}
        if unknown:
            raise KeyError(f"{path.name} weighs {sorted(unknown)}, which are no features")
        return cls(
            np.array([data["sentence"].get(name, 0.0) for name in FEATURES]),
            np.array([data["confidence"].get(name, 0.0) for name in CONFIDENCE_NAMES]),
            data["bias"],
            {caution: data["thresholds"][caution] for caution in Caution},
            data["margin"],
        )
