"""The index: equal to the truth after every change, whole or left aside, never stale."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from corpus.article import Article, ArticleInfo
from corpus.errors import StoreError
from corpus.ingestion.embedding import recipe
from corpus.segmentation.splitter import passages
from corpus.storage.store import ArticleStore, Embedded, derived_folder
from retrieval.index import snapshots, vectors
from retrieval.index.index import Index
from retrieval.index.library import Library
from retrieval.index.prefilter import Selection

WIDTH = 16
WORDS = "envoy bridge storm river council budget harbour train".split()


def row(*seed: int) -> np.ndarray:
    made = np.random.default_rng(seed).normal(size=WIDTH).astype(np.float32)
    return made / np.linalg.norm(made)


def put(store: ArticleStore, name: int, edition: int = 0, sentences: int = 30) -> None:
    words = [WORDS[(name + edition + i) % len(WORDS)] for i in range(3)]
    text = " ".join(f"The {words[i % 3]} number {name} was seen {i}." for i in range(sentences))
    made = Article(ArticleInfo(str(name), 1, f"Report {name} of {edition}"), text)
    store.put(
        made,
        [
            Embedded(
                p, row(name, edition, p.start), np.array([row(name, s.start) for s in p.sentences])
            )
            for p in passages(text)
        ],
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "library.db"


@pytest.fixture
def store(path: Path) -> Iterator[ArticleStore]:
    with ArticleStore.open(path) as made:
        yield made


def ids(found: vectors.Hits) -> list[int]:
    return [passage_id for passage_id, _ in found]


def assert_equal_to_truth(found: Index, store: ArticleStore) -> None:
    """Both searches give what reading every passage gives."""
    found.refresh()
    stored = list(store.passages_after(0))
    for seed in range(3):
        asked = row(seed, 99)
        cosines = sorted(
            ((float(p.embedding.astype(np.float32) @ asked), -p.id) for p in stored), reverse=True
        )
        assert ids(found.search_by_meaning(asked, 20)) == [-number for _, number in cosines[:20]]
    for word in WORDS:
        truth = {p.id for p in stored if word in p.text}
        assert set(ids(found.search_by_words(f"which {word}?", len(stored) + 1))) == truth
        some = found.search_by_words(word, 5)
        assert len(some) == min(5, len(truth))
        assert [score for _, score in some] == sorted((s for _, s in some), reverse=True)
        half = Selection(np.array([p.id for p in stored if p.id % 2], np.int64))
        within = set(ids(found.search_by_words(word, len(stored) + 1, half)))
        assert within == {number for number in truth if number % 2}
    half = Selection(np.array([p.id for p in stored if p.id % 2], np.int64))
    assert set(ids(found.search_by_meaning(row(5), len(half.ids), half))) == set(half.ids.tolist())


def change(store: ArticleStore) -> None:
    put(store, 1, edition=1)
    put(store, 2, edition=1, sentences=90)
    store.forget("3")
    put(store, 500)


@pytest.mark.parametrize("made", [False, True])
def test_the_index_follows_every_change(store: ArticleStore, path: Path, made: bool):
    for name in range(12):
        put(store, name)
    if made:
        assert snapshots.make_snapshot(path)
    found = Index(store, path)
    assert_equal_to_truth(found, store)
    assert (found.manifest is not None) == made
    put(store, 1, edition=1)
    put(store, 2, edition=1, sentences=90)
    put(store, 2, edition=2, sentences=5)
    put(store, 500)
    assert_equal_to_truth(found, store)
    assert_equal_to_truth(Index(store, path), store)


def test_a_new_snapshot_is_taken_over_while_serving(store: ArticleStore, path: Path):
    for name in range(12):
        put(store, name)
    found = Index(store, path)
    found.refresh()
    assert found.tail == store.passage_count()
    with ArticleStore.open_to_read(path):
        assert snapshots.make_snapshot(path)
    put(store, 12)
    assert_equal_to_truth(found, store)
    assert found.manifest is not None
    assert found.tail == len(passages(store.article("12").text))
    assert snapshots.make_snapshot(path)
    found.refresh()
    assert found.tail == 0
    assert len([f for f in derived_folder(path).iterdir() if f.is_dir()]) == 1


def test_forgetting_removes_what_was_derived(store: ArticleStore, path: Path):
    for name in range(12):
        put(store, name)
    snapshots.make_snapshot(path)
    found = Index(store, path)
    found.refresh()
    change(store)
    assert not derived_folder(path).exists()
    assert_equal_to_truth(found, store)
    assert snapshots.make_snapshot(path)
    assert_equal_to_truth(found, store)
    assert_equal_to_truth(Index(store, path), store)


def test_an_article_forgotten_while_a_snapshot_is_made_is_not_in_it(
    store: ArticleStore, path: Path, monkeypatch: pytest.MonkeyPatch
):
    for name in range(5):
        put(store, name)
    real = snapshots.bm25.mean_term_count

    def forget_meanwhile(texts: list[str]) -> float:
        monkeypatch.setattr(snapshots.bm25, "mean_term_count", real)
        monkeypatch.setattr("corpus.storage.sqlite.library.BUSY_TIMEOUT_S", 0)
        with ArticleStore.open(path) as other, pytest.raises(StoreError, match="still reading"):
            other.forget("3")
        return real(texts)

    monkeypatch.setattr(snapshots.bm25, "mean_term_count", forget_meanwhile)
    assert not snapshots.make_snapshot(path)
    assert snapshots.newest_name(path) is None
    assert snapshots.make_snapshot(path)
    assert_equal_to_truth(Index(store, path), store)


FILES = ["rows", "ids", "embedded", "manifest.json", "words/meta.json", "words/*.idx", "codes"]


@pytest.mark.parametrize("harm", ["missing", "cut", "flipped"])
@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_never_answered_from(
    store: ArticleStore,
    path: Path,
    name: str,
    harm: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):
    monkeypatch.setattr(vectors, "EXACT_UP_TO", 300)
    for number in range(400):
        put(store, number, sentences=3)
    assert snapshots.make_snapshot(path)
    (folder,) = (f for f in derived_folder(path).iterdir() if f.is_dir())
    (file,) = folder.glob(name)
    data = bytearray(file.read_bytes())
    if harm == "missing":
        file.unlink()
    elif harm == "cut":
        file.write_bytes(data[:-1])
    else:
        data[len(data) // 2] ^= 4
        file.write_bytes(data)
    found = Index(store, path)
    assert_equal_to_truth(found, store)
    assert found.manifest is None
    assert "is left aside, and made again" in caplog.text
    assert snapshots.make_snapshot(path)
    found.refresh()
    assert found.manifest is not None


def test_a_snapshot_of_another_history_is_not_used(store: ArticleStore, path: Path, tmp_path: Path):
    for number in range(5):
        put(store, number)
    snapshots.make_snapshot(path)
    other = tmp_path / "other" / "library.db"
    with ArticleStore.open(other) as second:
        for number in range(5, 10):
            put(second, number)
        shutil.copytree(derived_folder(path), derived_folder(other))
        found = Index(second, other)
        assert_equal_to_truth(found, second)
        assert found.manifest is None
        store.set_stamp("recipe", "another embedder")
        mine = Index(store, path)
        mine.refresh()
        assert mine.manifest is None


def test_a_large_library_is_quantised_and_keeps_its_recall(
    store: ArticleStore, path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(vectors, "EXACT_UP_TO", 1000)
    for number in range(1200):
        put(store, number, sentences=3)
    snapshots.make_snapshot(path)
    found = Index(store, path)
    found.refresh()
    assert found.manifest is not None
    assert found.manifest.proposed > 0
    assert found.manifest.recall >= vectors.RECALL
    store.forget("7")
    put(store, 8, edition=1)
    assert_equal_to_truth(found, store)
    wanted = Selection(np.array([p.id for p in store.passages_after(0)][::100], np.int64))
    assert set(ids(found.search_by_meaning(row(1), len(wanted.ids), wanted))) == set(
        wanted.ids.tolist()
    )


def test_opening_far_behind_makes_a_snapshot_first(
    store: ArticleStore,
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):
    monkeypatch.setattr(snapshots, "MOST", 10)
    for number in range(12):
        put(store, number)
    found = Index(store, path)
    found.prepare()
    assert "is made first, for 24 passages" in caplog.text
    assert found.manifest is not None
    assert_equal_to_truth(found, store)


def test_only_one_makes_a_snapshot_at_a_time(store: ArticleStore, path: Path):
    put(store, 1)
    assert snapshots.make_snapshot(path)
    held = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); "
        "c.execute('BEGIN EXCLUSIVE'); print('held', flush=True); sys.stdin.read()"
    )
    lock = derived_folder(path) / "lock"
    with subprocess.Popen(
        [sys.executable, "-c", held, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        assert not snapshots.make_snapshot(path)
        other.kill()
    assert snapshots.make_snapshot(path)


def test_a_snapshot_that_is_ahead_of_a_reader_is_taken_over_later(store: ArticleStore, path: Path):
    for number in range(5):
        put(store, number)
    with ArticleStore.open_to_read(path) as reader:
        found = Index(reader, path)
        with reader.snapshot():
            before = reader.passage_count()
            put(store, 5)
            assert snapshots.make_snapshot(path)
            found.refresh()
            assert found.manifest is None
            assert found.tail == before
        assert_equal_to_truth(found, reader)
        assert found.manifest is not None


class _Embedder:
    identity = "none"


def test_the_bot_has_snapshots_made_by_another_process(
    store: ArticleStore, path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(snapshots, "FIRST", 5)
    for number in range(12):
        put(store, number)
    store.set_stamp("recipe", recipe("none"))
    with closing(Library.open(path, _Embedder())) as library:
        assert library.refresh_index().manifest is None
        library.rebuild_index_if_due()
        put(store, 12)
        library.rebuild_index_if_due()
        deadline = time.monotonic() + 60
        while snapshots.newest_name(path) is None and time.monotonic() < deadline:
            time.sleep(0.05)
        assert library.refresh_index().manifest is not None
        assert_equal_to_truth(library.refresh_index(), store)


def test_the_log_tells_when_another_index_is_searched(
    store: ArticleStore,
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):
    caplog.set_level("INFO")
    monkeypatch.setattr(vectors, "EXACT_UP_TO", 300)
    found = Index(store, path)
    for number, how in ((100, "exact"), (400, "quantised, recall")):
        for name in range(number):
            put(store, name, sentences=3)
        snapshots.make_snapshot(path)
        found.refresh()
        assert f"{number} passages up to change {number}, {how}" in caplog.text


def test_the_process_that_makes_one_says_in_a_sentence_why_it_could_not(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    assert not snapshots.make_or_warn(tmp_path / "nowhere" / "library.db")
    assert "cannot be used" in caplog.text


@pytest.mark.parametrize("dropped", [1, 5, 24])
def test_words_are_found_in_what_is_left_of_a_small_snapshot(
    store: ArticleStore, path: Path, dropped: int
):
    for name in range(25):
        put(store, name, sentences=1)
    assert snapshots.make_snapshot(path)
    found = Index(store, path)
    found.refresh()
    assert found.manifest is not None
    for name in range(dropped):
        store.remove([str(name)])
    found.refresh()
    assert found.manifest is not None
    for top_k in (1, 20, 30):
        hits = ids(found.search_by_words("seen", top_k))
        assert len(hits) == len(set(hits)) == min(top_k, 25 - dropped)
        half = Selection(np.array([p.id for p in store.passages_after(0)][::2], np.int64))
        assert len(found.search_by_words("seen", top_k, half)) == min(top_k, len(half.ids))
