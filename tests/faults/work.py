"""What is killed: a program that adds, replaces and forgets, makes index snapshots and backups.

It says each thing once it is done, for the test to hold it to.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

import numpy as np

from corpus.article import Article, ArticleInfo
from corpus.segmentation.splitter import passages
from corpus.storage.maintenance import backup
from corpus.storage.store import ArticleStore, Embedded
from retrieval.index import snapshots, vectors

WIDTH = 16
NAMES = 30


def row(*seed: int) -> np.ndarray:
    made = np.random.default_rng(seed).normal(size=WIDTH).astype(np.float32)
    return made / np.linalg.norm(made)


def text_of(name: int, edition: int) -> str:
    """Tells which article and edition it is, in every sentence."""
    word = f"word{edition % 7}"
    return " ".join(f"Report {name} of {edition} says {word}." for _ in range(20 + edition % 50))


def put(store: ArticleStore, name: int, edition: int) -> int:
    text = text_of(name, edition)
    made = Article(ArticleInfo(str(name), 1, f"Report {name}"), text)
    embedded = []
    for passage in passages(text):
        sentences = np.array([row(edition, s.start) for s in passage.sentences])
        embedded.append(Embedded(passage, row(name, edition, passage.start), sentences))
    stored = store.put(made, embedded)
    return stored.article.info.version


def main(path: Path, seed: int) -> None:
    vectors.EXACT_UP_TO = 60  # so that switches to and from it happen
    draw = random.Random(seed)  # noqa: S311  no secret
    with ArticleStore.open(path) as store:
        for step in range(1_000_000):
            name, edition = draw.randrange(NAMES), seed * 1000 + step
            kind = draw.choices(("put", "forget", "make", "backup"), (8, 1, 2, 1))[0]
            print("begin", kind, name, edition, flush=True)
            if kind == "put":
                print("done put", name, edition, put(store, name, edition), flush=True)
            elif kind == "forget":
                store.forget(str(name))
                print("done forget", name, flush=True)
            elif kind == "make":
                snapshots.make_snapshot(path)
            else:
                file = path.parent / f"backup-{edition}"
                backup(path, file)
                print("done backup", file.name, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
