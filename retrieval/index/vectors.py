"""Searches passages by meaning: those whose embeddings have the highest cosine to a question's.

The search is exact while that is fastest. In larger libraries FAISS's 4-bit fast-scan product
quantiser (André et al. 2015, Quicker ADC) proposes passages, and their half-precision rows, mapped
from the file, decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from retrieval.index.prefilter import Selection, is_in

EXACT_UP_TO = 10_000
"""Passages. An exact scan of so many takes 0.15 ms, and a quantised one is no faster."""

RECALL = 0.995
"""The least recall of a quantised index, among the 20 nearest to the library's own sentences."""

_QUANTISERS = ((4, (40, 80, 160)), (2, (20, 40, 80)))
"""How many numbers make one 4-bit code, and how many to propose for each passage asked for.

They are tried in this order. The time of a scan grows with the number of codes; a proposal costs
next to nothing. On a million passages, 96 codes each and 800 proposals took 2 ms, 192 codes and
200 proposals 6 ms. Even the fewest proposals are more than a library's own sentences need, because
people's questions are harder: with half as many, recall was .993 on 339 real questions where the
sentences gave .999.
"""

_TRAINED_ON = 60_000
_SAMPLE = 100
_TOP = 20
_CHUNK = 50_000  # rows in memory as float32 at a time
_AT_ONCE = 1024  # rows to gather at a time; to allocate memory for all takes longer than to search
_GATHER = 0.05  # share of the passages up to which the selected rows are read one by one
_MOST = 16_000  # proposals; with more, an exact scan is no slower

Hits = list[tuple[int, float]]
"""Passage ids and scores, best first: cosines, or BM25."""


def _use_one_thread() -> None:
    """Have FAISS work in the calling thread alone.

    One query is slower on two threads, and far slower when another core is busy. OpenMP keeps
    the number for each thread that calls it, so one call at import would not reach the thread
    that answers. A call takes less than a microsecond.
    """
    faiss.omp_set_num_threads(1)


def _nearest(ids: NDArray[np.int64], cosines: NDArray[np.float32], top_k: int) -> Hits:
    order = np.lexsort((ids, -cosines))[:top_k]
    return [(int(ids[i]), float(cosines[i])) for i in order]


def _exact(dimension: int) -> faiss.IndexScalarQuantizer:
    return faiss.IndexScalarQuantizer(
        dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
    )


class _Gatherer:
    """Searches exactly among some rows of a file, in the same memory every time."""

    def __init__(self, ids: NDArray[np.int64], rows: NDArray[np.float16]) -> None:
        self._ids = ids
        self._rows = rows
        self._taken = np.empty((_AT_ONCE, rows.shape[1]), np.float16)
        self._index = _exact(rows.shape[1])

    def search(self, at: NDArray[np.int64], row: NDArray[np.float32], top_k: int) -> Hits:
        """Search among the rows at these positions."""
        found, cosines = [np.empty(0, np.int64)], [np.empty(0, np.float32)]
        for start in range(0, len(at), _AT_ONCE):
            part = at[start : start + _AT_ONCE]
            taken = self._taken[: len(part)]
            np.take(self._rows, part, axis=0, out=taken, mode="clip")  # mode "raise" makes a copy
            self._index.reset()
            self._index.add_sa_codes(
                taken.view(np.uint8)
            )  # the codes of half precision are the rows themselves
            near_cosines, near = self._index.search(row[None, :], min(top_k, len(part)))
            found.append(self._ids[part[near[0]]])
            cosines.append(near_cosines[0])
        return _nearest(np.concatenate(found), np.concatenate(cosines), top_k)


class ExactIndex:
    """Some thousand rows in memory. Rows can be added; those not `alive` are not found."""

    def __init__(self, dimension: int) -> None:
        """Make an empty index of rows with `dimension` numbers."""
        self._index = _exact(dimension)
        self.dimension = dimension
        self.ids = np.empty(0, np.int64)
        self.alive = np.empty(0, np.bool_)

    def add(self, ids: NDArray[np.int64], rows: NDArray[np.float16]) -> None:
        """Add rows.

        Args:
            ids: Ascending passage ids, above all so far, shape (n,).
            rows: Their unit rows, shape (n, d).
        """
        self._index.add(rows.astype(np.float32))
        self.ids = np.concatenate([self.ids, ids])
        self.alive = np.concatenate([self.alive, np.ones(len(ids), np.bool_)])

    def search(self, row: NDArray[np.float32], top_k: int, within: Selection | None) -> Hits:
        """Find the passages with the nearest embeddings.

        Args:
            row: A question's embedding, a unit row of shape (d,).
            top_k: How many passages to find.
            within: The passages to search, None for all.

        Returns:
            Passage ids and cosines, nearest first; `top_k` of them if so many are there.
        """
        _use_one_thread()
        wanted = self.alive if within is None else self.alive & is_in(self.ids, within.ids)
        count = int(wanted.sum())
        if not count:
            return []
        parameters = None
        if count < len(wanted):
            bits = np.packbits(wanted, bitorder="little")
            selector = faiss.IDSelectorBitmap(len(wanted), faiss.swig_ptr(bits))
            parameters = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
        cosines, at = self._index.search(row[None, :], min(top_k, count), params=parameters)
        return _nearest(self.ids[at[0]], cosines[0], top_k)


class QuantisedIndex:
    """Rows in a file, with their codes in memory. Those not `alive` are not found."""

    def __init__(
        self, ids: NDArray[np.int64], rows: NDArray[np.float16], codes: faiss.Index, proposed: int
    ) -> None:
        """Join rows and codes.

        Args:
            ids: The passage ids, ascending, shape (n,).
            rows: Their unit rows, shape (n, d), mapped from a file.
            codes: FAISS's index of the rows' codes, in the same order.
            proposed: How many rows to propose for each passage that is asked for.
        """
        self.ids = ids
        self.alive = np.ones(len(ids), np.bool_)
        self.dimension = rows.shape[1]
        self._gatherer = _Gatherer(ids, rows)
        self._codes = codes
        self._proposed = proposed

    def search(self, row: NDArray[np.float32], top_k: int, within: Selection | None) -> Hits:
        """Find the passages with the nearest embeddings.

        Args:
            row: A question's embedding, a unit row of shape (d,).
            top_k: How many passages to find.
            within: The passages to search, None for all.

        Returns:
            Passage ids and cosines, nearest first; `top_k` of them if so many are there.
        """
        _use_one_thread()
        share = 1.0
        if within is not None:
            if len(within.ids) <= max(_GATHER * len(self.ids), 1000):
                return self._exactly(row, top_k, within)
            share = min(1.0, len(within.ids) / len(self.ids))
        enough = top_k * self._proposed
        proposals = int(enough / share)
        while proposals <= min(_MOST, len(self.ids)):
            at = self._codes.search(row[None, :], proposals)[1][0]
            at = at[at >= 0]
            kept = self.alive[at]
            if within is not None:
                kept &= is_in(self.ids[at], within.ids)
            at = at[kept][:enough]
            if len(at) >= enough // 2:
                return self._gatherer.search(at, row, top_k)
            proposals *= 4
        return self._exactly(row, top_k, within)

    def _exactly(self, row: NDArray[np.float32], top_k: int, within: Selection | None) -> Hits:
        if within is None:
            at = np.flatnonzero(self.alive)
        else:
            at = np.minimum(np.searchsorted(self.ids, within.ids), len(self.ids) - 1)
            at = at[(self.ids[at] == within.ids) & self.alive[at]]
        return self._gatherer.search(at, row, top_k)


def write_quantised(
    rows: NDArray[np.float16], questions: NDArray[np.float16], codes_file: Path
) -> tuple[int, float] | None:
    """Quantise rows and write their codes, with the first setting that reaches RECALL.

    Args:
        rows: Unit rows, shape (n, d).
        questions: Unit rows to measure recall with, shape (m, d), against an exact scan.
        codes_file: Where to write the codes.

    Returns:
        How many rows to propose for each passage, and the recall that was measured. None if no
        setting reaches RECALL; then there is no file.
    """
    _use_one_thread()
    asked = questions[:_SAMPLE].astype(np.float32)
    truth = _exactly(rows, asked)
    for width, proposals in _QUANTISERS:
        if rows.shape[1] % width:
            continue
        codes = _coded(rows, width)
        for proposed in proposals:
            tried = QuantisedIndex(np.arange(len(rows)), rows, codes, proposed)
            hits = [
                len({found for found, _ in tried.search(row, _TOP, None)} & set(right.tolist()))
                for row, right in zip(asked, truth, strict=True)
            ]
            recall = sum(hits) / (_TOP * len(hits)) if hits else 0.0
            if recall >= RECALL:
                faiss.write_index(codes, str(codes_file))
                return proposed, recall
    return None


def _coded(rows: NDArray[np.float16], width: int) -> faiss.Index:
    """A quantiser with `width` numbers to a code, trained on the rows and filled with them."""
    count, dimension = rows.shape
    codes = faiss.index_factory(
        dimension, f"PQ{dimension // width}x4fs", faiss.METRIC_INNER_PRODUCT
    )
    step = max(1, count // _TRAINED_ON)
    codes.train(rows[::step][:_TRAINED_ON].astype(np.float32))
    for start in range(0, count, _CHUNK):
        codes.add(rows[start : start + _CHUNK].astype(np.float32))
    return codes


def _exactly(rows: NDArray[np.float16], asked: NDArray[np.float32]) -> NDArray[np.int64]:
    """The positions of the _TOP rows nearest to each of `asked`, shape (m, _TOP)."""
    best = np.full((len(asked), _TOP), -np.inf, np.float32)
    where = np.zeros((len(asked), _TOP), np.int64)
    for start in range(0, len(rows), _CHUNK):
        cosines = asked @ rows[start : start + _CHUNK].astype(np.float32).T
        both = np.concatenate([best, cosines], axis=1)
        at = np.argpartition(-both, _TOP - 1, axis=1)[:, :_TOP]
        here = np.arange(start - _TOP, start - _TOP + both.shape[1])[None, :].repeat(len(asked), 0)
        here[:, :_TOP] = where
        best, where = np.take_along_axis(both, at, 1), np.take_along_axis(here, at, 1)
    return where


def read_codes(file: Path) -> faiss.Index:
    """Read the codes that `write_quantised` wrote."""
    return faiss.read_index(str(file))


def merge_hits(parts: Sequence[Hits], top_k: int) -> Hits:
    """The best hits of several searches.

    Args:
        parts: The hits of each search; no passage is in two of them.
        top_k: How many hits to return at most.
    """
    return sorted((hit for part in parts for hit in part), key=lambda hit: (-hit[1], hit[0]))[
        :top_k
    ]
