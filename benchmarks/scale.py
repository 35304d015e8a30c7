"""Makes many passages with vectors, to measure how search time grows with their number.

They come from a .jsonl.xz with article_id, title and text in each line, and a .npy of unit rows in
the same order. If more are asked for than there are, each passage comes again, with a number
before its text and noise in its vector.
"""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SOURCES = 100  # of which a filter keeps one
NOISE = 0.02  # in each number of a vector; unit rows of 384 numbers turn by some 20 degrees
TOP = 20


@dataclass(frozen=True, slots=True)
class Row:
    """A passage; `number` counts from 0, and passages of one article share `article`."""

    number: int
    article: str
    title: str
    text: str
    source: str
    embedding: NDArray[np.float32]


class Scale:
    """`count` passages; files that are made for them stay in the folder `work`."""

    def __init__(self, passages: Path, vectors: Path, questions: Path, count: int, work: Path):
        self.count = count
        self._passages = passages
        self._work = work
        work.mkdir(parents=True, exist_ok=True)
        self.vectors = self._made(vectors)
        self.questions: NDArray[np.float32] = np.load(questions).astype(np.float32)

    def _made(self, vectors: Path) -> NDArray[np.float16]:
        file = self._work / f"vectors-{self.count}.npy"
        if not file.exists():
            given = np.load(vectors, mmap_mode="r")
            out = np.lib.format.open_memmap(file, "w+", np.float16, (self.count, given.shape[1]))
            draw = np.random.default_rng(0)
            for start in range(0, self.count, len(given)):
                part = given[: self.count - start].astype(np.float32)
                if start:
                    part += draw.normal(0, NOISE, part.shape).astype(np.float32)
                    part /= np.linalg.norm(part, axis=1, keepdims=True)
                out[start : start + len(part)] = part
            out.flush()
        loaded: NDArray[np.float16] = np.load(file, mmap_mode="r")
        return loaded

    def _texts(self) -> Iterator[tuple[str, str, str, int]]:
        copy = 0
        while True:
            with lzma.open(self._passages, "rt", encoding="utf-8") as lines:
                found = map(json.loads, lines)
                for number, (_, group) in enumerate(groupby(found, lambda one: one["article_id"])):
                    for one in group:
                        text = f"{copy} {one['text']}" if copy else one["text"]
                        yield f"{copy}-{number}", one["title"] or "untitled", text, number
            copy += 1

    def rows(self) -> Iterator[Row]:
        for number, (article, title, text, of) in enumerate(islice(self._texts(), self.count)):
            row = self.vectors[number].astype(np.float32)
            yield Row(number, article, title, text, f"source {of % SOURCES}", row)

    def truth(self) -> NDArray[np.int64]:
        """The numbers of the TOP passages nearest to each question, by an exact scan."""
        file = self._work / f"truth-{self.count}.npy"
        if not file.exists():
            best = np.zeros((len(self.questions), 0), np.float32)
            where = np.zeros((len(self.questions), 0), np.int64)
            for start in range(0, self.count, 50_000):
                part = self.vectors[start : start + 50_000].astype(np.float32)
                best = np.concatenate([best, self.questions @ part.T], axis=1)
                here = np.arange(start, start + len(part))[None, :]
                where = np.concatenate([where, here.repeat(len(where), 0)], axis=1)
                at = np.argsort(-best, axis=1)[:, :TOP]
                best = np.take_along_axis(best, at, 1)
                where = np.take_along_axis(where, at, 1)
            np.save(file, where)
        loaded: NDArray[np.int64] = np.load(file)
        return loaded

    def words(self) -> list[str]:
        """Five words of a random passage for each question."""
        file = self._work / f"words-{self.count}.json"
        if not file.exists():
            draw = np.random.default_rng(1)
            wanted = set(draw.choice(self.count, min(self.count, 2 * len(self.questions)), False))
            found = []
            for number, (_, _, text, _) in enumerate(islice(self._texts(), self.count)):
                words = [word for word in text.split() if len(word) > 4 and word.isalpha()]
                if number in wanted and len(words) > 6:
                    found.append(" ".join(draw.choice(words, 5, replace=False)))
            file.write_text(json.dumps(found[: len(self.questions)]), encoding="utf-8")
        loaded: list[str] = json.loads(file.read_text(encoding="utf-8"))
        return loaded
