"""Opens a store of articles for search, and keeps its index up to date with the store."""

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
from retrieval.index.pgvector import PostgresIndex
from retrieval.index.prefilter import Selection, Selector
from retrieval.index.snapshots import MakeSnapshot
from retrieval.index.vectors import Hits
from retrieval.language.periods import Period

_log = logging.getLogger(__name__)
_PAUSE_S = 300  # between the starts of two processes that make an index snapshot

Filters = dict[str, Any]
"""Conditions in Haystack's filter grammar; see corpus/storage/filters.py."""


class SearchIndex(Protocol):
    """What a Library asks of its index; Index and PostgresIndex are such indexes.

    Their docstrings say what each method does.
    """

    @property
    def dimension(self) -> int:
        """See Index."""

    @property
    def is_due(self) -> bool:
        """See Index."""

    def prepare(self, on_passages: Callable[[int], None] = ...) -> None:
        """See Index."""

    def refresh(self) -> None:
        """See Index."""

    def search_by_meaning(
        self, row: NDArray[np.float32], top_k: int, within: Selection | None = None
    ) -> Hits:
        """See Index."""

    def search_by_words(self, question: str, top_k: int, within: Selection | None = None) -> Hits:
        """See Index."""

    def idf_by_key(self, question: str) -> dict[str, float]:
        """See Index."""


class Library:
    """A store of articles with its index. For one thread at a time."""

    def __init__(
        self,
        store: ArticleStore,
        path: Path | None,
        index: SearchIndex | None = None,
        *,
        is_sample: bool = False,
    ) -> None:
        """Join a store and its index; `of_store` chooses the index.

        Args:
            store: The articles.
            path: The library's file, None if it is in memory or in a database.
            index: The index in the library's database; None for one in files and memory.
            is_sample: Whether these are the articles that ship with the program.
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
        """Open a library to ask it.

        The library is opened read-only, unless another version of the program split or embedded
        its articles differently; then that is done again first.

        Args:
            place: Where the library is: a file, or a place in a folder or a database.
            embedder: The model that embeds questions.

        Raises:
            StoreError: The library cannot be opened.
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
        """Join a store with the index that fits it.

        Args:
            store: The articles.
            path: The library's file, None if it is in memory or in a database.
        """
        if store.is_in_database:
            return cls(store, None, PostgresIndex(store))
        return cls(store, path)

    @classmethod
    def samples(cls, embedder: Embedder) -> Library:
        """Make a library in memory of the articles that ship with the program."""
        store = ArticleStore.in_memory()
        with as_file(files(corpus.samples)) as folder:
            ingest(find_files([folder]), store, embedder.encode)
        store.set_stamp("recipe", recipe(embedder.identity))
        return cls(store, None, is_sample=True)

    def to_dict(self) -> dict[str, Any]:
        """What Haystack writes down: which library it is, not its articles."""
        return {"path": None if self.path is None else str(self.path)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Library:
        """Open the library that `to_dict` named, with the embedder that ships."""
        embedder = Embedder.load()
        path = data["path"]
        return cls.samples(embedder) if path is None else cls.open(Path(path), embedder)

    def prepare(self, on_passages: Callable[[int], None] = lambda count: None) -> None:
        """Open the index; make it first if much is not in it yet. See `Index.prepare`."""
        self._index.prepare(on_passages)

    def refresh_index(self) -> SearchIndex:
        """Bring the index up to date with the store; return the index.

        This takes some microseconds if nothing changed. The index of a database writes what is
        new into its own tables, which it cannot do inside `store.snapshot()`: so call this before
        the snapshot, and again inside it, for what was written in between.
        """
        self._index.refresh()
        return self._index

    def select(self, filters: Filters | None) -> Selection | None:
        """The passages that match the filters; None stands for all, if there are no filters."""
        return self._selector.select(filters)

    def select_published_in(self, period: Period, filters: Filters | None = None) -> Selection:
        """The passages of articles that were published in a period or near it.

        Args:
            period: The time that a question speaks of; its leeway says what is near.
            filters: What else the passages must match, None for nothing else.
        """
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
        """Start to make a new index snapshot in another process, if much has changed.

        Only one is made at a time, and none starts within 5 minutes of the last start. Until it
        is there, the present one answers, with what changed since in memory.
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
        """End the process that makes a snapshot, if one runs, and close the store."""
        self._maker.close()
        self.store.close()
