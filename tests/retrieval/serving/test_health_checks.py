"""What a doctor finds on this machine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from corpus.storage.locations import library_file
from corpus.storage.store import ArticleStore
from corpus.web.feeds import Feed, FeedEntry
from corpus.web.fetch import Fetched
from corpus.web.recrawl_schedule import Schedule
from corpus.web.watchlist import WatchList
from retrieval.serving.health_checks import clock, disk, feeds, libraries, writer
from tests.retrieval.writing.bad_server import serving, silent

NOW = datetime(2026, 3, 17, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("late_s", "is_well"), [(0, True), (4, True), (-5, True), (60, False), (-3600, False)]
)
def test_a_clock_that_is_wrong_is_told_by_how_much(late_s: int, is_well: bool):
    told = format_datetime(NOW - timedelta(seconds=late_s), usegmt=True)
    found = clock(NOW, told)
    assert found.is_well is is_well
    assert is_well or f"{abs(late_s):,} s {'ahead of' if late_s > 0 else 'behind'}" in found.says


def test_a_clock_of_another_time_is_told_without_any_other():
    assert not clock(datetime(1970, 1, 1, tzinfo=UTC), None).is_well
    assert clock(NOW, None).is_well


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path):
    assert disk(tmp_path / "new").is_well
    (tmp_path / "file").touch()
    found = disk(tmp_path / "file")
    assert not found.is_well
    assert found.says.endswith("make the folder writable or set FOOTNOTE_DATA_DIR.")


def test_every_library_is_read(tmp_path: Path):
    assert [one.says for one in libraries(tmp_path)] == ["none yet; the sample answers"]
    ArticleStore.open(library_file(tmp_path, "7")).close()
    damaged = library_file(tmp_path, "8")
    ArticleStore.open(damaged).close()
    damaged.write_bytes(damaged.read_bytes()[:5000])
    found = {one.name: one.is_well for one in libraries(tmp_path)}
    assert found == {"library 7": True, "library 8": False}


def test_feeds_that_fail_and_feeds_that_nobody_looks_at_are_told(tmp_path: Path):
    for name, problem in (("7", None), ("8", "It is out of order (503).")):
        with ArticleStore.open(library_file(tmp_path, name)) as store:
            watched = WatchList(store, Schedule(now=lambda: NOW))
            url = f"https://{name}.example/feed"
            feed = watched.add_feed(url, "feed")
            entries = (FeedEntry(f"{url}/a"),)
            watched.record_feed(feed, Fetched(url, b""), Feed("Daily", entries))
            if problem:
                watched.record_feed_failure(feed, problem, None)
    soon = {one.name: one.says for one in feeds(tmp_path, NOW)}
    assert soon == {
        "feeds of 7": "1 read as they should be",
        "feeds of 8": "1 of 1 cannot be read: https://8.example/feed: It is out of order (503).",
    }
    later = next(iter(feeds(tmp_path, NOW + timedelta(days=30))))
    assert not later.is_well
    assert "start the bot" in later.says


async def test_a_writers_server_is_asked_for_its_models():
    async with serving(silent) as server:
        well = await writer(f"openai:liar@{server.address}", "")
        assert (well.is_well, "has liar" in well.says) == (True, True)
        other = await writer(f"openai:gpt@{server.address}", "")
        assert (other.is_well, "does not list gpt" in other.says) == (True, True)
        server.wanted_key = "k"
        refused = await writer(f"openai:liar@{server.address}", "wrong-key")
        assert not refused.is_well
        assert "wrong-key" not in refused.says
        address = server.address
    gone = await writer(f"openai:liar@{address}", "")
    assert not gone.is_well
    assert "start its server" in gone.says
    assert not (await writer("gpt", "")).is_well
