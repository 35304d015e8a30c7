"""A news site and its agency, served from here: what is found equals what was planted.

FOOTNOTE_TEST_MIRROR_PAGES says how many pages the site has; .ci/run has a thousand.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web as http

from corpus.storage.store import ArticleStore
from corpus.web.crawler import Crawler
from corpus.web.fetch import Fetcher
from corpus.web.politeness import PoliteFetcher
from corpus.web.recrawl_schedule import Schedule
from tests.corpus.web.small_web import Web, saying, serving
from tests.corpus.web.test_crawler import embed

PAGES = int(os.environ.get("FOOTNOTE_TEST_MIRROR_PAGES", "40"))
COPIES = PAGES // 5  # agency texts that the site prints too
UPDATED = PAGES // 10
IN_FEED = PAGES // 4  # the newest, which the sitemap lists as well
MISSING = PAGES // 20
WALLED = PAGES // 20
SITE, AGENCY = "site.example", "agency.example"
WORDS = [
    "".join(pair) + ending
    for pair in zip("bdfgklmnprst" * 9, "aeiou" * 22, strict=False)
    for ending in ("ran", "lo", "mis", "tek", "vora", "du")
]


class Mirror:
    """The site's and the agency's pages, made from their numbers; each request is counted."""

    def __init__(self, web: Web) -> None:
        self.web = web
        self.edition = dict.fromkeys(range(PAGES), 1)
        self.bodies: Counter[str] = Counter()
        for number in range(PAGES):
            web.pages[f"{SITE}/{number}"] = self.page(number)
            if number < COPIES:
                web.pages[f"{AGENCY}/{number}"] = self.copy(number)
        for number in range(PAGES, PAGES + MISSING):
            web.pages[f"{SITE}/{number}"] = saying("Gone", status=404)
        for number in range(PAGES + MISSING, PAGES + MISSING + WALLED):
            web.pages[f"{SITE}/{number}"] = saying(
                "<title>Sign in</title><form><input type=password></form>"
            )
        for site in (SITE, AGENCY):
            web.pages[f"{site}/robots.txt"] = saying("User-agent: *\nDisallow: /private/\n")
        web.pages[f"{SITE}/feed"] = self.feed()
        web.pages[f"{SITE}/sitemap.xml"] = saying(self.sitemap(SITE, PAGES + MISSING + WALLED))
        web.pages[f"{AGENCY}/sitemap.xml"] = saying(self.sitemap(AGENCY, COPIES))

    def text(self, number: int, edition: int = 1) -> str:
        """Paragraphs that no other number's text has a sentence of."""
        draw = random.Random(number)  # noqa: S311  no secret
        sentences = [
            " ".join(draw.choice(WORDS) for _ in range(14)).capitalize() + "." for _ in range(18)
        ]
        sentences[3] = f"In all {10 + 2 * edition} were hurt in {WORDS[number % 90]}."
        return "</p><p>".join(" ".join(sentences[at : at + 6]) for at in (0, 6, 12))

    def page(self, number: int) -> object:
        async def say(request: http.Request) -> http.StreamResponse:
            etag = f'"{self.edition[number]}"'
            if request.headers.get("If-None-Match") == etag:
                return http.Response(status=304, headers={"ETag": etag})
            self.bodies[f"{SITE}/{number}"] += 1
            own = self.web.url(f"{SITE}/{number}")
            return http.Response(
                text=f"<html><head><title>Report {number}</title><link rel=canonical href='{own}'>"
                f"</head><body><article><h1>Report {number}</h1>"
                f"<p>{self.text(number, self.edition[number])}</p>",
                content_type="text/html",
                headers={"ETag": etag},
            )

        return say

    def copy(self, number: int) -> object:
        async def say(request: http.Request) -> http.StreamResponse:
            self.bodies[f"{AGENCY}/{number}"] += 1
            return http.Response(
                text=f"<html><head><title>Wire {number}</title></head><body><article>"
                f"<h1>Wire {number}</h1><p>From our desk, for release at once.</p>"
                f"<p>{self.text(number)}</p>",
                content_type="text/html",
            )

        return say

    def feed(self) -> object:
        """The newest, some of them under addresses that only tell readers apart."""

        async def say(request: http.Request) -> http.StreamResponse:
            ways = ("", "?utm_source=rss", "?amp=1", "#main")
            entries = "".join(
                f"<entry><title>Report {number}</title><link href='/{number}{ways[number % 4]}'/>"
                f"<updated>2026-03-17T0{self.edition[number]}:00:00Z</updated></entry>"
                for number in range(IN_FEED)
            )
            return http.Response(
                text=f"<feed xmlns='http://www.w3.org/2005/Atom'><title>Site</title>{entries}</feed>",
                content_type="application/atom+xml",
            )

        return say

    def sitemap(self, site: str, count: int) -> str:
        places = "".join(
            f"<url><loc>{self.web.url(f'{site}/{n}')}</loc></url>" for n in range(count)
        )
        return f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{places}</urlset>"


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    with serving() as web:
        yield Mirror(web)


async def test_what_is_found_equals_what_was_planted(mirror: Mirror):
    web, moment = mirror.web, datetime(2026, 3, 17, 10, tzinfo=UTC)
    with ArticleStore.in_memory() as store, ThreadPoolExecutor(1) as worker:
        async with Fetcher(resolve=web.resolve, is_allowed=web.is_allowed) as fetcher:
            visits = PoliteFetcher(fetcher, pause_s=0, now=lambda: moment)
            watch = Crawler(
                store, embed, visits, worker, schedule=Schedule(lambda: moment, lambda: 0.5)
            )
            for place in (f"{SITE}/feed", f"{SITE}/sitemap.xml", f"{AGENCY}/sitemap.xml"):
                await watch.add_feed(web.url(place))
            first = await watch.refresh(only_due=True)
            asked_first = Counter(web.paths())
            for number in range(UPDATED):
                mirror.edition[number] = 2
            web.asked.clear()
            moment += timedelta(hours=2)
            second = await watch.refresh(only_due=True)
            asked_second = Counter(web.paths())

        # The first time: each page once, whatever it is called and wherever it is listed.
        assert (first.added, first.changed, first.unchanged) == (PAGES + COPIES, 0, 0)
        assert len(first.refused) == WALLED
        pages = [f"{SITE}/{number}" for number in range(PAGES + MISSING + WALLED)]
        pages += [f"{AGENCY}/{number}" for number in range(COPIES)]
        assert {path: count for path, count in asked_first.items() if path in set(pages)} == (
            dict.fromkeys(pages, 1)
        )
        others = {path: count for path, count in asked_first.items() if path not in set(pages)}
        assert others == {
            f"{SITE}/robots.txt": 1,
            f"{AGENCY}/robots.txt": 1,
            f"{SITE}/feed": 1,
            f"{SITE}/sitemap.xml": 1,
            f"{AGENCY}/sitemap.xml": 1,
        }
        # The second: every page is looked at again, and only what changed is sent again.
        assert (second.added, second.changed) == (0, UPDATED)
        assert second.unchanged == PAGES + COPIES - UPDATED
        assert sum(asked_second[page] for page in pages) == PAGES + COPIES + MISSING
        assert {page for page, sent in mirror.bodies.items() if SITE in page and sent > 1} == {
            f"{SITE}/{number}" for number in range(UPDATED)
        }
        assert web.busiest == 1
        # What is in the library.
        versions = Counter(info.version for info in store.articles())
        assert versions == {1: PAGES + COPIES - UPDATED, 2: UPDATED}
        ((stories, copied),) = store.connection.rows(
            "SELECT count(*), sum(members > 1) FROM "
            "(SELECT count(*) AS members FROM copy GROUP BY story)"
        )
        assert (stories, copied) == (PAGES, COPIES)
