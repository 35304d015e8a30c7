"""LanceDB: a table, past 20,000 rows with an IVF-PQ index that is re-scored, and full text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import lancedb
import numpy as np
import pyarrow
from numpy.typing import NDArray

from benchmarks.engines import DIMENSION
from benchmarks.scale import Row

_SCHEMA = pyarrow.schema(
    [
        ("number", pyarrow.int64()),
        ("text", pyarrow.string()),
        ("source", pyarrow.string()),
        ("vector", pyarrow.list_(pyarrow.float32(), DIMENSION)),
    ]
)


def _records(rows: list[Row]) -> list[dict[str, Any]]:
    return [
        {
            "number": row.number,
            "text": f"{row.title}\n{row.text}",
            "source": row.source,
            "vector": row.embedding,
        }
        for row in rows
    ]


class Engine:
    by_words = True
    filters = True

    def __init__(self, folder: Path, count: int) -> None:
        self._folder = folder
        self._is_indexed = count > 20_000

    def load(self, rows: Iterator[Row]) -> None:
        table = lancedb.connect(self._folder).create_table("passages", schema=_SCHEMA)
        while batch := list(islice(rows, 10_000)):
            table.add(_records(batch))
        if self._is_indexed:
            table.create_index(
                metric="cosine",
                vector_column_name="vector",
                index_type="IVF_PQ",
                num_partitions=256,
                num_sub_vectors=96,
            )
        table.create_scalar_index("source")
        table.create_fts_index("text", stem=True, remove_stop_words=True)
        table.wait_for_index(["text_idx"], timeout=timedelta(minutes=10))

    def open(self) -> None:
        self._table = lancedb.connect(self._folder).open_table("passages")
        self._table.count_rows()

    def vector(self, row: NDArray[np.float32], top_k: int, source: str | None) -> list[int]:
        query = self._table.search(row).distance_type("cosine").limit(top_k)
        query = query.select(["number", "_distance"])
        if self._is_indexed:
            query = query.nprobes(200).refine_factor(30)
        return self._numbers(query, source)

    def words(self, words: str, top_k: int, source: str | None) -> list[int]:
        query = self._table.search(words, query_type="fts").limit(top_k)
        query = query.select(["number", "_score"])
        return self._numbers(query, source)

    def _numbers(self, query: Any, source: str | None) -> list[int]:
        if source is not None:
            query = query.where(f"source = '{source}'", prefilter=True)
        found: list[int] = query.to_arrow()["number"].to_pylist()
        return found

    def add(self, rows: list[Row]) -> None:
        self._table.add(_records(rows))
