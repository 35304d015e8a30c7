"""Library: a store of articles, opened for search, that follows what others write to it."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import corpus.samples
from corpus.ingest import find_files, ingest, is_fresh, recipe, renew
from corpus.store import ArticleStore
from retrieval.embedder import Embedder
from retrieval.vectors import VectorIndex

FILE_NAME = "library.db"
DEFAULT = "default"


def library_file(data_dir: Path, name: str = DEFAULT) -> Path:
    """Where the library called `name` lies; a folder of its own holds all of it."""
    return data_dir / "libraries" / name / FILE_NAME


class Library:
    """A store with its vector index. For one thread at a time."""

    def __init__(self, store: ArticleStore, path: Path | None) -> None:
        """`path` is the library's file, None for the samples."""
        self.store = store
        self.path = path
        self._changes_seen = -1
        self._vectors: VectorIndex | None = None

    @classmethod
    def open(cls, path: Path, embedder: Embedder) -> Library:
        """Open a library to ask it; nothing is written unless another embedder made it.

        Then its articles are embedded again first. Raises StoreError.
        """
        store = ArticleStore.open_to_read(path)
        if store.count() and not is_fresh(store, embedder.identity):
            store.close()
            store = ArticleStore.open(path)
            renew(store, embedder.encode, embedder.identity)
        return cls(store, path)

    @classmethod
    def samples(cls, embedder: Embedder) -> Library:
        """A library in memory with the articles that ship with the program."""
        store = ArticleStore.in_memory()
        with as_file(files(corpus.samples)) as folder:
            ingest(find_files([folder]), store, embedder.encode)
        store.set_stamp("recipe", recipe(embedder.identity))
        return cls(store, None)

    @property
    def is_sample(self) -> bool:
        return self.path is None

    def to_dict(self) -> dict[str, Any]:
        """Which library it is; the articles stay where they are."""
        return {"path": None if self.path is None else str(self.path)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Library:
        """Open it again, with the embedder that ships."""
        embedder = Embedder.load()
        path = data["path"]
        return cls.samples(embedder) if path is None else cls.open(Path(path), embedder)

    @property
    def vectors(self) -> VectorIndex:
        """The index over what the store holds now: made anew when anything changed since."""
        changes = self.store.changes()
        if self._vectors is None or changes != self._changes_seen:
            self._vectors = VectorIndex(*self.store.passage_embeddings())
            self._changes_seen = changes
        return self._vectors

    def close(self) -> None:
        self.store.close()
