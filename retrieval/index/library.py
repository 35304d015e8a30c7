"""Library: a store of articles, opened for search, that follows what others write to it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

import corpus.samples
from corpus.ingestion.embedding import is_fresh, rebuild_embeddings, recipe
from corpus.ingestion.ingest import ingest
from corpus.ingestion.sources import find_files
from corpus.processes.child_process import ChildProcess, module_command
from corpus.storage.locations import Place, as_place
from corpus.storage.store import ArticleStore
from retrieval.encoders.embedder import Embedder
from retrieval.index.index import Index
from retrieval.index.prefilter import Selection, Selector
from retrieval.index.snapshots import MakeSnapshot
from retrieval.index.vectors import Hits
from retrieval.language.periods import Period

_log = logging.getLogger(__name__)
_PAUSE_S = 300

Filters = dict[str, Any]
"""Conditions in Haystack's filter grammar; see corpus/storage/filters.py."""


class SearchIndex(Protocol):
    """What is asked of an index, wherever it is: see retrieval/index/index.py."""

    @property
    def dimension(self) -> int: ...

    @property
    def is_due(self) -> bool: ...

    def prepare(self, on_passages: Callable[[int], None] = ...) -> None: ...

    def refresh(self) -> None: ...

    def search_by_meaning(
        self, row: NDArray[np.float32], top_k: int, within: Selection | None = None
    ) -> Hits: ...

    def search_by_words(
        self, question: str, top_k: int, within: Selection | None = None
    ) -> Hits: ...

    def idf_by_key(self, question: str) -> dict[str, float]: ...


class Library:
    """A store with its index. For one thread at a time."""

    def __init__(
        self,
        store: ArticleStore,
        path: Path | None,
        index: SearchIndex | None = None,
        *,
        is_sample: bool = False,
    ) -> None:
        """`path` is the library's file, None for one in memory or in a database.

        `index` is the database's own, where the library is in one.
        """
        self.store = store
        self.path = path
        self.is_sample = is_sample
        self._index = index or Index(store, path)
        self._selector = Selector(store)
        self._maker: ChildProcess[None] = ChildProcess(
            module_command("retrieval.index.snapshots"), None
        )
        self._pause_until = 0.0

    @classmethod
    def open(cls, place: Path | Place, embedder: Embedder) -> Library:
        """Open a library to ask it; nothing is written unless it was cut or embedded otherwise.

        Then that is done again first. Raises StoreError.
        """
        place = as_place(place)
        store = place.open_to_read()
        if store.count() and not is_fresh(store, embedder.identity):
            store.close()
            store = place.open()
            _log.warning(
                "The library %s was made by another version: its articles (%s) are worked through "
                "first; later starts need not wait.",
                place.name,
                f"{store.count():,}",
            )
            rebuild_embeddings(store, embedder.encode, embedder.identity)
        library = cls.of_store(store, place.path)
        library.prepare()
        return library

    @classmethod
    def of_store(cls, store: ArticleStore, path: Path | None) -> Library:
        """A store with the index that fits it: files beside a file, or its database's own."""
        if store.is_in_database:
            from retrieval.index.pgvector import PostgresIndex

            return cls(store, None, PostgresIndex(store))
        return cls(store, path)

    @classmethod
    def samples(cls, embedder: Embedder) -> Library:
        """A library in memory with the articles that ship with the program."""
        store = ArticleStore.in_memory()
        with as_file(files(corpus.samples)) as folder:
            ingest(find_files([folder]), store, embedder.encode)
        store.set_stamp("recipe", recipe(embedder.identity))
        return cls(store, None, is_sample=True)

    def to_dict(self) -> dict[str, Any]:
        """Which library it is; the articles stay where they are."""
        return {"path": None if self.path is None else str(self.path)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Library:
        """Open it again, with the embedder that ships."""
        embedder = Embedder.load()
        path = data["path"]
        return cls.samples(embedder) if path is None else cls.open(Path(path), embedder)

    def prepare(self, on_passages: Callable[[int], None] = lambda count: None) -> None:
        """Open the index; where much is not in it yet, make it first."""
        self._index.prepare(on_passages)

    def refresh_index(self) -> SearchIndex:
        """Take in what was written since, by whatever process; returns the index.

        Costs some microseconds when nothing changed. The index of a database writes what is new
        into its own tables. It cannot do that inside a snapshot: call this before one starts,
        and again inside it, for what was written in between.
        """
        self._index.refresh()
        return self._index

    def select(self, filters: Filters | None) -> Selection | None:
        """The passages that match the filters; None for all, where there are no filters."""
        return self._selector.select(filters)

    def select_published_in(self, period: Period, filters: Filters | None = None) -> Selection:
        """Of those that match, the passages of articles published in the period or near it."""
        bounds = []
        if period.start is not None:
            bounds.append((">=", period.start - period.leeway))
        if period.end is not None:
            bounds.append(("<", period.end + period.leeway))
        conditions: list[dict[str, Any]] = [
            {"field": "meta.published", "operator": operator, "value": moment.isoformat()}
            for operator, moment in bounds
        ]
        if filters is not None:
            conditions.append(filters)
        selection = self._selector.select({"operator": "AND", "conditions": conditions})
        assert selection is not None  # noqa: S101  there is a filter
        return selection

    def rebuild_index_if_due(self) -> None:
        """When much has changed, have a new generation made, by another process meanwhile.

        One at a time, and none within some minutes of the last; until it is there, the
        present one answers, with what changed since in memory.
        """
        if self._maker.is_running:
            return
        if self.path is None or not self._index.is_due or time.monotonic() < self._pause_until:
            return
        self._pause_until = time.monotonic() + _PAUSE_S
        self._maker.start()
        self._maker.send(MakeSnapshot(str(self.path.absolute())))
        self._maker.close_input()  # it ends when it is done

    def close(self) -> None:
        self._maker.close()
        self.store.close()
