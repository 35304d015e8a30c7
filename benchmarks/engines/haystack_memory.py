"""Haystack's InMemoryDocumentStore, saved to its JSON file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from haystack import Document
from haystack.document_stores.in_memory import InMemoryDocumentStore
from numpy.typing import NDArray

from benchmarks.scale import Row


def document(row: Row) -> Document:
    return Document(
        id=str(row.number),
        content=f"{row.title}\n{row.text}",
        meta={"source": row.source},
        embedding=row.embedding.tolist(),
    )


def of_source(source: str | None) -> dict[str, Any] | None:
    return (source and {"field": "meta.source", "operator": "==", "value": source}) or None


class Engine:
    by_words = True
    filters = True

    def __init__(self, folder: Path, count: int) -> None:
        self._path = str(folder / "store.json")

    def load(self, rows: Iterator[Row]) -> None:
        store = InMemoryDocumentStore(embedding_similarity_function="cosine")
        store.write_documents([document(row) for row in rows])
        store.save_to_disk(self._path)

    def open(self) -> None:
        self._store = InMemoryDocumentStore.load_from_disk(self._path)

    def vector(self, row: NDArray[np.float32], top_k: int, source: str | None) -> list[int]:
        found = self._store.embedding_retrieval(row.tolist(), of_source(source), top_k)
        return [int(hit.id) for hit in found]

    def words(self, words: str, top_k: int, source: str | None) -> list[int]:
        found = self._store.bm25_retrieval(words, of_source(source), top_k)
        return [int(hit.id) for hit in found]

    def add(self, rows: list[Row]) -> None:
        self._store.write_documents([document(row) for row in rows])
        self._store.save_to_disk(self._path)
