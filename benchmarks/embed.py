"""Makes the vectors for benchmarks/search.py; 100,000 passages take a quarter of an hour.

python -m benchmarks.embed passages  PASSAGES.jsonl.xz VECTORS.npy
python -m benchmarks.embed questions QUESTIONS.jsonl   QUESTIONS.npy
"""

from __future__ import annotations

import argparse
import json
import lzma
import os
from pathlib import Path

import numpy as np

from benchmarks.rows import rows
from retrieval.encoders.embedder import Embedder

_AT_ONCE = 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["passages", "questions"])
    parser.add_argument("source", type=Path)
    parser.add_argument("out", type=Path)
    given = parser.parse_args()
    embedder = Embedder.load(threads=os.cpu_count() or 1)
    made = []
    texts = _passages(given.source) if given.what == "passages" else _questions(given.source)
    for start in range(0, len(texts), _AT_ONCE):
        made.append(embedder.encode(texts[start : start + _AT_ONCE]).astype(np.float16))
        print(f"{start:,} of {len(texts):,}", flush=True)
    np.save(given.out, np.concatenate(made))


def _passages(file: Path) -> list[str]:
    with lzma.open(file, "rt", encoding="utf-8") as lines:
        return [f"{one['title'] or ''}\n{one['text']}" for one in map(json.loads, lines)]


def _questions(file: Path) -> list[str]:
    return [one["question"] for one in rows(file)]


if __name__ == "__main__":
    main()
