"""Measures how long a search engine takes to load passages with vectors, and to answer.

    python -m benchmarks.search load ENGINE PASSAGES VECTORS QUESTIONS --count N --work FOLDER
    python -m benchmarks.search ask  ENGINE PASSAGES VECTORS QUESTIONS --count N --work FOLDER

Loading and asking are two processes, so that the engine is opened again before it is asked. Each
appends a line of JSON, with times in milliseconds, to FOLDER/results.jsonl. See
benchmarks/scale.py for the data and benchmarks/compare.py for all engines in one run.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.engines import Engine
from benchmarks.scale import SOURCES, TOP, Row, Scale

MOST_S = 20  # spent on one kind of question at most
SOURCE = f"source {SOURCES // 3}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["load", "ask"])
    parser.add_argument("engine")
    for name in ("passages", "vectors", "questions"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--work", type=Path, required=True)
    given = parser.parse_args()
    scale = Scale(given.passages, given.vectors, given.questions, given.count, given.work)
    folder = given.work / f"{given.engine}-{given.count}"
    before = resident_mb()
    engine: Engine = importlib.import_module(f"benchmarks.engines.{given.engine}").Engine(
        folder, given.count
    )
    if given.what == "load":
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        found = load(engine, scale, folder)
        scale.truth(), scale.words()  # kept in files, so that asking need not make them
    else:
        found = ask(engine, scale, before)
    line = {"engine": given.engine, "count": given.count, **found}
    print(json.dumps(line), flush=True)
    with (given.work / "results.jsonl").open("a", encoding="utf-8") as results:
        results.write(json.dumps(line) + "\n")


def load(engine: Engine, scale: Scale, folder: Path) -> dict[str, Any]:
    rows = list(scale.rows())  # so that reading them is not timed
    started = time.perf_counter()
    engine.load(iter(rows))
    took = time.perf_counter() - started
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    return {"passages_per_s": scale.count / took, "files_mb": size / 1e6}


def ask(engine: Engine, scale: Scale, before: float) -> dict[str, Any]:
    truth, words = scale.truth(), scale.words()
    started = time.perf_counter()
    engine.open()
    found: dict[str, Any] = {"open_s": time.perf_counter() - started}
    asked = list(zip(scale.questions, words, strict=False))
    hits: list[float] = []

    def vector(number: int, source: str | None = None) -> list[int]:
        return engine.vector(asked[number][0], TOP, source)

    def both(number: int, source: str | None = None) -> list[int]:
        by_words = engine.words(asked[number][1], TOP, source) if engine.by_words else []
        return [*vector(number, source), *by_words]

    def recalled(number: int) -> None:
        hits.append(len({*vector(number)} & {*truth[number].tolist()}) / TOP)

    found["vector"] = timed(recalled, len(asked))
    found["recall"] = float(np.mean(hits))
    if engine.by_words:
        found["words"] = timed(lambda n: engine.words(asked[n][1], TOP, None), len(asked))
    found["hybrid"] = timed(both, len(asked))
    found["resident_mb"] = resident_mb() - before
    if engine.filters:
        found["filtered"] = timed(lambda n: both(n, SOURCE), len(asked))
        found["filtered_vector"] = timed(lambda n: vector(n, SOURCE), len(asked))
        kept = [len(vector(number, SOURCE)) for number in range(min(50, len(asked)))]
        found["returned"] = float(np.mean(kept))
    fresh = additions(scale)
    found["add"] = timed(lambda n: add(engine, next(fresh)), 50)
    return found


def additions(scale: Scale) -> Iterator[list[Row]]:
    """Articles of ten passages; each passage has a word that no other has."""
    draw = np.random.default_rng(2)
    number = scale.count
    while True:
        vectors = draw.normal(size=(10, scale.vectors.shape[1])).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        article = f"new-{number}"
        text = f"Quibblefrotz{number} was seen by nobody at all."
        yield [Row(number + i, article, "New", text, SOURCE, row) for i, row in enumerate(vectors)]
        number += 10


def add(engine: Engine, rows: list[Row]) -> None:
    engine.add(rows)
    assert engine.vector(rows[0].embedding, 1, None) == [rows[0].number]  # noqa: S101


def timed(work: Callable[[int], object], count: int) -> dict[str, float]:
    times: list[float] = []
    began = time.perf_counter()
    for number in range(count):
        started = time.perf_counter()
        work(number)
        times.append((time.perf_counter() - started) * 1000)
        if time.perf_counter() - began > MOST_S:
            break
    p50, p95 = np.percentile(times, (50, 95))
    return {"p50": float(p50), "p95": float(p95), "times": len(times)}


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    main()
