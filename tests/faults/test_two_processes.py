"""One process writes while another reads: each article is seen whole or not at all."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

from corpus.segmentation.splitter import passages
from corpus.storage.store import ArticleStore
from retrieval.index.index import Index

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 4


def test_a_reader_sees_whole_articles_while_another_process_writes(tmp_path: Path):
    path = tmp_path / "library.db"
    ArticleStore.open(path).close()
    seen: set[int] = set()
    with (
        subprocess.Popen(
            [sys.executable, "-m", "tests.faults.work", str(path), "5"],
            stdout=subprocess.DEVNULL,
            cwd=ROOT,
        ) as writer,
        ArticleStore.open_to_read(path) as store,
    ):
        try:
            index = Index(store, path)
            until = time.monotonic() + SECONDS
            while time.monotonic() < until:
                with store.snapshot():
                    assert_whole(store, index)
                    seen.add(store.changes())
                index.refresh()  # between snapshots too, as the bot does
        finally:
            writer.kill()
    assert len(seen) > 5, "the writer has not written while it was read"


def assert_whole(store: ArticleStore, index: Index) -> None:
    index.refresh()
    found: dict[str, list[str]] = defaultdict(list)
    with_word: dict[str, set[int]] = defaultdict(set)
    for passage in store.passages_after(0):
        found[passage.title].append(passage.text)
        with_word[passage.text.split()[5].strip(".")].add(passage.id)
    expected = {}
    for info in store.articles():
        article = store.article(info.id)
        assert article is not None
        expected[info.title] = [passage.text for passage in passages(article.text)]
    assert found == expected
    for word, ids in with_word.items():
        assert {number for number, _ in index.search_by_words(word, 1000)} == ids
