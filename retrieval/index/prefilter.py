"""Selection: the passages that a filter means, found before anything is searched."""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import xxhash
from numpy.typing import NDArray

from corpus.storage.documents import Documents
from corpus.storage.filters import hints
from corpus.storage.store import ArticleStore

_KEPT = 8


@dataclass(frozen=True, slots=True)
class Selection:
    """`ids` ascend. Each of the passages has one of the `facts` at least, where there are any.

    Others may have them too; they spare the keyword search to look at every passage.
    """

    ids: NDArray[np.int64]
    facts: tuple[int, ...] = ()


class Selector:
    """Answers with the selection of the filters asked last, while nothing changed since."""

    def __init__(self, store: ArticleStore) -> None:
        self._store = store
        self._documents = Documents(store)
        self._made: OrderedDict[tuple[str, tuple[int, int]], Selection] = OrderedDict()

    def select(self, filters: dict[str, Any] | None) -> Selection | None:
        """None when there is no filter. Raises FilterFault for what is none."""
        if not filters:
            return None
        asked = json.dumps(filters, sort_keys=True, default=str), self._store.moment()
        if asked not in self._made:
            ids = self._documents.select(filters)
            self._made[asked] = Selection(ids, tuple(map(hash_fact, hints(filters))))
            if len(self._made) > _KEPT:
                self._made.popitem(last=False)
        self._made.move_to_end(asked)
        return self._made[asked]


@lru_cache(10_000)
def hash_fact(fact: tuple[str, object]) -> int:
    """What stands in the keyword index for a fact; that two share a number does no harm."""
    return int(xxhash.xxh3_64_intdigest(repr(fact).encode()))


def is_in(ids: NDArray[np.int64], within: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of `ids` are in `within`, which is sorted."""
    if not len(within):
        return np.zeros(len(ids), np.bool_)
    found: NDArray[np.bool_] = (
        within[np.minimum(np.searchsorted(within, ids), len(within) - 1)] == ids
    )
    return found
