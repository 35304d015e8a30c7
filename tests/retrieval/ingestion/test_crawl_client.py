"""The bot takes in what is on the web by a process of its own, and nobody waits for it."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from corpus.errors import CorpusError, FeedError, FetchError
from corpus.storage.locations import library_file
from corpus.storage.store import ArticleStore, Outcome
from retrieval.errors import Busy
from retrieval.ingestion.crawl_client import CrawlClient, due_libraries
from tests.corpus.web.small_web import Web, dripping, saying, serving
from tests.corpus.web.test_crawler import article, item, rss

OPEN = "tests.retrieval.ingestion.open_crawl_process"


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as made:
        yield made


@pytest.fixture
async def collector(tmp_path: Path) -> AsyncIterator[CrawlClient]:
    made = CrawlClient(tmp_path, program=OPEN, look_s=0.05)
    yield made
    await made.close()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110  another process makes it so
            await asyncio.sleep(0.02)


def titles(data_dir: Path, library: str = "default") -> list[str]:
    path = library_file(data_dir, library)
    if not path.exists():
        return []
    with ArticleStore.open_to_read(path) as store:
        return [info.title for info in store.articles()]


async def test_addresses_and_feeds_of_each_library(
    web: Web, collector: CrawlClient, tmp_path: Path
):
    web.pages["news.example/a"] = saying(article("Envoy"))
    web.pages["news.example/feed"] = saying(rss(item("/a")))
    url, feed = web.url("news.example/a"), web.url("news.example/feed")
    added = await collector.add(url, library="7")
    assert (added.outcome, added.title, added.url) == (Outcome.ADDED, "Envoy", url)
    assert titles(tmp_path, "7") == ["Envoy"]
    health = await collector.add_feed(feed)
    assert (health.title, health.waiting) == ("Daily", 1)
    assert (await collector.refresh(feed)).added == 1
    assert [each.articles for each in await collector.feeds()] == [1]
    assert await collector.feeds(library="7") == []
    assert (await collector.remove_feed(feed)).url == feed
    assert await collector.feeds() == []
    with pytest.raises(FetchError, match="is not there"):
        await collector.add(web.url("news.example/b"))
    with pytest.raises(FeedError, match="No feed is watched"):
        await collector.remove_feed(feed)


async def test_what_is_due_is_refreshed_by_itself(web: Web, collector: CrawlClient, tmp_path: Path):
    web.pages["news.example/feed"] = saying(rss(item("/a")))
    web.pages["news.example/a"] = saying(article("Envoy"))
    await collector.add_feed(web.url("news.example/feed"), library="7")
    assert due_libraries(tmp_path, datetime.now(UTC) + timedelta(seconds=1)) == ["7"]
    watching = asyncio.create_task(collector.watch())
    try:
        await until(lambda: bool(titles(tmp_path, "7")))
    finally:
        watching.cancel()
    assert titles(tmp_path, "7") == ["Envoy"]


async def test_what_a_server_left_behind_is_not_read_on(
    web: Web, collector: CrawlClient, tmp_path: Path
):
    for name in ("7", "8"):
        web.pages[f"news{name}.example/feed"] = saying(rss(item("/a")))
        web.pages[f"news{name}.example/a"] = saying(article(f"Envoy {name}"))
        await collector.add_feed(web.url(f"news{name}.example/feed"), library=name)

    async def left() -> set[str]:
        return {"7"}

    watching = asyncio.create_task(collector.watch(left))
    try:
        await until(lambda: bool(titles(tmp_path, "8")))
        await asyncio.sleep(0.2)
    finally:
        watching.cancel()
    assert titles(tmp_path, "7") == []


async def test_feeds_fill_a_servers_library_to_its_limit_and_no_further(web: Web, tmp_path: Path):
    collector = CrawlClient(tmp_path, program=OPEN, max_articles=2)
    web.pages["news.example/feed"] = saying(rss(*(item(f"/{n}") for n in range(4))))
    for n in range(4):
        web.pages[f"news.example/{n}"] = saying(article(f"Envoy {n}", f"Envoy {n} sang. " * 20))
    feed = web.url("news.example/feed")
    try:
        for library, most in (("7", 2), ("default", 4)):
            await collector.add_feed(feed, library=library)
            assert (await collector.refresh(library=library)).added == most
            assert len(titles(tmp_path, library)) == most
        (health,) = await collector.feeds(library="7")
        assert (health.articles, health.waiting) == (2, 2)
    finally:
        await collector.close()


async def test_one_that_is_slow_keeps_nobody_waiting(
    web: Web, collector: CrawlClient, tmp_path: Path
):
    web.pages["slow.example/a"] = dripping
    web.pages["news.example/a"] = saying(article("Envoy"))
    slow = asyncio.create_task(collector.add(web.url("slow.example/a")))
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.01)
            ticks += 1

    ticking = asyncio.create_task(tick())
    await collector.add(web.url("news.example/a"))
    ticking.cancel()
    assert ticks > 5, "the event loop went on"
    assert titles(tmp_path) == ["Envoy"]
    assert not slow.done()
    await collector.close()
    with pytest.raises(CorpusError, match="stopped in the middle"):
        await slow


async def test_when_the_process_dies_those_who_wait_are_told_and_another_is_started(
    web: Web, collector: CrawlClient
):
    web.pages["slow.example/a"] = dripping
    web.pages["news.example/a"] = saying(article("Envoy"))
    await collector.feeds()
    slow = asyncio.create_task(collector.add(web.url("slow.example/a")))
    await until(lambda: bool(web.asked))
    assert collector.process.pid is not None
    os.kill(collector.process.pid, signal.SIGKILL)
    with pytest.raises(CorpusError, match="stopped in the middle; please try again"):
        await slow
    assert (await collector.add(web.url("news.example/a"))).title == "Envoy"


async def test_a_crowd_is_told_to_come_again(web: Web, collector: CrawlClient):
    web.pages["slow.example/a"] = dripping
    url = web.url("slow.example/a")
    crowd = [asyncio.create_task(collector.add(url)) for _ in range(40)]
    await asyncio.sleep(0)
    said = [task.exception() for task in crowd if task.done()]
    assert len(said) == 8
    assert all(isinstance(error, Busy) for error in said)
    await collector.close()
    await asyncio.gather(*crowd, return_exceptions=True)


async def test_a_bot_without_feeds_pays_nothing(tmp_path: Path):
    collector = CrawlClient(tmp_path, program=OPEN, look_s=0.01, idle_s=0)
    ArticleStore.open(library_file(tmp_path)).close()
    watching = asyncio.create_task(collector.watch())
    await asyncio.sleep(0.1)
    assert collector.process.pid is None
    await collector.feeds()
    assert collector.process.is_running
    await until(lambda: collector.process.pid is None)  # there was nothing to do
    watching.cancel()
    await collector.close()
