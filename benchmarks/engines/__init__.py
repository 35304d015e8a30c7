"""What is measured side by side: this library and its peers, behind one small interface.

Each module has a class Engine; a peer's runs in an environment of its own, made from
requirements.txt beside this file. An engine is tuned until its recall@20 is .99 or it has
nothing more to tune.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from benchmarks.scale import Row

DIMENSION = 384


class Engine(Protocol):
    """Over one folder. Passages are told apart by Row.number."""

    by_words: bool
    """Whether it has a keyword search."""

    filters: bool

    def __init__(self, folder: Path, count: int) -> None:
        """`count` is how many passages there are, to choose its settings by."""

    def load(self, rows: Iterator[Row]) -> None:
        """Store them all; they are on disk when it returns."""

    def open(self) -> None:
        """Get ready to answer, in another process."""

    def vector(self, row: NDArray[np.float32], top_k: int, source: str | None) -> list[int]:
        """The nearest, of that source where one is given."""

    def words(self, words: str, top_k: int, source: str | None) -> list[int]: ...

    def add(self, rows: list[Row]) -> None:
        """One more article; it is on disk and can be found when it returns."""
