"""The search engines that are compared, this library among them, behind one small interface.

Each module has a class Engine. The other engines run in an environment of their own, made from
requirements.txt beside this file. An engine is tuned until its recall@20 is .99, or until there is
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
    """An engine over one folder. Row.number identifies a passage."""

    by_words: bool
    """Whether the engine can search by words."""

    filters: bool

    def __init__(self, folder: Path, count: int) -> None:
        """Take a folder; `count` is how many passages there are, to choose settings by."""

    def load(self, rows: Iterator[Row]) -> None:
        """Store all passages; they are on disk when this returns."""

    def open(self) -> None:
        """Get ready to answer, in another process than the one that stored them."""

    def vector(self, row: NDArray[np.float32], top_k: int, source: str | None) -> list[int]:
        """The nearest passages; of one source, if it is given."""

    def words(self, words: str, top_k: int, source: str | None) -> list[int]: ...

    def add(self, rows: list[Row]) -> None:
        """Add an article; it is on disk and can be found when this returns."""
