"""The store: whole articles or none, versions that stay, and sentences for what goes wrong."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from corpus.article import Article, ArticleInfo
from corpus.errors import StoreError
from corpus.segmentation.splitter import passages
from corpus.storage.store import ArticleStore, Embedded, Outcome, Stored


def article(text: str, article_id: str = "a", **facts: str) -> Article:
    return Article(ArticleInfo(article_id, 1, facts.pop("title", "A"), **facts), text)


def embedded(article: Article) -> list[Embedded]:
    row = np.array([1, 0], np.float32)
    return [
        Embedded(p, row, np.array([[0, 1]] * len(p.sentences), np.float32))
        for p in passages(article.text)
    ]


def put(store: ArticleStore, made: Article) -> Article:
    return store.put(made, embedded(made)).article


def texts(store: ArticleStore) -> list[str]:
    return [passage.text for passage in store.passages_after(0)]


@pytest.fixture
def store() -> Iterator[ArticleStore]:
    with ArticleStore.in_memory() as made:
        yield made


def test_what_was_put_is_found_again(store: ArticleStore):
    text = "He left 👩🏽‍🚀. Café e\u0301.\r\n" + "She stayed. " * 90
    facts = {"url": "https://a.example", "published": "2021-03-17", "updated": "2021-03-18"}
    put(store, article(text, **facts))
    kept = store.article("a")
    assert kept is not None
    assert kept == article(text, **facts)
    stored = list(store.passages_after(0))
    assert [p.text for p in stored] == [p.text for p in passages(text)]
    assert all(p.embedding.tolist() == [1, 0] for p in stored)
    found = store.sentences([p.id for p in stored])
    assert [(s.start, s.end, s.text) for s in found] == [
        (s.start, s.end, s.text) for p in passages(text) for s in p.sentences
    ]
    assert all(kept.text[s.start : s.end] == s.text for s in found)


def test_a_changed_article_is_a_new_version_and_the_old_one_stays(store: ArticleStore):
    put(store, article("Twelve were hurt."))
    changed = put(store, article("Fourteen were hurt."))
    assert changed.info.version == 2
    assert store.article("a", 1) == article("Twelve were hurt.")
    assert store.article("a") == changed
    assert texts(store) == ["Fourteen were hurt."]
    assert store.dropped_since(1) == [(1, 1)]
    assert store.count() == 1


def test_the_same_article_again_changes_nothing(store: ArticleStore):
    first = put(store, article("Twelve were hurt."))
    before = store.changes()
    assert put(store, article("Twelve were hurt.", origin="elsewhere")) == first
    assert store.changes() == before


def test_a_fact_that_changed_is_a_new_version(store: ArticleStore):
    put(store, article("Twelve were hurt."))
    assert put(store, article("Twelve were hurt.", title="B")).info.version == 2


def test_another_date_amends_the_version_and_keeps_its_passages(store: ArticleStore):
    put(store, article("Twelve were hurt.", published="2026-03-17", origin="a.html"))
    ids = [passage.id for passage in store.passages_after(0)]
    before = store.changes()
    dates = {"published": "2026-03-17", "updated": "2026-03-18", "language": "en"}
    expected = article("Twelve were hurt.", origin="a.html", **dates)
    assert put(store, article("Twelve were hurt.", **dates)) == expected
    assert store.article("a") == expected
    assert [passage.id for passage in store.passages_after(0)] == ids
    assert store.changes() == before + 1


def test_a_write_says_what_it_did(store: ArticleStore):
    first, dated = article("Twelve were hurt."), article("Twelve were hurt.", updated="2026-03-18")
    assert store.refresh(first) is None
    assert store.put(first, embedded(first)) == Stored(first, None, Outcome.ADDED)
    assert store.put(first, embedded(first)) == Stored(first, first, Outcome.UNCHANGED)
    assert store.refresh(first) == Stored(first, first, Outcome.UNCHANGED)
    assert store.refresh(dated) == Stored(dated, first, Outcome.CHANGED)
    other = article("Fourteen were hurt.")
    assert store.refresh(other) is None
    stored = store.put(other, embedded(other))
    assert (stored.before, stored.outcome, stored.is_new_version) == (dated, Outcome.CHANGED, True)
    assert stored.article.info.version == 2


def test_a_failure_half_way_leaves_the_article_as_it_was(store: ArticleStore):
    before = put(store, article("Twelve were hurt."))
    broken = embedded(article("Fourteen were hurt. Two died."))
    broken[0] = Embedded(broken[0].passage, broken[0].embedding, np.zeros((1, 2), np.float32))
    with pytest.raises(ValueError, match="shorter"):
        store.put(article("Fourteen were hurt. Two died."), broken)
    assert store.article("a") == before
    assert texts(store) == ["Twelve were hurt."]


def test_what_is_put_together_is_seen_together_or_not_at_all(tmp_path: Path):
    path = tmp_path / "library.db"
    with ArticleStore.open(path) as writer, ArticleStore.open_to_read(path) as reader:
        with writer.together():
            put(writer, article("One.", "a"))
            put(writer, article("Two.", "b"))
            assert reader.count() == 0
        assert reader.count() == 2
        with suppress(KeyboardInterrupt), writer.together():
            put(writer, article("Three.", "c"))
            raise KeyboardInterrupt
        assert [info.id for info in writer.articles()] == ["a", "b"]


def test_a_reader_beside_a_writer_sees_whole_articles(tmp_path: Path):
    path = tmp_path / "library.db"
    with ArticleStore.open(path) as writer, ArticleStore.open_to_read(path) as reader:
        put(writer, article("One.", "a"))
        seen = reader.changes()
        put(writer, article("Two.", "b"))
        assert reader.changes() == seen + 1
        assert [info.id for info in reader.articles()] == ["a", "b"]


def test_a_snapshot_is_of_one_moment(tmp_path: Path):
    path = tmp_path / "library.db"
    with ArticleStore.open(path) as writer, ArticleStore.open_to_read(path) as reader:
        put(writer, article("Twelve were hurt."))
        with reader.snapshot():
            ids = [passage.id for passage in reader.passages_after(0)]
            put(writer, article("Fourteen were hurt."))
            (seen,) = reader.sentences(ids)
            assert (seen.text, seen.article.version) == ("Twelve were hurt.", 1)
        assert texts(reader) == ["Fourteen were hurt."]


WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from tests.corpus.storage.test_store import article, put
from corpus.storage.store import ArticleStore
store = ArticleStore.open(Path(sys.argv[1]))
for number in range(100_000):
    put(store, article(f"Report {number}. " + "More of it. " * 200, str(number)))
    print(number, flush=True)
"""


def test_a_killed_writer_loses_nothing_that_it_reported(tmp_path: Path):
    path, root = tmp_path / "library.db", Path(__file__).resolve().parents[3]
    for _ in range(3):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), str(root)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        reported = [process.stdout.readline() for _ in range(15)]
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        reported += process.stdout.readlines()
        process.stdout.close()
        store = ArticleStore.open(path)
        assert store.count() >= len(reported)
        for info in store.articles():
            kept = store.article(info.id)
            assert kept is not None
            assert kept.text.startswith(f"Report {info.id}. ")
        per_article = len(passages(f"Report 1. {'More of it. ' * 200}"))
        assert store.passage_count() == per_article * store.count()
        store.close()


def test_a_file_that_is_no_library_is_refused(tmp_path: Path):
    path = tmp_path / "library.db"
    path.write_bytes(b"These are not the articles that you are looking for. " * 99)
    for opened in (ArticleStore.open, ArticleStore.open_to_read):
        with pytest.raises(StoreError, match="the file is damaged; put a backup in its place"):
            opened(path)
    assert path.read_bytes().startswith(b"These")


def test_a_library_of_a_later_release_is_refused(tmp_path: Path):
    path = tmp_path / "library.db"
    ArticleStore.open(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    for opened in (ArticleStore.open, ArticleStore.open_to_read):
        with pytest.raises(StoreError, match="a later release of Footnote; install that one"):
            opened(path)


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="make the folder writable or set FOOTNOTE_DATA_DIR"):
        ArticleStore.open(tmp_path / "file" / "library.db")
