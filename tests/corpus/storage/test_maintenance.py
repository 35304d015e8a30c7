"""Forgetting, migrating, copying, restoring and checking: nothing lost, nothing left behind."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from corpus.errors import StoreError
from corpus.storage.maintenance import backup, restore, stats, verify
from corpus.storage.sqlite import library as sqlite
from corpus.storage.store import ArticleStore
from tests.corpus.storage.test_store import article, embedded, put

SECRET = "Xylophagous quangos"
STEMS = ("xylophag", "quango")  # as the keyword index has them


def everything(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


def holds_secret(folder: Path) -> bool:
    data = everything(folder).lower()
    return any(word.encode() in data for word in (*STEMS, SECRET.lower()))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "libraries" / "default" / "library.db"


def test_what_is_forgotten_is_in_no_file(path: Path):
    with ArticleStore.open(path) as store:
        for number in range(60):
            put(store, article(f"Report {number}. " + "It rained. " * 50, str(number)))
        secret = article(f"{SECRET} dined. " * 400, "s", title=SECRET, url="https://q.example/s")
        row = embedded(secret)
        row[0].embedding[:] = (0.123, 0.456)
        vector = row[0].embedding.astype("float16").tobytes()
        store.put(secret, row)
        put(store, article(f"{SECRET} dined again. " * 300, "s", title=SECRET))
        assert holds_secret(path.parent)
        assert vector in everything(path.parent)
        with ArticleStore.open_to_read(path) as reader:
            assert reader.article("s") is not None
            assert store.forget("s")
            assert reader.article("s") is None
            assert not holds_secret(path.parent)
            assert vector not in everything(path.parent)
        assert store.count() == 60
        assert store.article("s", 1) is None
    assert all(check.ok for check in verify(path))
    assert not holds_secret(path.parent)


def test_forgetting_waits_for_readers_and_says_when_it_cannot_wipe(
    path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_S", 0.1)
    with ArticleStore.open(path) as store, ArticleStore.open_to_read(path) as reader:
        put(store, article(f"{SECRET} dined.", "s"))
        with reader.snapshot():
            assert reader.article("s") is not None
            with pytest.raises(StoreError, match="run the same command again"):
                store.forget("s")
        assert store.article("s") is None
        assert not store.forget("s")
        assert not holds_secret(path.parent)


def test_passages_are_never_numbered_twice(path: Path):
    with ArticleStore.open(path) as store:
        put(store, article("One.", "a"))
        (before,) = store.passages_after(0)
        store.forget("a")
        put(store, article("Two.", "b"))
        (after,) = store.passages_after(0)
    assert after.id > before.id


def library_of_layout_1(path: Path) -> None:
    """As the first release wrote it, with what it left behind in free pages."""
    path.parent.mkdir(parents=True)
    script = (Path(sqlite.__file__).parent / "schema" / "1.sql").read_text()
    row = b"\x00\x3c\x00\x00"  # 1, 0 as float16
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA secure_delete = OFF")  # some builds have it on
        connection.executescript(script)
        connection.execute("INSERT INTO article VALUES ('a', 2)")
        for version, text in ((1, "Twelve were hurt."), (2, "Fourteen were hurt. Two died.")):
            connection.execute(
                "INSERT INTO version (article_id, version, title, text, added_at) "
                "VALUES ('a', ?, 'Storm', ?, '2026-01-01')",
                (version, text),
            )
        connection.execute("INSERT INTO passage VALUES (7, 'a', 2, 0, 29, ?)", (row,))
        connection.execute("INSERT INTO sentence VALUES (7, 0, 19, ?), (7, 20, 29, ?)", (row, row))
        connection.execute(
            "INSERT INTO passage_words (rowid, title, body) SELECT * FROM passage_text"
        )
        connection.execute("CREATE TABLE scratch (x TEXT)")
        connection.execute("INSERT INTO scratch VALUES (?)", (SECRET * 1000,))
        connection.execute("DROP TABLE scratch")
        connection.execute("PRAGMA user_version = 1")
        connection.commit()


@pytest.mark.parametrize("opened", [ArticleStore.open, ArticleStore.open_to_read])
def test_a_library_of_the_first_layout_is_brought_up_to_date(path: Path, opened):
    library_of_layout_1(path)
    assert holds_secret(path.parent)
    with opened(path) as store:
        assert store.article("a", 1).text == "Twelve were hurt."
        assert store.article("a").text == "Fourteen were hurt. Two died."
        assert [s.text for s in store.sentences([7])] == ["Fourteen were hurt.", "Two died."]
        assert [passage.id for passage in store.passages_after(0)] == [7]
        assert store.article("a").info.updated is None
    assert all(check.ok for check in verify(path))
    assert not holds_secret(path.parent)


def test_a_migration_that_fails_leaves_the_library_as_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch
):
    library_of_layout_1(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DELETE FROM version WHERE version = 2")
        connection.commit()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="damaged"):
        ArticleStore.open(path)
    with closing(sqlite3.connect(path)) as connection:
        assert sqlite.schema_version(connection) == 1
        assert connection.execute("SELECT text FROM version").fetchall()
    assert len(before) == path.stat().st_size


def test_a_backup_taken_while_articles_are_added_is_of_one_moment(path: Path, tmp_path: Path):
    stop = threading.Event()
    with ArticleStore.open(path) as store:
        put(store, article("One.", "first"))

        def write() -> None:
            number = 0
            while not stop.is_set():
                put(store, article(f"Report {number}. " + "More of it. " * 99, str(number)))
                number += 1

        writer = threading.Thread(target=write)
        writer.start()
        try:
            made = [backup(path, tmp_path / f"{number}.footnote") for number in range(5)]
        finally:
            stop.set()
            writer.join()
    assert made[0].articles <= made[-1].articles
    assert made[-1].articles > 1
    for number, counted in enumerate(made):
        file = tmp_path / f"{number}.footnote"
        assert stats(file).articles == counted.articles
        assert all(check.ok for check in verify(file))
    assert sorted(file.name for file in tmp_path.iterdir() if file.is_file()) == [
        f"{number}.footnote" for number in range(5)
    ]


def test_a_restored_library_is_the_backed_up_one_with_a_history_of_its_own(
    path: Path, tmp_path: Path
):
    file = tmp_path / "monday.footnote"
    with ArticleStore.open(path) as store:
        put(store, article("One.", "a"))
        backup(path, file)
        put(store, article("Two.", "b"))
        with pytest.raises(StoreError, match="add --replace"):
            restore(file, path)
        assert store.count() == 2
        history = store.stamp("history")
        with ArticleStore.open_to_read(path) as reader:
            assert restore(file, path, replace=True).articles == 1
            assert [info.id for info in reader.articles()] == ["a"]
            assert reader.stamp("history") != history
        put(store, article("Three.", "c"))
        assert store.count() == 2
    other = tmp_path / "other" / "library.db"
    assert restore(file, other).articles == 1
    with pytest.raises(StoreError, match="is there already"):
        backup(path, file)


def test_a_damaged_library_is_moved_aside_for_a_backup(path: Path, tmp_path: Path):
    with ArticleStore.open(path) as store:
        for number in range(50):
            put(store, article(f"Report {number}. " + "It rained. " * 90, str(number)))
        backup(path, tmp_path / "kept")
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 5000] = b"\xff" * 5000
    path.write_bytes(data)
    assert not all(check.ok for check in verify(path))
    assert restore(tmp_path / "kept", path).articles == 50
    assert all(check.ok for check in verify(path))
    assert (path.parent / "library.db.damaged").read_bytes() == bytes(data)


def test_a_backup_that_is_damaged_is_refused_and_the_library_stays(path: Path, tmp_path: Path):
    file = tmp_path / "kept"
    with ArticleStore.open(path) as store:
        put(store, article("One. " * 3000, "a"))
        backup(path, file)
        put(store, article("Two.", "b"))
    file.write_bytes(file.read_bytes()[:-8000])
    with pytest.raises(StoreError):
        restore(file, path, replace=True)
    with ArticleStore.open(path) as store:
        assert store.count() == 2
    with pytest.raises(StoreError, match="There is no file"):
        restore(tmp_path / "nowhere", path)


@pytest.mark.parametrize(
    ("harm", "name"),
    [
        ("UPDATE passage SET end = end + 1", "passages are spans of current texts"),
        ("UPDATE sentence SET end = end + 1", "sentences are spans of their passages"),
        ("UPDATE body SET text = 'Twp.' WHERE version_id = 2", "texts are as they were written"),
        ("DELETE FROM body", "every version has its text"),
        ("UPDATE passage SET embedding = x'00' WHERE id = 1", "embeddings have one length"),
        ("DELETE FROM version", "every row refers to one that is there"),
    ],
)
def test_harm_is_found(path: Path, harm: str, name: str):
    with ArticleStore.open(path) as store:
        put(store, article("One.", "a"))
        put(store, article("Two.", "b"))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(harm)
        connection.commit()
    assert name in [check.name for check in verify(path) if not check.ok]
