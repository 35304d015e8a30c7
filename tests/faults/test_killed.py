"""kill -9 at random moments: nothing acknowledged is lost, nothing half-written is seen.

FOOTNOTE_TEST_KILLS says how often; CI does it 200 times.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from corpus.segmentation.splitter import passages
from corpus.storage.maintenance import verify
from corpus.storage.store import ArticleStore
from retrieval.index.index import Index
from retrieval.index.prefilter import Selection
from tests.faults.work import row, text_of

ROOT = Path(__file__).resolve().parents[2]
KILLS = int(os.environ.get("FOOTNOTE_TEST_KILLS", "8"))


def killed(path: Path, seed: int, after_s: float) -> list[list[str]]:
    """What the program said before it was killed, line by line, as words."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.faults.work", str(path), str(seed)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        assert process.stdout is not None
        said = [process.stdout.readline()]
        time.sleep(after_s)
        process.kill()
        said += process.stdout.readlines()
        process.wait()
        assert process.returncode < 0, "it ended before it was killed"
    return [line.split() for line in said if line.endswith("\n")]


def test_killed_at_random_moments(tmp_path: Path):
    path = tmp_path / "library.db"
    draw = random.Random(7)  # noqa: S311  no secret
    held: dict[int, tuple[int, ...]] = {}  # the editions of each article that may be there
    for seed in range(KILLS):
        said = killed(path, seed, draw.uniform(0.0, 0.6))
        begun: list[str] | None = None
        for line in said:
            begun = line[1:] if line[0] == "begin" else None
            if line[:2] == ["done", "put"]:
                held[int(line[2])] = (int(line[3]),)
            elif line[:2] == ["done", "forget"]:
                held[int(line[2])] = (-1,)
            elif line[:2] == ["done", "backup"]:
                assert all(check.ok for check in verify(path.parent / line[2]))
        if begun and begun[0] in ("put", "forget"):  # the last may have been done or not
            name, edition = int(begun[1]), int(begun[2])
            held[name] = (*held.get(name, (-1,)), edition if begun[0] == "put" else -1)
        assert_whole(path, held)


def assert_whole(path: Path, held: dict[int, tuple[int, ...]]) -> None:
    wrong = [check for check in verify(path) if not check.ok]
    assert not wrong
    with ArticleStore.open(path) as store:
        for name, editions in held.items():
            kept = store.article(str(name))
            texts = [None if edition < 0 else text_of(name, edition) for edition in editions]
            assert (kept.text if kept else None) in texts
            if kept:  # earlier versions still resolve, whole
                for version in range(1, kept.info.version):
                    earlier = store.article(str(name), version)
                    assert earlier is not None
                    assert earlier.text.startswith(f"Report {name} of ")
        expected = [
            p.text for info in store.articles() for p in passages(store.article(info.id).text)
        ]
        stored = list(store.passages_after(0))
        assert sorted(p.text for p in stored) == sorted(expected)
        index = Index(store, path)
        index.refresh()
        asked = row(1)
        found = index.search_by_meaning(
            asked, len(stored) + 1, Selection(np.array([p.id for p in stored], np.int64))
        )
        assert {number for number, _ in found} == {p.id for p in stored}
        for digit in range(7):
            truth = {p.id for p in stored if f"word{digit}" in p.text}
            found = index.search_by_words(f"word{digit}", len(stored) + 1)
            assert {number for number, _ in found} == truth
