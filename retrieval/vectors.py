"""Exact vector search over a library's passages, by FAISS; made from the store at open."""

from __future__ import annotations

import faiss
import numpy as np
from numpy.typing import NDArray

# One query is slower on two threads, and far slower when another core is busy.
faiss.omp_set_num_threads(1)


class VectorIndex:
    """Passage ids by the cosine of their embeddings; half precision, nothing approximate."""

    def __init__(self, ids: NDArray[np.int64], rows: NDArray[np.float16]) -> None:
        """`ids` has shape (n,), `rows` are unit rows of shape (n, d); n may be 0."""
        self._index = None
        if len(ids):
            flat = faiss.IndexScalarQuantizer(
                rows.shape[1], faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
            )
            self._index = faiss.IndexIDMap2(flat)
            self._index.add_with_ids(rows.astype(np.float32), ids)

    def search(self, row: NDArray[np.float32], top_k: int) -> list[tuple[int, float]]:
        """Ids and cosines of the nearest to a unit row of shape (d,), nearest first."""
        if self._index is None:
            return []
        cosines, ids = self._index.search(row[None, :], min(top_k, self._index.ntotal))
        return list(zip(ids[0].tolist(), cosines[0].tolist(), strict=True))
