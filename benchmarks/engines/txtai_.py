"""txtai: two Embeddings with content, one dense on FAISS, one by keywords."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray
from txtai import Embeddings

from benchmarks.scale import Row

faiss.omp_set_num_threads(1)
os.environ["ALLOW_RESOLVE_TRANSFORM"] = "1"  # else it does not open again what it saved

_given: dict[str, NDArray[np.float32]] = {}


def embed(texts: list[str]) -> NDArray[np.float32]:
    """Gives txtai the vectors of texts; each text begins with the key of its vector."""
    return np.stack([_given[text.split(" ", 1)[0]] for text in texts])


class Engine:
    by_words = True
    filters = True

    def __init__(self, folder: Path, count: int) -> None:
        self._dense_path, self._sparse_path = str(folder / "dense"), str(folder / "sparse")
        # Of 4 * sqrt(count) cells; chosen for a recall of .99, if there are cells at all.
        self._dense = Embeddings(
            method="external",
            transform=f"{__name__}.embed",
            content=True,
            faiss={"nprobe": max(6, round(2 * count**0.5))},
        )
        self._sparse = Embeddings(keyword=True, content=True)

    def load(self, rows: Iterator[Row]) -> None:
        every = list(rows)
        _given.update({str(row.number): row.embedding for row in every})
        self._dense.index(map(_dense, every))
        self._dense.save(self._dense_path)
        self._sparse.index(map(_sparse, every))
        self._sparse.save(self._sparse_path)

    def open(self) -> None:
        self._dense.load(self._dense_path)
        self._sparse.load(self._sparse_path)

    def vector(self, row: NDArray[np.float32], top_k: int, source: str | None) -> list[int]:
        _given["?"] = row
        return _asked(self._dense, "? ", top_k, source)

    def words(self, words: str, top_k: int, source: str | None) -> list[int]:
        return _asked(self._sparse, words, top_k, source)

    def add(self, rows: list[Row]) -> None:
        _given.update({str(row.number): row.embedding for row in rows})
        self._dense.upsert(map(_dense, rows))
        self._dense.save(self._dense_path)
        self._sparse.upsert(map(_sparse, rows))
        self._sparse.save(self._sparse_path)


def _dense(row: Row) -> tuple[str, dict[str, str], None]:
    text = f"{row.number} {row.title}\n{row.text}"
    return str(row.number), {"text": text, "source": row.source}, None


def _sparse(row: Row) -> tuple[str, dict[str, str], None]:
    return str(row.number), {"text": f"{row.title}\n{row.text}", "source": row.source}, None


def _asked(of: Any, what: str, top_k: int, source: str | None) -> list[int]:
    query = "SELECT id, score FROM txtai WHERE similar(:what)"
    if source is not None:
        query += " AND source = :source"
    found = of.search(query, top_k, parameters={"what": what, "source": source})
    return [int(hit["id"]) for hit in found]
