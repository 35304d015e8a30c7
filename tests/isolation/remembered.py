"""The models that ship, asked once for each text: a history has a handful of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import pytest
from numpy.typing import NDArray

from retrieval.encoders.cross_encoder import Candidate, CrossEncoder
from retrieval.encoders.embedder import Embedder


@contextmanager
def remembered() -> Iterator[None]:
    """Inside, whoever embeds or ranks is given the same rows again."""
    rows: dict[str, NDArray[np.float32]] = {}
    scores: dict[tuple[str, Candidate], NDArray[np.float32]] = {}
    encode, score = Embedder.encode, CrossEncoder.score

    def encoded(self: Embedder, texts: Sequence[str]) -> NDArray[np.float32]:
        new = [text for text in texts if text not in rows]
        rows.update(zip(new, encode(self, new), strict=True))
        return np.array([rows[text] for text in texts], np.float32).reshape(-1, self.dimension)

    def scored(
        self: CrossEncoder, question: str, candidates: Sequence[Candidate]
    ) -> NDArray[np.float32]:
        new = [one for one in candidates if (question, one) not in scores]
        scores.update(
            ((question, one), row) for one, row in zip(new, score(self, question, new), strict=True)
        )
        return np.array([scores[question, one] for one in candidates]).reshape(-1, 2)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Embedder, "encode", encoded)
        patch.setattr(CrossEncoder, "score", scored)
        yield
