"""faiss-haystack's FAISSDocumentStore, as it comes: a flat index and one JSON file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import faiss
import numpy as np
from haystack import Document
from haystack_integrations.document_stores.faiss import FAISSDocumentStore
from numpy.typing import NDArray

from benchmarks.engines import DIMENSION
from benchmarks.engines.haystack_memory import document, of_source
from benchmarks.scale import Row

faiss.omp_set_num_threads(1)


class Engine:
    by_words = False
    filters = True

    def __init__(self, folder: Path, count: int) -> None:
        self._path = str(folder / "store")

    def load(self, rows: Iterator[Row]) -> None:
        store = FAISSDocumentStore(index_path=self._path, embedding_dim=DIMENSION)
        batch: list[Document] = []
        for row in rows:
            batch.append(document(row))
            if len(batch) == 10_000:
                store.write_documents(batch)
                batch = []
        store.write_documents(batch)
        store.save(self._path)

    def open(self) -> None:
        self._store = FAISSDocumentStore(index_path=self._path, embedding_dim=DIMENSION)

    def vector(self, row: NDArray[np.float32], top_k: int, source: str | None) -> list[int]:
        found = self._store.search(row.tolist(), top_k, of_source(source))
        return [int(hit.id) for hit in found]

    def words(self, words: str, top_k: int, source: str | None) -> list[int]:
        raise NotImplementedError

    def add(self, rows: list[Row]) -> None:
        self._store.write_documents([document(row) for row in rows])
        self._store.save(self._path)
