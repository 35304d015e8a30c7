"""The fitted numbers: how much each signal counts. scripts/fit_reader.py wrote reader.json."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.ranking.features import NAMES

WEIGHTS = Path(__file__).with_name("reader.json")

SENTENCE_NAMES = (*NAMES, "ranking", "answering")
"""A sentence's signals, and the ranker's two numbers for it."""

CONFIDENCE_NAMES = (
    "score",
    "cosine",
    "best_cosine",
    "coverage",
    "names_held",
    "has_names",
    "no_number",
    "no_date",
    "best_answering",
)
"""What the confidence is made of: signals of the best sentence, the best cosine of all, whether
the question has names or numbers, and the best sentence all of them, and how likely the ranker
takes it that any sentence answers."""


@dataclass(frozen=True, slots=True)
class Weights:
    """One number for each name of what is weighed, and the confidence's bias.

    Sentences have those of `SENTENCE_NAMES`, the confidence those of `CONFIDENCE_NAMES`, each in
    their order.
    """

    sentence: NDArray[np.float64]
    confidence: NDArray[np.float64]
    bias: float
    threshold: float
    margin: float

    @classmethod
    def load(cls, path: Path = WEIGHTS) -> Weights:
        """Raises KeyError when the file is of other signals than the program's."""
        data = json.loads(path.read_text(encoding="utf-8"))
        return cls(
            np.array([data["sentence"][name] for name in SENTENCE_NAMES]),
            np.array([data["confidence"][name] for name in CONFIDENCE_NAMES]),
            data["bias"],
            data["threshold"],
            data["margin"],
        )

    @property
    def shortlist(self) -> NDArray[np.float64]:
        """Those of `signals.NAMES`, which are known before the ranker has read anything."""
        return self.sentence[: len(NAMES)]
