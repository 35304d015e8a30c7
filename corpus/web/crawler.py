"""From addresses and feeds to stored articles, and what becomes of them later.

Visits go on side by side, one a host; whatever takes the processor or the library's file is
done in one thread, one thing after another.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from html import escape
from typing import TypeVar

from corpus.article import Article
from corpus.canonical_url import canonical, host_of
from corpus.errors import FeedError, FetchError, Unreadable
from corpus.ingestion.embedding import Embed
from corpus.ingestion.sources import Source, article_id_of_url, build_article
from corpus.ingestion.upsert import keep
from corpus.parsing.extract import Extract, Extracted, extract
from corpus.storage.store import ArticleStore, Outcome
from corpus.web.feeds import Feed, FeedEntry, find_feed_links, read_feed
from corpus.web.fetch import FETCH_LIMITS, Fetched, printable
from corpus.web.page_reader import is_feed, read_page
from corpus.web.politeness import HostPaused, PoliteFetcher
from corpus.web.recrawl_schedule import Draw
from corpus.web.results import AddedPage, FeedHealth, Refreshed, Refusal
from corpus.web.sitemaps import MAX_PAGES, is_sitemap, read_sitemap
from corpus.web.watchlist import WatchedFeed, WatchedPage, WatchList

FULL_WAIT = timedelta(days=1)  # before a full library is offered what its feeds bring again
HOSTS_AT_ONCE = 8  # some 10 MB each at the worst

T = TypeVar("T")
OnAddress = Callable[[str, AddedPage | FetchError], None]


class Crawler:
    """A library that takes in what is on the web. For one event loop, and the thread `worker`."""

    def __init__(
        self,
        store: ArticleStore,
        embed: Embed,
        visits: PoliteFetcher,
        worker: ThreadPoolExecutor,
        *,
        extract: Extract = extract,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        draw: Draw = random.random,
        max_articles: int | None = None,
    ) -> None:
        """`max_articles` is how many the library may hold for feeds to bring more."""
        self._store = store
        self._embed = embed
        self._visits = visits
        self._worker = worker
        self._extract = extract
        self._now = now
        self._list = WatchList(store, draw)
        self._max_articles = max_articles

    async def _do(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._worker, work)

    # -- addresses -----------------------------------------------------------------------

    async def add(self, url: str) -> AddedPage:
        """Read the article at an address that a person named. Raises FetchError, StoreError."""
        page = await self._do(lambda: self._list.page(url))
        known = page if page is not None and page.article_id is not None else None
        url = canonical(url)
        fetched = await self._visits.get(
            url,
            etag=known.etag if known else None,
            modified=known.modified if known else None,
            as_robot=False,
        )
        return await self._do(lambda: self._keep(url, fetched, known, None))

    async def add_all(
        self, urls: Iterable[str], on_address: OnAddress = lambda url, became: None
    ) -> None:
        """Read the articles at these addresses; `on_address` hears what became of each."""

        async def one(url: str) -> None:
            try:
                became: AddedPage | FetchError = await self.add(url)
            except FetchError as error:
                became = error
            on_address(url, became)

        await _side_by_side(list(dict.fromkeys(urls)), host_of, one)

    # -- feeds ---------------------------------------------------------------------------

    async def add_feed(self, url: str) -> FeedHealth:
        """Watch the feed or sitemap at an address, or the one that the page there names.

        It is read once, so that one that is none is refused; the articles that it lists wait
        for the next refresh. Raises FeedError, FetchError.
        """
        fetched = await self._visits.get(url, as_robot=False)
        body = fetched.body or b""
        if not _looks_like_feed(body) and (links := find_feed_links(body, fetched.url)):
            fetched = await self._visits.get(links[0], as_robot=False)
        found = await self._whole(fetched)
        kind = "sitemap" if is_sitemap(fetched.body or b"") else "feed"

        def watch() -> FeedHealth:
            feed = self._list.add_feed(fetched.url, kind, self._now())
            self._list.feed_read(feed, fetched, found, self._now())
            return self._list.health_of(feed.url)

        return await self._do(watch)

    async def remove_feed(self, url: str) -> FeedHealth:
        """Watch a feed no more; its articles stay. Returns how it was. Raises FeedError."""
        return await self._do(lambda: self._list.remove_feed(url))

    async def feeds(self) -> list[FeedHealth]:
        return await self._do(self._list.health)

    async def refresh(
        self,
        urls: Sequence[str] = (),
        *,
        only_due: bool = False,
        done: Refreshed | None = None,
        on_due: Callable[[int], OnAddress] = lambda count: lambda url, became: None,
    ) -> Refreshed:
        """Look at these feeds, or at all, and then at those of their pages that are due.

        With `only_due`, only at the feeds that have their turn now. `done` is filled as the work
        goes on, so that it tells the truth after an interruption too. `on_due` hears how many
        pages there are to look at, and gives what hears what became of each. Raises FeedError
        when one of `urls` is not watched.
        """
        done = done or Refreshed()
        if urls:
            feeds = [await self._do(partial(self._list.feed, url)) for url in urls]
        elif only_due:
            feeds = await self._do(lambda: self._list.due_feeds(self._now()))
        else:
            feeds = await self._do(self._list.all_feeds)

        async def look(feed: WatchedFeed) -> None:
            try:
                await self._look_at_feed(feed)
            except (FetchError, FeedError) as error:
                done.refused.append(Refusal(feed.url, str(error)))
            else:
                done.feeds += 1

        await _side_by_side(feeds, lambda feed: host_of(feed.url), look)
        ids = [feed.id for feed in feeds] if urls else None
        pages = await self._do(lambda: self._list.due_pages(self._now(), ids))
        on_address = on_due(len(pages))

        async def read(page: WatchedPage) -> None:
            await self._look_at_page(page, done, on_address)

        await _side_by_side(pages, lambda page: host_of(page.url), read)
        return done

    async def _look_at_feed(self, feed: WatchedFeed) -> None:
        """Raises FetchError and FeedError, once the list knows of it."""
        try:
            # Robots read sitemaps; a feed is made for those who were given its address.
            fetched = await self._visits.get(
                feed.url, etag=feed.etag, modified=feed.modified, as_robot=feed.kind == "sitemap"
            )
            found = None if fetched.body is None else await self._whole(fetched)
        except HostPaused as error:
            why, until = str(error), error.until
            await self._do(lambda: self._list.feed_waits(feed, why, until))
            raise
        except (FetchError, FeedError) as error:
            why, wait_s = str(error), getattr(error, "retry_after_s", None)
            await self._do(lambda: self._list.feed_failed(feed, why, wait_s, self._now()))
            raise
        await self._do(lambda: self._list.feed_read(feed, fetched, found, self._now()))

    async def _whole(self, fetched: Fetched) -> Feed:
        """The feed that was fetched, with its parts' entries. Raises FeedError, FetchError."""
        found = await self._do(lambda: self._feed_in(fetched))
        entries = list(found.entries)
        for part in found.parts:
            inner = await self._visits.get(part)
            entries += (await self._do(partial(self._feed_in, inner))).entries
        return replace(found, entries=tuple(entries[:MAX_PAGES]))

    def _feed_in(self, fetched: Fetched) -> Feed:
        body = fetched.body or b""
        if is_sitemap(body):
            return read_sitemap(body, fetched.url, FETCH_LIMITS.max_bytes, now=self._now())
        if not _looks_like_feed(body):
            raise FeedError(
                f"There is no feed at {printable(fetched.url)}; name the address of an RSS or Atom "
                "feed, or of a sitemap."
            )
        return read_feed(body, fetched.url, fetched.content_type, now=self._now())

    # -- pages ---------------------------------------------------------------------------

    async def _look_at_page(
        self, page: WatchedPage, done: Refreshed, on_address: OnAddress
    ) -> None:
        known = page.article_id is not None
        if not known and await self._do(self._is_full):
            await self._do(lambda: self._list.waits(page, self._now() + FULL_WAIT))
            return
        try:
            fetched = await self._visits.get(
                page.url,
                etag=page.etag if known else None,
                modified=page.modified if known else None,
            )
            became: AddedPage | FetchError = await self._do(
                lambda: self._keep(page.url, fetched, page if known else None, page.told)
            )
        except HostPaused as error:
            until = error.until
            await self._do(lambda: self._list.waits(page, until))
            return
        except FetchError as error:
            became = await self._do(partial(self._settle, page, error, done))
        if isinstance(became, AddedPage):
            done.count(became.outcome)
        on_address(page.url, became)

    def _is_full(self) -> bool:
        return self._max_articles is not None and self._store.count() >= self._max_articles

    def _settle(
        self, page: WatchedPage, error: FetchError, done: Refreshed
    ) -> AddedPage | FetchError:
        """What to do about a page that could not be read."""
        now, why = self._now(), str(error)
        if error.status in (404, 410) and page.article_id is not None:
            done.gone += self._list.missed(page, error.status, why, now)
            return error
        # A feed may list a page shortly before it is there.
        passing = error.passing or (error.status == 404 and page.failures < 2)
        if passing and self._list.failed(page, why, error.retry_after_s, now):
            return error
        if page.told is not None and page.told.content is not None:
            try:
                return self._keep_told(page, page.told, why)
            except Unreadable:
                pass  # then the page's own refusal is what to tell
        self._list.refused(page, why, now)
        done.refused.append(Refusal(page.url, why))
        return error

    def _keep(
        self, asked: str, fetched: Fetched, page: WatchedPage | None, told: FeedEntry | None
    ) -> AddedPage:
        """Store what was fetched. Raises FetchError for what is no article."""
        if fetched.body is None and page is not None and page.article_id is not None:
            article = self._store.article(page.article_id)
            if article is not None:
                same, info = _same_as(fetched, page), article.info
                with self._store.together():
                    self._list.kept(asked, info.id, (), same, False, None, self._now())
                return AddedPage(Outcome.UNCHANGED, info.id, info.title, info.url or asked)
        found = read_page(fetched, asked, self._extract)
        return self._put(asked, fetched, _with(found, told), None)

    def _keep_told(self, page: WatchedPage, told: FeedEntry, why: str) -> AddedPage:
        """Store what the feed carries of an article whose page is refused. Raises Unreadable."""
        title = escape(told.title or "")
        whole = f"<html><title>{title}</title><body><article><h1>{title}</h1>{told.content}"
        found = self._extract(whole.encode(), printable(page.url) + ".html")
        found = replace(
            found,
            url=page.url,
            title=told.title or found.title,
            author=told.author or found.author,
            published=told.published or found.published,
        )
        return self._put(page.url, None, found, f"taken from the feed, because {why}")

    def _put(
        self, asked: str, fetched: Fetched | None, found: Extracted, problem: str | None
    ) -> AddedPage:
        known_by = [found.url or asked]
        if fetched is not None:
            known_by.append(fetched.url)
        # What was asked for is the same article only where it was not sent on to another.
        if fetched is None or fetched.moved or canonical(asked) == canonical(fetched.url):
            known_by.append(asked)
        key = self._list.article_of(known_by) or article_id_of_url(known_by[0])

        def beside(outcome: Outcome) -> None:
            is_new = outcome is not Outcome.UNCHANGED
            self._list.kept(asked, key, known_by, fetched, is_new, problem, self._now())

        made = build_article(found, Source(known_by[0], lambda: b"", known_by[0]))
        article = Article(replace(made.info, id=key), made.text)
        kept = keep(article, self._store, self._embed, beside)
        return AddedPage(kept.outcome, key, found.title, known_by[0], kept.corrections)


def _looks_like_feed(body: bytes) -> bool:
    return is_sitemap(body) or is_feed(body) or body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{"


def _same_as(fetched: Fetched, page: WatchedPage) -> Fetched:
    """A 304 may leave out what the answer before it said."""
    return replace(
        fetched, etag=fetched.etag or page.etag, modified=fetched.modified or page.modified
    )


def _with(found: Extracted, told: FeedEntry | None) -> Extracted:
    """What a page does not say of itself, its feed may."""
    if told is None:
        return found
    return replace(
        found,
        author=found.author or told.author,
        published=found.published or told.published,
    )


async def _side_by_side(
    things: Sequence[T], host: Callable[[T], str], work: Callable[[T], Awaitable[None]]
) -> None:
    """Do `work` on all things: those of one host one after another, several hosts at once.

    What it raises ends it all.
    """
    by_host: dict[str, list[T]] = {}
    for thing in things:
        by_host.setdefault(host(thing), []).append(thing)
    free = asyncio.Semaphore(HOSTS_AT_ONCE)

    async def one_host(own: list[T]) -> None:
        async with free:
            for thing in own:
                await work(thing)

    try:
        async with asyncio.TaskGroup() as group:
            for own in by_host.values():
                group.create_task(one_host(own))
    except ExceptionGroup as several:
        raise several.exceptions[0] from several
