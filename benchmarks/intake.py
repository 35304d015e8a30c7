"""Measures ingestion against the bare embedder on the same passages, and the memory it takes.

    python -m benchmarks.intake ARTICLES.jsonl --work FOLDER [--rounds N] [--memory N...]

The articles (lines with title and text) become files, every other one a web page. In each round
all of them are ingested into a new library; then the passages and sentences that were embedded go
through the embedder alone. --memory makes libraries of so many articles from the articles' first
words, each in a process of its own, and prints the memory.
"""

from __future__ import annotations

import argparse
import html
import itertools
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from corpus.ingestion.embedding import SplitArticle
from corpus.ingestion.ingest import IngestReport, ingest
from corpus.ingestion.sources import find_files
from corpus.storage.store import ArticleStore
from retrieval.encoders.embedder import Embedder
from retrieval.evaluation.machine import machine

MEMORY_CHARS = 800  # of each article there: what counts is how many there are
MEASURE = """
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from sys import argv
from benchmarks.intake import fill
added = fill(Path(argv[1]), Path(argv[2]))
print(added, getrusage(RUSAGE_SELF).ru_maxrss, getrusage(RUSAGE_CHILDREN).ru_maxrss)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("articles", type=Path)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--limit", type=int, default=300, help="articles in each round")
    parser.add_argument("--memory", type=int, nargs="*", default=[])
    options = parser.parse_args()
    rows = [json.loads(line) for line in options.articles.open(encoding="utf-8")]
    shutil.rmtree(options.work, ignore_errors=True)
    print(f"{machine()}; load {os.getloadavg()[0]:.1f}")
    if options.rounds:
        _rates(rows[: options.limit], options.work, options.rounds)
    for count in options.memory:
        _memory(rows, count, options.work)


def _rates(rows: list[dict[str, str]], work: Path, rounds: int) -> None:
    _write(rows, len(rows), work / "articles")
    texts: list[str] = []
    with ArticleStore.in_memory() as store:
        embedder = Embedder.load(threads=os.cpu_count() or 1)
        ingest(find_files([work / "articles"]), store, embedder.encode)  # warms up both
        for info in store.articles():
            article = store.article(info.id)
            if article is not None:
                texts += SplitArticle.of(article).texts()
    print(
        f"\n{len(rows)} articles, {len(texts):,} texts\n"
        "\n| round | ingest, texts/s | bare | ratio |"
    )
    print("|---|---|---|---|")
    ratios = []
    for number in range(1, rounds + 1):
        shutil.rmtree(work / "library", ignore_errors=True)
        started = time.perf_counter()
        fill(work / "articles", work / "library" / "library.db", embedder)
        whole = time.perf_counter() - started
        started = time.perf_counter()
        for at in range(0, len(texts), 256):
            embedder.encode(texts[at : at + 256])
        bare = time.perf_counter() - started
        ratios.append(bare / whole)
        print(
            f"| {number} | {len(texts) / whole:.0f} | {len(texts) / bare:.0f} "
            f"| {bare / whole:.3f} |",
            flush=True,
        )
    print(f"\nratio, median: {sorted(ratios)[len(ratios) // 2]:.3f}")


def _memory(rows: list[dict[str, str]], count: int, work: Path) -> None:
    folder = work / f"of-{count}"
    short = [{**row, "text": row["text"][:MEMORY_CHARS]} for row in rows]
    _write(short, count, folder)
    started = time.perf_counter()
    done = subprocess.run(  # noqa: S603  this program
        [sys.executable, "-c", MEASURE, folder, work / f"library-{count}" / "library.db"],
        capture_output=True,
        text=True,
        check=True,
    )
    added, own, workers = map(int, done.stdout.split())
    spent = time.perf_counter() - started
    print(
        f"{added:,} articles: {own / 1024:.0f} MB at most, and {workers / 1024:.0f} MB in the "
        f"largest of the processes that read; {spent:.0f} s",
        flush=True,
    )


def fill(folder: Path, library: Path, embedder: Embedder | None = None) -> int:
    """Ingest a folder into a new library; return how many articles were added."""
    embedder = embedder or Embedder.load(threads=os.cpu_count() or 1)
    report = IngestReport()
    with ArticleStore.open(library) as store:
        ingest(find_files([folder]), store, embedder.encode, report=report)
    return report.added


def _write(rows: list[dict[str, str]], count: int, folder: Path) -> None:
    folder.mkdir(parents=True)
    for number, row in zip(range(count), itertools.cycle(rows), strict=False):
        paragraphs = [f"Report {number}.", *row["text"].split("\n")]
        if number % 2:
            body = "".join(f"<p>{html.escape(paragraph)}</p>" for paragraph in paragraphs)
            page = (
                f"<html><title>{html.escape(row['title'])}</title><article>{body}</article></html>"
            )
            (folder / f"{number:05}.html").write_text(page, encoding="utf-8")
        else:
            text = f"Title: {row['title']}\nSource: {number}\n\n" + "\n".join(paragraphs)
            (folder / f"{number:05}.txt").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
