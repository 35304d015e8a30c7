"""Measures opening one of many small libraries: python -m benchmarks.opening [--libraries 300]."""

from __future__ import annotations

import argparse
import random
import shutil
import tempfile
import time
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np

import corpus.samples
from corpus.ingestion.embedding import recipe
from corpus.ingestion.ingest import ingest
from corpus.ingestion.sources import find_files
from corpus.storage.locations import library_file
from corpus.storage.store import ArticleStore
from retrieval.encoders.embedder import Embedder
from retrieval.index.library import Library
from retrieval.query.question import Question
from retrieval.serving.library_router import MAX_OPEN, LibraryRouter


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--libraries", type=int, default=300)
    count = parser.parse_args().libraries
    embedder = Embedder.load()
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder)
        first = library_file(data_dir, "0")
        with ArticleStore.open(first) as store, as_file(files(corpus.samples)) as samples:
            ingest(find_files([samples]), store, embedder.encode)
            store.set_stamp("recipe", recipe(embedder.identity))
        for number in range(1, count):
            shutil.copytree(first.parent, library_file(data_dir, str(number)).parent)
        names = [str(number) for number in range(count)]
        random.Random(0).shuffle(names)  # noqa: S311  no secret
        opened = []
        for name in names:
            started = time.perf_counter()
            library = Library.open(library_file(data_dir, name), embedder)
            library.refresh_index().search_by_words("recall", 1)
            opened.append(time.perf_counter() - started)
            library.close()
        shelf = LibraryRouter(data_dir, embedder)
        question = Question.of("Why was Antonov recalled?")
        shelf.ask(question)
        asked = []
        for name in names:
            started = time.perf_counter()
            shelf.ask(question, name)
            asked.append(time.perf_counter() - started)
        shelf.close()
    for what, times in (
        ("open a library, ready to be searched", opened),
        (f"ask one that is closed, {MAX_OPEN} of {count} open", asked),
    ):
        p50, p95, most = np.percentile(times, (50, 95, 100)) * 1000
        print(f"| {what} | {p50:.1f} ms p50 | {p95:.1f} ms p95 | {most:.1f} ms at most |")


if __name__ == "__main__":
    main()
