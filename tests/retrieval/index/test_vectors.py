"""Search by meaning, as far as an index is not needed for it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import faiss
import numpy as np

from retrieval.index.vectors import ExactIndex


def test_a_thread_that_did_not_import_it_searches_alone_too():
    """OpenMP keeps the number of threads for each thread that calls it."""
    index = ExactIndex(8)
    index.add(np.array([1]), np.ones((1, 8), np.float16))

    def search() -> int:
        faiss.omp_set_num_threads(2)  # as on a machine with two cores
        index.search(np.ones(8, np.float32), 1, None)
        return int(faiss.omp_get_max_threads())

    with ThreadPoolExecutor(1) as other:
        assert other.submit(search).result() == 1
