"""Makes the vectors that benchmarks/search.py wants; 100,000 passages take most of an hour.

    python -m benchmarks.embed passages PASSAGES.jsonl.xz VECTORS.npy
    python -m benchmarks.embed sentences LIBRARY.db QUESTIONS.npy

The questions are sentences of a library, as embedded there: texts as short as questions.
"""

from __future__ import annotations

import argparse
import json
import lzma
import os
from pathlib import Path

import numpy as np

from corpus.store import ArticleStore
from retrieval.embedder import Embedder

_AT_ONCE = 1000
_QUESTIONS = 300


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["passages", "sentences"])
    parser.add_argument("source", type=Path)
    parser.add_argument("out", type=Path)
    given = parser.parse_args()
    if given.what == "sentences":
        with ArticleStore.open_to_read(given.source) as store:
            draw = np.random.default_rng(0)
            ids = [passage.id for passage in store.passages_after(0)]
            chosen = draw.choice(ids, min(_QUESTIONS, len(ids)), replace=False)
            np.save(given.out, store.sentence_embeddings([int(number) for number in chosen]))
        return
    embedder = Embedder.load(threads=os.cpu_count() or 1)
    with lzma.open(given.source, "rt", encoding="utf-8") as lines:
        texts = [f"{one['title'] or ''}\n{one['text']}" for one in map(json.loads, lines)]
    made = []
    for start in range(0, len(texts), _AT_ONCE):
        made.append(embedder.encode(texts[start : start + _AT_ONCE]).astype(np.float16))
        print(f"{start:,} of {len(texts):,}", flush=True)
    np.save(given.out, np.concatenate(made))


if __name__ == "__main__":
    main()
