"""Footnote's own library."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.scale import Row
from corpus.article import Article, ArticleInfo, Passage, Sentence
from corpus.storage.store import ArticleStore, Embedded
from retrieval.index import snapshots
from retrieval.index.index import Index
from retrieval.index.prefilter import Selection, Selector

_BATCH = 200  # articles in a transaction


class Engine:
    by_words = True
    filters = True

    def __init__(self, folder: Path, count: int) -> None:
        self._path = folder / "library.db"

    def load(self, rows: Iterator[Row]) -> None:
        with ArticleStore.open(self._path) as store:
            grouped = groupby(rows, key=lambda row: row.article)
            done = False
            while not done:
                with store.together():
                    for _ in range(_BATCH):
                        _, group = next(grouped, (None, None))
                        if group is None:
                            done = True
                            break
                        store.put(*_article(list(group)))
        snapshots.make_snapshot(self._path)

    def open(self) -> None:
        self._store = ArticleStore.open(self._path)
        self._index = Index(self._store, self._path)
        self._index.prepare()
        self._index.refresh()
        self._selector = Selector(self._store)

    def _selected(self, source: str | None) -> Selection | None:
        if source is None:
            return None
        return self._selector.select({"field": "meta.source", "operator": "==", "value": source})

    def vector(self, row: NDArray[np.float32], top_k: int, source: str | None) -> list[int]:
        self._index.refresh()
        found = self._index.search_by_meaning(row, top_k, self._selected(source))
        return [number - 1 for number, _ in found]

    def words(self, words: str, top_k: int, source: str | None) -> list[int]:
        self._index.refresh()
        found = self._index.search_by_words(words, top_k, self._selected(source))
        return [number - 1 for number, _ in found]

    def add(self, rows: list[Row]) -> None:
        self._store.put(*_article(rows))
        self._index.refresh()


def _article(rows: list[Row]) -> tuple[Article, list[Embedded]]:
    """The passages of an article again, each as one sentence."""
    made, end = [], 0
    for row in rows:
        start, end = end, end + len(row.text)
        passage = Passage(start, end, row.text, (Sentence(start, end, row.text),))
        made.append(Embedded(passage, row.embedding, row.embedding[None]))
    info = ArticleInfo(rows[0].article, 1, rows[0].title, source=rows[0].source)
    return Article(info, "".join(row.text for row in rows)), made
