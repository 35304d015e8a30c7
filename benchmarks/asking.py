"""Measures the milliseconds of each stage from a question to its answer, in a large library.

    python -m benchmarks.asking PASSAGES VECTORS QUESTIONS.jsonl --count N --work FOLDER

The passages are those of benchmarks/scale.py. Each sentence gets its passage's vector with noise.
Only time is measured, and the reader reads as many sentences as it would in a real library.
"""

from __future__ import annotations

import argparse
import json
from contextlib import closing
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.scale import NOISE, Row, Scale
from corpus.article import Article, ArticleInfo, Passage, Sentence
from corpus.ingestion.embedding import recipe
from corpus.segmentation.splitter import sentences
from corpus.storage.store import ArticleStore, Embedded
from retrieval.answering.pipeline import Asking
from retrieval.encoders.embedder import Embedder
from retrieval.evaluation.machine import machine
from retrieval.index import snapshots
from retrieval.index.library import Library
from retrieval.query.question import Question

_BATCH = 200  # articles in a transaction


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("passages", "vectors", "questions"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--work", type=Path, required=True)
    given = parser.parse_args()
    embedder = Embedder.load()
    path = given.work / f"asking-{given.count}" / "library.db"
    if not path.exists():
        # It takes vectors of questions too; here the pipeline embeds each question.
        load(Scale(given.passages, given.vectors, given.vectors, given.count, given.work), path)
        with ArticleStore.open(path) as store:
            store.set_stamp("recipe", recipe(embedder.identity))
        snapshots.make_snapshot(path)
    lines = given.questions.read_text(encoding="utf-8").splitlines()
    with closing(Asking(Library.open(path, embedder), embedder)) as asking:
        asking.ask(Question.of("Is this the first question?"))
        times = [asking.ask(Question.of(json.loads(line)["question"])).timings_ms for line in lines]
    print(f"{machine()}\n\n| stage | ms p50 | ms p95 |\n|---|---:|---:|")
    for stage in times[0]:
        p50, p95 = np.percentile([one[stage] for one in times], (50, 95))
        print(f"| {stage} | {p50:.1f} | {p95:.1f} |")


def load(scale: Scale, path: Path) -> None:
    draw = np.random.default_rng(3)
    grouped = (list(group) for _, group in groupby(scale.rows(), lambda row: row.article))
    with ArticleStore.open(path) as store:
        while batch := [rows for _, rows in zip(range(_BATCH), grouped, strict=False)]:
            with store.together():
                for rows in batch:
                    store.put(*_article(rows, draw))


def _article(rows: list[Row], draw: np.random.Generator) -> tuple[Article, list[Embedded]]:
    text, made = "", []
    for row in rows:
        start = len(text)
        text += f"{row.text}\n\n"
        found = tuple(Sentence(start + s.start, start + s.end, s.text) for s in sentences(row.text))
        passage = Passage(start, start + len(row.text), row.text, found)
        made.append(Embedded(passage, row.embedding, _near(row.embedding, len(found), draw)))
    info = ArticleInfo(rows[0].article, 1, rows[0].title, source=rows[0].source)
    return Article(info, text), made


def _near(row: NDArray[np.float32], count: int, draw: np.random.Generator) -> NDArray[np.float32]:
    near = row + draw.normal(0, NOISE, (count, len(row))).astype(np.float32)
    unit: NDArray[np.float32] = near / np.linalg.norm(near, axis=1, keepdims=True)
    return unit


if __name__ == "__main__":
    main()
