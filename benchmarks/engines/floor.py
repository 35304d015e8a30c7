"""Raw FAISS and raw tantivy, with the index types that our library uses: the floor."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import faiss
import numpy as np
import tantivy
from numpy.typing import NDArray

from benchmarks.engines import DIMENSION
from benchmarks.scale import Row

faiss.omp_set_num_threads(1)
_ANALYZER = (
    tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    .filter(tantivy.Filter.lowercase())
    .filter(tantivy.Filter.stemmer("english"))
    .build()
)


class Engine:
    by_words = True
    filters = False

    def __init__(self, folder: Path, count: int) -> None:
        self._folder = folder
        self._factory = "SQfp16" if count <= 10_000 else "PQ96x4fs,Refine(SQfp16)"

    def _open_words(self) -> None:
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("words", tokenizer_name="ours", index_option="freq")
        builder.add_unsigned_field("number", fast=True)
        (self._folder / "words").mkdir(exist_ok=True)
        self._schema = builder.build()
        self._words = tantivy.Index(self._schema, path=str(self._folder / "words"))
        self._words.register_tokenizer("ours", _ANALYZER)

    def _write_words(self, rows: list[Row]) -> None:
        writer = self._words.writer(100_000_000, 1)
        for row in rows:
            document = tantivy.Document()
            document.add_text("words", f"{row.title}\n{row.text}")
            document.add_unsigned("number", row.number)
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
        self._words.reload()

    def load(self, rows: Iterator[Row]) -> None:
        every = list(rows)
        index = faiss.index_factory(DIMENSION, self._factory, faiss.METRIC_INNER_PRODUCT)
        vectors = np.stack([row.embedding for row in every])
        index.train(vectors[:: max(1, len(every) // 60_000)])
        index.add(vectors)
        faiss.write_index(index, str(self._folder / "vectors"))
        self._open_words()
        self._write_words(every)

    def open(self) -> None:
        self._index = faiss.read_index(str(self._folder / "vectors"))
        if isinstance(self._index, faiss.IndexRefine):
            self._index.k_factor = 40
        self._open_words()
        self._searcher = self._words.searcher()

    def vector(self, row: NDArray[np.float32], top_k: int, source: str | None) -> list[int]:
        found: list[int] = self._index.search(row[None], top_k)[1][0].tolist()
        return found

    def words(self, words: str, top_k: int, source: str | None) -> list[int]:
        terms = [
            (tantivy.Occur.Should, tantivy.Query.term_query(self._schema, "words", term, "freq"))
            for term in _ANALYZER.analyze(words)
        ]
        hits = self._searcher.search(tantivy.Query.boolean_query(terms), top_k, count=False).hits
        places = [place for _, place in hits]
        return [int(number or 0) for number in self._searcher.fast_field_values("number", places)]

    def add(self, rows: list[Row]) -> None:
        self._index.add(np.stack([row.embedding for row in rows]))
        faiss.write_index(self._index, str(self._folder / "vectors"))
        self._write_words(rows)
        self._searcher = self._words.searcher()
