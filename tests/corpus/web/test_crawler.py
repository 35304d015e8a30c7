"""From addresses and feeds to the library: each thing once, and what becomes of it later."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from corpus.errors import FeedError, FetchError
from corpus.storage.page_state import gone_articles
from corpus.storage.store import ArticleStore, Outcome
from corpus.web.crawler import Crawler
from corpus.web.fetch import Fetcher, FetchLimits
from corpus.web.politeness import PoliteFetcher
from corpus.web.recrawl_schedule import Schedule, timestamp
from corpus.web.results import AddedPage
from tests.corpus.web.small_web import Says, Web, saying, sending_to, serving

LIMITS = FetchLimits(max_bytes=500_000, total_s=1)
TEXT = "The envoy was recalled on Tuesday because he sang at dinner, the ministry said. "
MORE = "Nobody at the dinner had asked him to, and three guests left before the second song. "


def embed(texts: Sequence[str]) -> NDArray[np.float32]:
    return np.array([[1, len(text)] for text in texts], np.float32)


def article(title: str, text: str = TEXT + MORE, head: str = "") -> str:
    return (
        f"<html><head><title>{title}</title>{head}</head><body><article><h1>{title}</h1><p>{text}"
    )


def rss(*items: str, title: str = "Daily") -> str:
    return f"<rss version='2.0'><channel><title>{title}</title>{''.join(items)}</channel></rss>"


def item(url: str, *more: str) -> str:
    return f"<item><link>{url}</link>{''.join(more)}</item>"


class Clock:
    def __init__(self) -> None:
        self.moment = datetime(2026, 3, 17, 10, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def pass_by(self, **time: float) -> None:
        self.moment += timedelta(**time)


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as made:
        yield made


@pytest.fixture
def store() -> Iterator[ArticleStore]:
    with ArticleStore.in_memory() as made:
        yield made


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def watching(web: Web, store: ArticleStore, clock: Clock) -> Any:
    @asynccontextmanager
    async def watching() -> Any:
        with ThreadPoolExecutor(1) as worker:
            async with Fetcher(
                limits=LIMITS, resolve=web.resolve, is_allowed=web.is_allowed
            ) as fetcher:
                visits = PoliteFetcher(fetcher, pause_s=0, now=clock.now)
                yield Crawler(
                    store, embed, visits, worker, schedule=Schedule(clock.now, lambda: 0.5)
                )

    return watching


# -- addresses ---------------------------------------------------------------------------


async def test_an_address_becomes_an_article_and_later_a_version(
    web: Web, store: ArticleStore, watching: Any
):
    web.pages["news.example/a"] = saying(article("Envoy recalled", "Twelve were hurt. " + MORE))
    url = web.url("news.example/a")
    async with watching() as watch:
        first = await watch.add(url + "?utm_source=x#top")
        assert first == AddedPage(Outcome.ADDED, first.article_id, "Envoy recalled", url)
        assert (await watch.add(url)).outcome is Outcome.UNCHANGED
        web.pages["news.example/a"] = saying(article("Envoy recalled", "14 were hurt. " + MORE))
        changed = await watch.add(url)
        assert (changed.outcome, changed.corrections) == (Outcome.CHANGED, ("Twelve → 14",))
    (info,) = store.articles()
    assert (info.version, info.url, info.origin) == (2, url, None)


async def test_what_has_not_changed_costs_no_body(web: Web, store: ArticleStore, watching: Any):
    web.pages["news.example/a"] = saying(article("Envoy"), etag='"1"')
    async with watching() as watch:
        url = web.url("news.example/a")
        await watch.add(url)
        assert (await watch.add(url)).outcome is Outcome.UNCHANGED
    assert web.asked[1].headers["If-None-Match"] == '"1"'


async def test_all_addresses_of_a_page_are_one_article(
    web: Web, store: ArticleStore, watching: Any
):
    own = web.url("news.example/a")
    link = f"<link rel=canonical href='{own}'>"
    web.pages["news.example/a"] = saying(article("Envoy", head=link))
    web.pages["m.news.example/a"] = saying(article("Envoy", head=link))
    web.pages["news.example/a/amp"] = saying(article("Envoy", head=link))
    web.pages["short.example/1"] = sending_to(own, 301)
    async with watching() as watch:
        for place in (
            "m.news.example/a",
            "news.example/a/amp",
            "short.example/1",
            "news.example/a",
        ):
            assert (await watch.add(place if place == own else web.url(place))).url == own
    assert len(store.articles()) == 1


async def test_a_page_does_not_speak_for_another_site(web: Web, store: ArticleStore, watching: Any):
    own = web.url("news.example/a")
    web.pages["news.example/a"] = saying(article("Envoy"))
    web.pages["evil.example/a"] = saying(
        article(
            "Lies", head=f"<link rel=canonical href='{own}'><meta property=og:url content='{own}'>"
        )
    )
    async with watching() as watch:
        await watch.add(own)
        assert (await watch.add(web.url("evil.example/a"))).url == web.url("evil.example/a")
    assert {info.title: info.version for info in store.articles()} == {"Envoy": 1, "Lies": 1}


async def test_a_page_that_leads_to_another_article_does_not_become_its_version(
    web: Web, store: ArticleStore, watching: Any
):
    web.pages["news.example/a"] = saying(article("Envoy"))
    web.pages["news.example/b"] = saying(article("Bridge", "The bridge opened in 1931. " + MORE))
    async with watching() as watch:
        await watch.add(web.url("news.example/a"))
        web.pages["news.example/a"] = sending_to(web.url("news.example/b"), 302)
        assert (await watch.add(web.url("news.example/a"))).outcome is Outcome.ADDED
    assert [(info.title, info.version) for info in store.articles()] == [
        ("Envoy", 1),
        ("Bridge", 1),
    ]


async def test_a_page_that_has_moved_stays_the_article_that_it_was(
    web: Web, store: ArticleStore, watching: Any
):
    web.pages["news.example/a"] = saying(article("Envoy"))
    async with watching() as watch:
        await watch.add(web.url("news.example/a"))
        web.pages["news.example/a"] = sending_to(web.url("news.example/2026/a"), 301)
        web.pages["news.example/2026/a"] = saying(article("Envoy"))
        await watch.add(web.url("news.example/a"))
        await watch.add(web.url("news.example/2026/a"))
    (info,) = store.articles()
    assert info.url == web.url("news.example/2026/a")


# -- feeds -------------------------------------------------------------------------------


async def test_the_pages_of_a_feed_are_read_not_its_blurbs(
    web: Web, store: ArticleStore, watching: Any
):
    date = "<pubDate>Tue, 17 Mar 2026 09:00:00 GMT</pubDate>"
    web.pages["news.example/feed"] = saying(
        rss(
            item("/a", "<description>Sang.</description>", date),
            item("b?utm_source=rss"),
            item("/a#c"),
        )
    )
    web.pages["news.example/a"] = saying(article("Envoy"))
    web.pages["news.example/b"] = saying(article("Bridge", "The bridge opened in 1931. " + MORE))
    async with watching() as watch:
        health = await watch.add_feed(web.url("news.example/feed"))
        assert (health.title, health.kind, health.waiting) == ("Daily", "feed", 2)
        done = await watch.refresh()
        assert (done.added, done.refused) == (2, [])
        (health,) = await watch.feeds()
        assert (health.waiting, health.articles, health.problem) == (0, 2, None)
    one = store.article(store.articles()[0].id)
    assert one is not None
    assert one.info.published == "2026-03-17T09:00:00+00:00"
    assert TEXT.strip() in one.text
    asked = [path for path in web.paths() if "robots" not in path]
    assert len(asked) == len(set(asked)) + 1, "each page once, the feed twice"


async def test_what_a_feed_carries_stands_in_for_a_page_that_is_refused(
    web: Web, store: ArticleStore, watching: Any
):
    whole = f"<content:encoded><![CDATA[<p>{TEXT * 6}</p><p>{MORE}</p>]]></content:encoded>"
    web.pages["news.example/feed"] = saying(
        rss(item("/a", "<title>Envoy</title>", whole), item("/b", "<title>Short</title>"))
    )
    web.pages["news.example/a"] = saying("", status=403)
    web.pages["news.example/b"] = saying("", status=403)
    async with watching() as watch:
        await watch.add_feed(web.url("news.example/feed"))
        done = await watch.refresh()
    assert done.added == 1
    assert [refusal.name for refusal in done.refused] == [web.url("news.example/b")]
    (info,) = store.articles()
    assert (info.title, info.url) == ("Envoy", web.url("news.example/a"))
    found = store.article(info.id)
    assert found is not None
    assert MORE.strip() in found.text


async def test_a_page_names_its_feed(web: Web, watching: Any):
    link = "<link rel=alternate type=application/rss+xml href=/feed>"
    web.pages["news.example/"] = saying(article("Daily", head=link))
    web.pages["news.example/feed"] = saying(rss())
    async with watching() as watch:
        health = await watch.add_feed(web.url("news.example/"))
        assert health.url == web.url("news.example/feed")
        with pytest.raises(FeedError, match="is watched already"):
            await watch.add_feed(web.url("news.example/feed"))


async def test_a_sitemap_and_its_parts(web: Web, store: ArticleStore, watching: Any):
    web.pages["news.example/map.xml"] = saying(
        f"<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><sitemap><loc>"
        f"{web.url('news.example/one.xml')}</loc></sitemap></sitemapindex>"
    )
    web.pages["news.example/one.xml"] = saying(
        f"<urlset><url><loc>{web.url('news.example/a')}</loc></url>"
        f"<url><loc>{web.url('evil.example/b')}</loc></url></urlset>"
    )
    web.pages["news.example/a"] = saying(article("Envoy"))
    async with watching() as watch:
        health = await watch.add_feed(web.url("news.example/map.xml"))
        assert (health.kind, health.waiting) == ("sitemap", 1)
        assert (await watch.refresh()).added == 1


async def test_robots_txt_is_honoured_where_nobody_named_the_page(
    web: Web, store: ArticleStore, watching: Any
):
    web.pages["news.example/robots.txt"] = saying("User-agent: *\nDisallow: /private/*.html\n")
    web.pages["news.example/feed"] = saying(rss(item("/private/a.html"), item("/b")))
    web.pages["news.example/private/a.html"] = saying(article("Envoy"))
    web.pages["news.example/b"] = saying(article("Bridge"))
    async with watching() as watch:
        await watch.add_feed(web.url("news.example/feed"))
        done = await watch.refresh()
        assert done.added == 1
        assert "asks programs not to read" in done.refused[0].why
        assert "news.example/private/a.html" not in web.paths()
        assert (await watch.add(web.url("news.example/private/a.html"))).outcome is Outcome.ADDED


async def test_one_request_at_a_time_for_each_host(web: Web, store: ArticleStore, watching: Any):
    for site in ("one.example", "two.example"):
        web.pages[f"{site}/feed"] = saying(rss(*(item(f"/{n}") for n in range(6))))
        for n in range(6):
            web.pages[f"{site}/{n}"] = saying(article(f"{site} {n}"))
    async with watching() as watch:
        for site in ("one.example", "two.example"):
            await watch.add_feed(web.url(f"{site}/feed"))
        assert (await watch.refresh()).added == 12
    assert web.busiest == 1


# -- later -------------------------------------------------------------------------------


async def test_pages_are_looked_at_again_and_a_feed_may_say_when(
    web: Web, store: ArticleStore, watching: Any, clock: Clock
):
    def feed(timestamp: str) -> Says:
        return saying(
            "<feed xmlns='http://www.w3.org/2005/Atom'><title>Daily</title><entry><link href='/a'/>"
            f"<updated>{timestamp}</updated></entry></feed>"
        )

    web.pages["news.example/feed"] = feed("2026-03-17T09:00:00Z")
    web.pages["news.example/a"] = saying(article("Envoy", "Twelve were hurt. " + MORE), etag='"1"')
    async with watching() as watch:
        await watch.add_feed(web.url("news.example/feed"))
        assert (await watch.refresh(only_due=True)).added == 1
        assert (await watch.refresh(only_due=True)).feeds == 0, "nothing is due"
        clock.pass_by(hours=2)
        done = await watch.refresh(only_due=True)
        assert (done.feeds, done.unchanged) == (1, 1), "an hour after it was read"
        web.pages["news.example/feed"] = feed("2026-03-17T12:00:00Z")
        web.pages["news.example/a"] = saying(article("Envoy", "14 were hurt. " + MORE), etag='"2"')
        clock.pass_by(hours=1)
        assert (await watch.refresh(only_due=True)).changed == 1
    assert store.articles()[0].version == 2


async def test_a_page_is_gone_when_it_was_missed_for_days_and_its_article_stays(
    web: Web, store: ArticleStore, watching: Any, clock: Clock
):
    web.pages["news.example/a"] = saying(article("Envoy"))
    async with watching() as watch:
        await watch.add(web.url("news.example/a"))
        del web.pages["news.example/a"]
        counted = []
        for _ in range(6):
            clock.pass_by(days=1, hours=3)
            counted.append((await watch.refresh(only_due=True)).gone)
        assert counted == [0, 0, 0, 1, 0, 0]
    (kept,) = store.articles()
    missed = gone_articles(store)
    assert (kept.url, list(missed)) == (web.url("news.example/a"), [kept.id])
    assert missed[kept.id] < timestamp(clock.now())


async def test_a_page_that_was_missed_once_and_is_back_is_not_gone(
    web: Web, store: ArticleStore, watching: Any, clock: Clock
):
    page = saying(article("Envoy"))
    web.pages["news.example/a"] = page
    async with watching() as watch:
        await watch.add(web.url("news.example/a"))
        for missing in (True, True, False, True, True):
            web.pages["news.example/a"] = saying("", status=404) if missing else page
            clock.pass_by(days=2)
            assert (await watch.refresh(only_due=True)).gone == 0


async def test_a_host_that_asks_for_rest_gets_it(
    web: Web, store: ArticleStore, watching: Any, clock: Clock
):
    web.pages["news.example/feed"] = saying(rss(item("/a"), item("/b"), item("/c")))
    web.pages["news.example/a"] = saying("", status=503, retry_after="7200")
    for place in "bc":
        web.pages[f"news.example/{place}"] = saying(article(place))
    async with watching() as watch:
        await watch.add_feed(web.url("news.example/feed"))
        await watch.refresh()
        before = len(web.asked)
        with pytest.raises(FetchError, match="left alone for 120 more minutes"):
            await watch.add(web.url("news.example/b"))
        clock.pass_by(hours=1)
        await watch.refresh(only_due=True)
        assert len(web.asked) == before
        web.pages["news.example/a"] = saying(article("a"))
        clock.pass_by(hours=2)
        assert (await watch.refresh(only_due=True)).added == 3


async def test_a_feed_that_fails_is_asked_less_and_less_and_says_why(
    web: Web, watching: Any, clock: Clock
):
    web.pages["news.example/feed"] = saying(rss())
    async with watching() as watch:
        await watch.add_feed(web.url("news.example/feed"))
        web.pages["news.example/feed"] = saying("", status=500)
        asked = []
        for _ in range(72):
            clock.pass_by(hours=1)
            before = len(web.asked)
            await watch.refresh(only_due=True)
            asked.append(len(web.asked) > before)
        assert sum(asked[:24]) > sum(asked[48:]) >= 1
        (health,) = await watch.feeds()
        assert health.failures == sum(asked)
        assert "is out of order (500)" in str(health.problem)


async def test_what_was_forgotten_does_not_come_back_by_its_feed(
    web: Web, store: ArticleStore, watching: Any
):
    web.pages["news.example/feed"] = saying(rss(item("/a")))
    web.pages["news.example/a"] = saying(article("Envoy"))
    async with watching() as watch:
        await watch.add_feed(web.url("news.example/feed"))
        await watch.refresh()
        store.remove([store.articles()[0].id])
        assert (await watch.refresh()).added == 0
        assert store.articles() == []
        assert (await watch.add(web.url("news.example/a"))).outcome is Outcome.ADDED


async def test_a_feed_that_is_removed_leaves_its_articles(
    web: Web, store: ArticleStore, watching: Any, clock: Clock
):
    web.pages["news.example/feed"] = saying(rss(item("/a"), item("/b")))
    web.pages["news.example/a"] = saying(article("Envoy"))
    async with watching() as watch:
        await watch.add_feed(web.url("news.example/feed"))
        await watch.refresh()
        assert (await watch.remove_feed(web.url("news.example/feed"))).articles == 1
        assert await watch.feeds() == []
        clock.pass_by(days=9)
        before = len(web.asked)
        await watch.refresh(only_due=True)
        assert (len(store.articles()), len(web.asked)) == (1, before)
        with pytest.raises(FeedError, match="No feed is watched at"):
            await watch.remove_feed(web.url("news.example/feed"))
