"""Searches a library through its newest index snapshot, and through memory for what came since."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus.errors import StoreError
from corpus.storage.store import ArticleStore, derived_folder
from retrieval.index import bm25, snapshots, vectors
from retrieval.index.prefilter import Selection
from retrieval.index.vectors import Hits

_log = logging.getLogger(__name__)
_IMAGINED = 100  # passages; see Index.idf_by_key


class Index:
    """The index of one store, which other processes may write to. For one thread at a time."""

    def __init__(self, store: ArticleStore, path: Path | None) -> None:
        """Take a store; nothing is read yet.

        Args:
            store: The articles.
            path: The library's file, None for a library in memory.
        """
        self._store = store
        self._path = path
        self._stamp: snapshots.Stamp | None = None
        self._tried: str | None = None
        self._moment: tuple[int, int, int] | None = None
        self._reset(None)

    def _reset(self, base: snapshots.IndexSnapshot | None) -> None:
        self._base = base
        self._last = base.manifest.last if base else 0
        self._changes = base.manifest.change if base else 0
        self._dimension = base.manifest.dimension if base else 0
        self._alive = np.ones(len(base.ids) if base else 0, np.bool_)
        self._words = bm25.MemoryIndex()
        self._vectors: vectors.ExactIndex | None = None

    @property
    def tail(self) -> int:
        """How many passages have come since the snapshot was made."""
        return len(self._words)

    @property
    def dimension(self) -> int:
        """How many numbers an embedding has; 0 while there are no embeddings."""
        return self._dimension

    @property
    def manifest(self) -> snapshots.Manifest | None:
        """The manifest of the snapshot that is searched; None without one."""
        return self._base.manifest if self._base else None

    @property
    def is_due(self) -> bool:
        """Whether so much has changed that a new snapshot is worth making."""
        base = self._base.manifest.passages if self._base else 0
        dead = int((~self._alive).sum())
        return snapshots.is_due(max(self.tail, dead), base)

    def prepare(self, on_passages: Callable[[int], None] = lambda count: None) -> None:
        """Get ready to answer; make a snapshot first if much is not in files yet.

        Args:
            on_passages: Called with how many more passages are done, while a snapshot is made.
        """
        if self._path is None:
            return
        self._load_newest()
        behind = self._store.passage_count() - (self._base.manifest.passages if self._base else 0)
        if behind > snapshots.MOST:
            _log.warning(
                "The index of %s is made first, for %s passages; later starts need not wait.",
                self._path,
                f"{self._store.passage_count():,}",
            )
            try:
                snapshots.make_snapshot(self._path, on_passages)
            except StoreError as error:  # a folder that is read-only can still be searched
                _log.warning("%s Searching from memory.", error)
            self._load_newest()

    def refresh(self) -> None:
        """Take in what any process changed in the store; takes microseconds if nothing did."""
        moment = (*self._store.moment(), self._files_moment())
        if moment == self._moment:
            return
        self._load_newest()
        changes = self._store.changes()
        if changes != self._changes:
            for first, last in self._store.dropped_since(self._changes):
                self._drop(first, last)
            self._take_in()
            self._changes = changes
        self._moment = moment  # from before: what came meanwhile is seen the next time

    def _files_moment(self) -> int:
        """A number that differs if a snapshot came or went."""
        with suppress(OSError):
            if self._path is not None:
                return derived_folder(self._path).stat().st_mtime_ns
        return 0

    def _load_newest(self) -> None:
        """Load the newest snapshot if there is another, or if the present one does not fit."""
        stamp = snapshots.Stamp.of(self._store)
        changes = self._store.changes()
        name = snapshots.newest_name(self._path, changes) if self._path else None
        if stamp == self._stamp and name in (None, self._tried):
            return
        found = (
            snapshots.open_newest(self._path, stamp, self._store.changes()) if self._path else None
        )
        if found is not None or stamp != self._stamp:
            self._reset(found)
        if found is not None:
            _log.info("%s is searched through an index of %s.", self._path, found.manifest)
        self._stamp, self._tried = stamp, name

    def _drop(self, first: int, last: int) -> None:
        self._words.drop(first, last)
        if self._base is not None:
            _clear(self._base.ids, self._alive, first, last)
        for part in (self._base.vectors if self._base else None, self._vectors):
            if part is not None:
                _clear(part.ids, part.alive, first, last)

    def _take_in(self) -> None:
        ids, rows = [], []
        for passage in self._store.passages_after(self._last):
            self._last = passage.id
            self._words.add(passage.id, bm25.indexed_text(passage.title, passage.text))
            row = passage.embedding
            if row is not None and len(row) == (self._dimension or len(row)):
                self._dimension = len(row)
                ids.append(passage.id)
                rows.append(row)
        if ids:
            if self._vectors is None:
                self._vectors = vectors.ExactIndex(self._dimension)
            self._vectors.add(np.array(ids, np.int64), np.array(rows))

    def search_by_meaning(
        self, row: NDArray[np.float32], top_k: int, within: Selection | None = None
    ) -> Hits:
        """Find the passages with the nearest embeddings.

        Args:
            row: A question's embedding, a unit row of shape (d,).
            top_k: How many passages to find.
            within: The passages to search, None for all.

        Returns:
            Passage ids and cosines, nearest first; `top_k` of them if so many are there.
        """
        parts = (self._base.vectors if self._base else None, self._vectors)
        return vectors.merge_hits(
            [
                part.search(row, top_k, within)
                for part in parts
                if part is not None and part.dimension == len(row)
            ],
            top_k,
        )

    def search_by_words(self, question: str, top_k: int, within: Selection | None = None) -> Hits:
        """Find the passages that BM25 ranks first; any content word of the question may match.

        Args:
            question: The question, in full.
            top_k: How many passages to find.
            within: The passages to search, None for all.

        Returns:
            Passage ids and BM25 scores, best first; `top_k` of them if so many match.
        """
        asked = bm25.index_terms(question)
        if not asked:
            return []
        base = self._base.words if self._base else None
        parts = [self._words.search(asked, top_k, within, base)]
        if base is not None:
            parts.append(base.search(asked, top_k, within, self._is_alive))
        return vectors.merge_hits(parts, top_k)

    def idf_by_key(self, question: str) -> dict[str, float]:
        """How rare each content word of the question is here: its idf by its key, above 0.

        It is smoothed by 100 more passages, one of which has the word. Otherwise, in a library
        of one article, all that it does not say would be five times as rare as what it says.
        """
        base = self._base.words if self._base else None
        count = len(self._words) + (base.count if base else 0)

        def document_frequency(term: str) -> int:
            in_base = base.document_frequency(term) if base else 0
            return self._words.document_frequency(term) + in_base

        return idf_by_key(question, count, document_frequency)

    def _is_alive(self, ids: NDArray[np.int64]) -> NDArray[np.bool_]:
        assert self._base is not None  # noqa: S101  asked of its passages only
        return self._alive[np.searchsorted(self._base.ids, ids)]


def idf_by_key(
    question: str, count: int, document_frequency: Callable[[str], int]
) -> dict[str, float]:
    """As Index.idf_by_key, among `count` passages; the function says how many hold a term."""

    def idf(term: str) -> float:
        return bm25.idf(min(document_frequency(term), count) + 1, count + _IMAGINED)

    return {key: max(map(idf, terms)) for key, terms in bm25.index_terms_by_key(question).items()}


def _clear(ids: NDArray[np.int64], alive: NDArray[np.bool_], first: int, last: int) -> None:
    alive[np.searchsorted(ids, first) : np.searchsorted(ids, last, side="right")] = False
