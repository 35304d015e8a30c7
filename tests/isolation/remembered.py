"""The models that ship, asked once for each text: a history has a handful of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import pytest
from numpy.typing import NDArray

from retrieval.encoders.embedder import Embedder
from retrieval.encoders.reader_model import PassageText, ReaderModel, SentenceReading


@contextmanager
def remembered() -> Iterator[None]:
    """Inside, whoever embeds or reads is given the same rows again."""
    rows: dict[str, NDArray[np.float32]] = {}
    readings: dict[tuple[str, PassageText], tuple[SentenceReading, ...]] = {}
    encode, read = Embedder.encode, ReaderModel.read

    def encoded(self: Embedder, texts: Sequence[str]) -> NDArray[np.float32]:
        new = [text for text in texts if text not in rows]
        rows.update(zip(new, encode(self, new), strict=True))
        return np.array([rows[text] for text in texts], np.float32).reshape(-1, self.dimension)

    def remembered_reading(
        self: ReaderModel, question: str, passages: Sequence[PassageText]
    ) -> list[tuple[SentenceReading, ...]]:
        new = [one for one in passages if (question, one) not in readings]
        found = zip(new, read(self, question, new), strict=True)
        readings.update(((question, one), of) for one, of in found)
        return [readings[question, one] for one in passages]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Embedder, "encode", encoded)
        patch.setattr(ReaderModel, "read", remembered_reading)
        yield
