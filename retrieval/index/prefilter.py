"""Finds the passages that match a filter, before anything is searched."""

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

_MOST_CACHED = 8  # selections


@dataclass(frozen=True, slots=True)
class Selection:
    """The passages to search.

    `ids` are their ids, ascending. `facts` are hashes of facts, of which each of the passages has
    at least one; empty if none are known. Other passages may have them too. With them the word
    search need not look at every passage.
    """

    ids: NDArray[np.int64]
    facts: tuple[int, ...] = ()


class Selector:
    """Selects passages by filters, and caches the last selections while nothing changes."""

    def __init__(self, store: ArticleStore) -> None:
        """Take the store to select from."""
        self._store = store
        self._documents = Documents(store)
        self._made: OrderedDict[tuple[str, tuple[int, int]], Selection] = OrderedDict()

    def select(self, filters: dict[str, Any] | None) -> Selection | None:
        """Select the passages that match.

        Args:
            filters: Conditions in Haystack's filter grammar.

        Returns:
            The selection, None if there are no filters.

        Raises:
            FilterFault: The filters do not follow the grammar.
        """
        if not filters:
            return None
        asked = json.dumps(filters, sort_keys=True, default=str), self._store.moment()
        if asked not in self._made:
            ids = self._documents.select(filters)
            self._made[asked] = Selection(ids, tuple(map(hash_fact, hints(filters))))
            if len(self._made) > _MOST_CACHED:
                self._made.popitem(last=False)
        self._made.move_to_end(asked)
        return self._made[asked]


@lru_cache(10_000)
def hash_fact(fact: tuple[str, object]) -> int:
    """The number of a fact in the word index; two facts may share one, which does no harm."""
    return int(xxhash.xxh3_64_intdigest(repr(fact).encode()))


def is_in(ids: NDArray[np.int64], within: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of `ids` are in `within`, which is sorted: shape (len(ids),)."""
    if not len(within):
        return np.zeros(len(ids), np.bool_)
    found: NDArray[np.bool_] = (
        within[np.minimum(np.searchsorted(within, ids), len(within) - 1)] == ids
    )
    return found
