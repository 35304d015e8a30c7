"""A library carried from files into a database and back is the same, and answers the same."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from haystack import Document

import bot
from corpus.errors import StoreError
from corpus.storage.locations import Database, Folder
from corpus.storage.maintenance import verify
from corpus.storage.transfer import content, move
from corpus.web.feeds import Feed, FeedEntry
from corpus.web.fetch import Fetched
from corpus.web.recrawl_schedule import Schedule
from corpus.web.watchlist import WatchList
from retrieval.index.document_store import ArticleDocumentStore

NOW = datetime(2026, 3, 17, tzinfo=UTC)
ENVOY = "Title: The envoy\nDate: 2026-03-16\n\nZorblatt recalled its envoy because he sang. {}"
QUESTION = "Why did Zorblatt recall its envoy?"


@pytest.fixture
def run(
    tmp_path: Path,
    database: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Any:
    monkeypatch.setenv("FOOTNOTE_DATA_DIR", str(tmp_path))

    def run(*command: str, in_database: bool = False) -> tuple[int, str, str]:
        monkeypatch.setenv("FOOTNOTE_DATABASE", database if in_database else "")
        status = bot.main(list(command))
        told = capsys.readouterr()
        return status, told.out, told.err

    return run


def fill(run: Any, folder: Path) -> None:
    """Articles of two versions, copies, a Document, feeds, something forgotten."""
    for number, more in enumerate(("It rained. " * 30, "It snowed. " * 30, "It rained. " * 31)):
        (folder / f"{number}.txt").write_text(ENVOY.format(more), encoding="utf-8")
        assert run("ingest", str(folder / f"{number}.txt"))[0] == 0
    (folder / "0.txt").write_text(ENVOY.format("It hailed. " * 30), encoding="utf-8")
    assert run("ingest", str(folder / "0.txt"))[0] == 0
    assert run("forget", "2.txt")[0] == 0
    place = Folder(folder).place()
    with ArticleDocumentStore(place.path) as store:
        blank = {"when": None, "n": 0.1, "list": [1, "ü"], "nested": {"a": True}}
        store.write_documents([Document(id="d1", content=None, meta=blank)])
    with place.open() as library:
        watched = WatchList(library, Schedule(now=lambda: NOW))
        feed = watched.add_feed("https://a.example/feed", "feed")
        found = Feed("Daily", (FeedEntry("https://a.example/1"),))
        watched.record_feed(feed, Fetched(feed.url, b"", etag='"1"'), found)


def test_there_and_back_it_is_the_same(run: Any, tmp_path: Path, database: str):
    fill(run, tmp_path)
    files, other = Folder(tmp_path).place(), Database(database).place()
    with files.open_to_read() as library:
        before = content(library)
    said = run("ask", QUESTION)
    assert "he sang" in said[1]
    there = move(files, other)
    assert there == before
    assert there.counts["version"] == 4
    assert there.counts["page"] == 1
    assert run("ask", QUESTION, in_database=True) == said
    assert run("library", "list", in_database=True) == run("library", "list")
    assert run("feeds", "list", in_database=True) == run("feeds", "list")
    changes = ("library", "changes", "0.txt")
    assert run(*changes, in_database=True) == run(*changes)
    assert files.erase()
    assert move(other, files) == before
    assert [check.name for check in verify(files.path) if not check.ok] == []
    assert run("ask", QUESTION) == said


def test_what_comes_after_is_numbered_on_from_there(run: Any, tmp_path: Path, database: str):
    fill(run, tmp_path)
    move(Folder(tmp_path).place(), Database(database).place())
    (tmp_path / "bridge.txt").write_text("Title: Bridge\n\nThe bridge over the Xyzzy fell.")
    for in_database in (True, False):
        status, out, _ = run("ingest", str(tmp_path / "bridge.txt"), in_database=in_database)
        assert (status, "1 added" in out) == (0, True)
        assert "Xyzzy fell" in run("ask", "What fell?", in_database=in_database)[1]


def test_a_place_that_is_taken_is_left_alone(run: Any, tmp_path: Path, database: str):
    fill(run, tmp_path)
    files, other = Folder(tmp_path).place(), Database(database).place()
    move(files, other)
    with pytest.raises(StoreError, match="with articles already"):
        move(files, other)
    with pytest.raises(StoreError, match="with articles already"):
        move(other, files)


def test_the_command_tells_what_was_compared(run: Any, tmp_path: Path):
    fill(run, tmp_path)
    status, out, _ = run("library", "move", "--to", "database", "--erase", in_database=True)
    assert status == 0
    assert out.startswith("3 articles, ")
    assert out.endswith("Both were the same; the library is erased where it was.\n")
    assert not Folder(tmp_path).place().exists()
    status, _, err = run("library", "move", "--to", "files")
    assert (status, "FOOTNOTE_DATABASE" in err) == (2, True)
    assert run("library", "move", "--to", "files", in_database=True)[0] == 0
    assert "he sang" in run("ask", QUESTION)[1]
