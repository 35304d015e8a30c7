"""Chroma's persistent client; its HNSW index, its filter on metadata."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import chromadb
import numpy as np
from chromadb.config import Settings
from numpy.typing import NDArray

from benchmarks.scale import Row


class Engine:
    by_words = False  # it can only ask whether a text contains another
    filters = True

    def __init__(self, folder: Path, count: int) -> None:
        self._folder = folder

    def _client(self) -> chromadb.ClientAPI:
        return chromadb.PersistentClient(
            str(self._folder), settings=Settings(anonymized_telemetry=False)
        )

    def load(self, rows: Iterator[Row]) -> None:
        self._passages = self._client().create_collection(
            "passages",
            embedding_function=None,
            configuration={
                "hnsw": {
                    "space": "cosine",
                    "ef_construction": 200,
                    "ef_search": 500,
                    "max_neighbors": 32,
                }
            },
        )
        while batch := list(islice(rows, 5_000)):
            self.add(batch)

    def open(self) -> None:
        self._passages = self._client().get_collection("passages", embedding_function=None)
        self._passages.query([[0.05] * 384], n_results=1, include=[])  # it reads its index then

    def vector(self, row: NDArray[np.float32], top_k: int, source: str | None) -> list[int]:
        found = self._passages.query(
            [row], n_results=top_k, where=(source and {"source": source}) or None, include=[]
        )
        return [int(name) for name in found["ids"][0]]

    def words(self, words: str, top_k: int, source: str | None) -> list[int]:
        raise NotImplementedError

    def add(self, rows: list[Row]) -> None:
        self._passages.add(
            ids=[str(row.number) for row in rows],
            embeddings=[row.embedding for row in rows],
            documents=[f"{row.title}\n{row.text}" for row in rows],
            metadatas=[{"source": row.source} for row in rows],
        )
