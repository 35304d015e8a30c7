"""Loads passages with given vectors into a library, and times it: python -m benchmarks.search.

PASSAGES is a .jsonl.xz with article_id, title and text in each line; VECTORS a .npy of their
unit rows, in the same order, float16; QUESTIONS a .npy of unit rows to ask. With --copies N
every passage comes N times, the copies with noise in their vectors and a number in their text.
"""

from __future__ import annotations

import argparse
import json
import lzma
import os
import platform
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from corpus.article import Article, ArticleInfo, Passage, Sentence
from corpus.store import ArticleStore, Embedded, derived_folder
from retrieval import generations
from retrieval.index import Index

TOP = 20
SOURCES = 100  # of which a filter keeps one
BATCH = 200  # articles stored at once while loading


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("passages", "vectors", "questions"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--copies", type=int, default=1)
    options = parser.parse_args()
    rows, asked = np.load(options.vectors), np.load(options.questions).astype(np.float32)
    folder = Path(tempfile.mkdtemp())
    try:
        run(options.passages, rows, asked, options.copies, folder / "library.db")
    finally:
        shutil.rmtree(folder)


def articles(
    file: Path, rows: NDArray[np.float16], copies: int
) -> Iterator[tuple[Article, list[Embedded]]]:
    """The passages as articles again, each passage a single sentence."""
    noise = np.random.default_rng(0)
    for copy in range(copies):
        at = 0
        with lzma.open(file, "rt", encoding="utf-8") as lines:
            grouped = groupby(map(json.loads, lines), key=lambda line: line["article_id"])
            for number, (article_id, group) in enumerate(grouped):
                texts, made, end = [], [], 0
                for line in group:
                    body = f"{copy} {line['text']}" if copy else line["text"]
                    start, end = end, end + len(body)
                    row = rows[at].astype(np.float32)
                    at += 1
                    if copy:
                        row += noise.normal(0, 0.02, len(row)).astype(np.float32)
                        row /= np.linalg.norm(row)
                    passage = Passage(start, end, body, (Sentence(start, end, body),))
                    made.append(Embedded(passage, row, row[None, :]))
                    texts.append(body)
                info = ArticleInfo(
                    f"{article_id}-{copy}-{number}",
                    1,
                    line["title"] or "untitled",
                    source=f"source {number % SOURCES}",
                )
                yield Article(info, "".join(texts)), made


def run(
    file: Path, rows: NDArray[np.float16], asked: NDArray[np.float32], copies: int, path: Path
) -> None:
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}\n")
    started = time.perf_counter()
    count = 0
    with ArticleStore.open(path) as store:
        batch = iter(articles(file, rows, copies))
        done = False
        while not done:
            with store.together():
                for _ in range(BATCH):
                    made = next(batch, None)
                    if made is None:
                        done = True
                        break
                    store.put(*made)
                    count += len(made[1])
    stored = time.perf_counter() - started
    generations.make(path)
    loaded = time.perf_counter() - started
    say("passages", f"{count:,}")
    say(
        "bulk load, vectors given",
        f"{count / loaded:,.0f} passages/s ({stored:.0f} s stored, "
        f"{loaded - stored:.0f} s indexed)",
    )
    size = sum(f.stat().st_size for f in path.parent.rglob("*") if f.is_file())
    index_size = sum(f.stat().st_size for f in derived_folder(path).rglob("*") if f.is_file())
    say("files", f"{size / 1e6:,.0f} MB, {index_size / 1e6:,.0f} of them the index")

    before = resident_mb()
    started = time.perf_counter()
    with ArticleStore.open_to_read(path) as store:
        index = Index(store, path)
        index.prepare()
        index.follow()
        say("open, ready to answer", f"{time.perf_counter() - started:.2f} s")
        questions = words_of(store, len(asked))
        ask(path, index, asked, questions)
        added = resident_mb() - before
        say("resident memory, over that before opening", f"{added:,.0f} MB")
        add(path, index, rows)
        compare(path, index, asked)


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def words_of(store: ArticleStore, count: int) -> list[str]:
    """Questions of five words of a passage each."""
    draw = np.random.default_rng(1)
    last = store.passage_count()
    found = []
    while len(found) < count:
        passage = next(store.passages_after(int(draw.integers(last - 1))))
        words = [word for word in passage.text.split() if len(word) > 4 and word.isalpha()]
        if len(words) > 6:
            found.append(" ".join(draw.choice(words, 5, replace=False)))
    return found


def ask(path: Path, index: Index, asked: NDArray[np.float32], questions: list[str]) -> None:
    kept = np.array(list(_selected(path)), np.int64)
    pairs = list(zip(asked, questions, strict=True))
    timed("vector search", lambda row, _: index.by_meaning(row, TOP), pairs)
    timed("keyword search", lambda _, words: index.by_words(words, TOP), pairs)
    timed(
        "hybrid search",
        lambda row, words: (index.by_meaning(row, TOP), index.by_words(words, TOP)),
        pairs,
    )
    timed(
        f"hybrid, within {len(kept):,} passages",
        lambda row, words: (index.by_meaning(row, TOP, kept), index.by_words(words, TOP, kept)),
        pairs,
    )


def compare(path: Path, index: Index, asked: NDArray[np.float32]) -> None:
    """With an exact scan of the same rows."""
    ids = np.fromfile(_file(path, "embedded"), np.int64)
    rows = np.memmap(_file(path, "rows"), np.float16, "r", shape=(len(ids), asked.shape[1]))
    exact = faiss.IndexScalarQuantizer(
        asked.shape[1], faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
    )
    for start in range(0, len(ids), 50_000):
        exact.add(rows[start : start + 50_000].astype(np.float32))
    pairs = [(row, "") for row in asked]
    timed(
        "exact half-precision scan, for comparison",
        lambda row, _: exact.search(row[None], TOP),
        pairs,
    )
    truth = ids[exact.search(asked, TOP)[1]]
    hits = [
        len({number for number, _ in index.by_meaning(row, TOP)} & set(right.tolist()))
        for row, right in zip(asked, truth, strict=True)
    ]
    say(f"recall@{TOP} against it", f"{sum(hits) / TOP / len(hits):.4f}")


def _selected(path: Path) -> Iterator[int]:
    with sqlite3.connect(path) as connection:
        for (number,) in connection.execute(
            "SELECT passage.id FROM passage JOIN version ON version.id = version_id "
            "WHERE source = 'source 7' ORDER BY passage.id"
        ):
            yield number
    connection.close()


def _file(path: Path, name: str) -> Path:
    (file,) = derived_folder(path).glob(f"*/{name}")
    return file


def add(path: Path, index: Index, rows: NDArray[np.float16]) -> None:
    """One article of ten passages, until it is durable and found."""
    times = []
    with ArticleStore.open(path) as store:
        for number in range(50):
            made = [
                Embedded(
                    Passage(i * 99, i * 99 + 99, "", (Sentence(i * 99, i * 99 + 99, ""),)),
                    rows[i].astype(np.float32),
                    rows[i : i + 1].astype(np.float32),
                )
                for i in range(10)
            ]
            text = f"Quibblefrotz{number} was seen. ".ljust(990, "x")
            started = time.perf_counter()
            store.put(Article(ArticleInfo(f"new-{number}", 1, "New"), text), made)
            index.follow()
            assert index.by_words(f"quibblefrotz{number}", 1)  # noqa: S101
            times.append(time.perf_counter() - started)
    told("add an article of 10 passages, durable and found", times)


def timed(
    what: str,
    work: Callable[[NDArray[np.float32], str], object],
    pairs: list[tuple[NDArray[np.float32], str]],
) -> None:
    times = []
    for row, words in pairs:
        started = time.perf_counter()
        work(row, words)
        times.append(time.perf_counter() - started)
    told(what, times)


def told(what: str, times: list[float]) -> None:
    p50, p95 = np.percentile(times, (50, 95)) * 1000
    say(what, f"{p50:.2f} ms p50, {p95:.2f} ms p95")


def say(what: str, value: str) -> None:
    print(f"| {what} | {value} |", flush=True)


if __name__ == "__main__":
    main()
