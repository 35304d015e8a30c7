"""Takes the articles at addresses and in feeds into a library, and looks at them again later.

Several hosts are visited at once, each by one visit at a time. Whatever takes the processor or
the library's file is done in one thread, one thing after another.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from html import escape
from typing import TypeVar

from corpus.canonical_url import CanonicalUrl, canonical, host_of
from corpus.errors import FeedError, FetchError, Unreadable
from corpus.ingestion.embedding import Embed
from corpus.ingestion.ingest import Refused
from corpus.ingestion.sources import build_article, id_of_address
from corpus.ingestion.upsert import upsert
from corpus.parsing.extract import Extract, Extracted, extract
from corpus.storage.store import ArticleStore, Outcome
from corpus.web.feeds import Feed, FeedEntry, find_feed_links, read_feed
from corpus.web.fetch import FETCH_LIMITS, Fetched, printable
from corpus.web.page_reader import is_feed, read_page
from corpus.web.politeness import HostPaused, PoliteFetcher
from corpus.web.recrawl_schedule import SYSTEM_SCHEDULE, Schedule
from corpus.web.results import AddedPage, FeedHealth, Refreshed
from corpus.web.sitemaps import MAX_PAGES, is_sitemap, read_sitemap
from corpus.web.watchlist import WatchedFeed, WatchedPage, WatchList

FULL_WAIT = timedelta(days=1)  # before a full library is offered what its feeds bring again
HOSTS_AT_ONCE = 8  # some 10 MB each at the worst

T = TypeVar("T")
OnAddress = Callable[[str, AddedPage | FetchError], None]
"""Hears what became of an address."""


class Crawler:
    """Feeds one library from the web. For one event loop, and the thread `worker`."""

    def __init__(
        self,
        store: ArticleStore,
        embed: Embed,
        fetcher: PoliteFetcher,
        worker: ThreadPoolExecutor,
        *,
        extract: Extract = extract,
        schedule: Schedule = SYSTEM_SCHEDULE,
        max_articles: int | None = None,
    ) -> None:
        """Crawl for an open library.

        Args:
            store: The library; used in `worker` only.
            embed: Embeds what is read.
            fetcher: Visits addresses.
            worker: One thread.
            extract: Reads the files that addresses give.
            schedule: Tells the time, and when to look again.
            max_articles: How many the library may hold for feeds to bring more; None for any
                number.
        """
        self._store = store
        self._embed = embed
        self._fetcher = fetcher
        self._worker = worker
        self._extract = extract
        self._schedule = schedule
        self._list = WatchList(store, schedule)
        self._max_articles = max_articles

    async def _in_worker(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._worker, work)

    # -- addresses -----------------------------------------------------------------------

    async def add(self, url: str) -> AddedPage:
        """Read the article at an address that a person named.

        Args:
            url: The address, in whichever form.

        Raises:
            FetchError: It cannot be fetched, or is no article.
            StoreError: The library cannot be written.
        """
        address = canonical(url)
        page = await self._in_worker(lambda: self._list.page(address))
        known = page if page is not None and page.article_id is not None else None
        fetched = await self._fetcher.get(
            address,
            etag=known.etag if known else None,
            modified=known.modified if known else None,
            as_robot=False,
        )
        return await self._in_worker(lambda: self._add_fetched(address, fetched, known, None))

    async def add_all(
        self, urls: Iterable[str], on_address: OnAddress = lambda url, outcome: None
    ) -> None:
        """Read the articles at these addresses.

        Args:
            urls: The addresses; one that stands there twice is read once.
            on_address: Hears what became of each.

        Raises:
            StoreError: The library cannot be written.
        """

        async def one(url: str) -> None:
            try:
                outcome: AddedPage | FetchError = await self.add(url)
            except FetchError as error:
                outcome = error
            on_address(url, outcome)

        await _by_host(list(dict.fromkeys(urls)), host_of, one)

    # -- feeds ---------------------------------------------------------------------------

    async def add_feed(self, url: str) -> FeedHealth:
        """Watch the feed or sitemap at an address, or the one that the page there names.

        It is read once, so that what is no feed is refused; the articles that it lists wait for
        the next refresh.

        Raises:
            FeedError: There is no feed, or it is watched already.
            FetchError: The address cannot be fetched.
        """
        fetched = await self._fetcher.get(url, as_robot=False)
        body = fetched.body or b""
        if not _looks_like_feed(body) and (links := find_feed_links(body, fetched.url)):
            fetched = await self._fetcher.get(links[0], as_robot=False)
        found = await self._read_feed(fetched)
        kind = "sitemap" if is_sitemap(fetched.body or b"") else "feed"

        def watch() -> FeedHealth:
            feed = self._list.add_feed(fetched.url, kind)
            self._list.record_feed(feed, fetched, found)
            return self._list.health_of(feed.url)

        return await self._in_worker(watch)

    async def remove_feed(self, url: str) -> FeedHealth:
        """Watch a feed no more; its articles stay.

        Returns:
            How the feed was.

        Raises:
            FeedError: No feed is watched at `url`.
        """
        return await self._in_worker(lambda: self._list.remove_feed(url))

    async def feeds(self) -> list[FeedHealth]:
        """How all feeds do, in the order in which they were added."""
        return await self._in_worker(self._list.health)

    async def refresh(
        self,
        urls: Sequence[str] = (),
        *,
        only_due: bool = False,
        done: Refreshed | None = None,
        on_due: Callable[[int], OnAddress] = lambda count: lambda url, outcome: None,
    ) -> Refreshed:
        """Look at feeds, and then at those of their pages that are due.

        Args:
            urls: The feeds' addresses; all feeds where there are none.
            only_due: Whether to look only at the feeds that have their turn now.
            done: Filled as the work goes on, so that it is right after an interruption too.
            on_due: Hears how many pages are due, and returns what hears what became of each.

        Raises:
            FeedError: One of `urls` is not watched.
            StoreError: The library cannot be written.
        """
        done = done or Refreshed()
        if urls:
            feeds = [await self._in_worker(partial(self._list.feed, url)) for url in urls]
        elif only_due:
            feeds = await self._in_worker(self._list.due_feeds)
        else:
            feeds = await self._in_worker(self._list.all_feeds)

        async def look(feed: WatchedFeed) -> None:
            try:
                await self._look_at_feed(feed)
            except (FetchError, FeedError) as error:
                done.refused.append(Refused(feed.url, str(error)))
            else:
                done.feeds += 1

        await _by_host(feeds, lambda feed: host_of(feed.url), look)
        ids = [feed.id for feed in feeds] if urls else None
        pages = await self._in_worker(lambda: self._list.due_pages(ids))
        on_address = on_due(len(pages))

        async def read(page: WatchedPage) -> None:
            await self._look_at_page(page, done, on_address)

        await _by_host(pages, lambda page: host_of(page.url), read)
        return done

    async def _look_at_feed(self, feed: WatchedFeed) -> None:
        """Raises FetchError and FeedError, when they are on the list."""
        try:
            # Robots read sitemaps; a feed is made for those who were given its address.
            fetched = await self._fetcher.get(
                feed.url, etag=feed.etag, modified=feed.modified, as_robot=feed.kind == "sitemap"
            )
            found = None if fetched.body is None else await self._read_feed(fetched)
        except HostPaused as error:
            why, until = str(error), error.until
            await self._in_worker(lambda: self._list.postpone_feed(feed, why, until))
            raise
        except (FetchError, FeedError) as error:
            why, wait_s = str(error), getattr(error, "retry_after_s", None)
            await self._in_worker(lambda: self._list.record_feed_failure(feed, why, wait_s))
            raise
        await self._in_worker(lambda: self._list.record_feed(feed, fetched, found))

    async def _read_feed(self, fetched: Fetched) -> Feed:
        """The feed that was fetched, with its parts' entries. Raises FeedError, FetchError."""
        found = await self._in_worker(lambda: self._feed_in(fetched))
        entries = list(found.entries)
        for part in found.parts:
            inner = await self._fetcher.get(part)
            entries += (await self._in_worker(partial(self._feed_in, inner))).entries
        return replace(found, entries=tuple(entries[:MAX_PAGES]))

    def _feed_in(self, fetched: Fetched) -> Feed:
        body = fetched.body or b""
        if is_sitemap(body):
            return read_sitemap(body, fetched.url, FETCH_LIMITS.max_bytes, now=self._schedule.now())
        if not _looks_like_feed(body):
            raise FeedError(
                f"There is no feed at {printable(fetched.url)}; name the address of an RSS or Atom "
                "feed, or of a sitemap."
            )
        return read_feed(body, fetched.url, fetched.content_type, now=self._schedule.now())

    # -- pages ---------------------------------------------------------------------------

    async def _look_at_page(
        self, page: WatchedPage, done: Refreshed, on_address: OnAddress
    ) -> None:
        known = page if page.article_id is not None else None
        if known is None and await self._in_worker(self._is_full):
            until = self._schedule.now() + FULL_WAIT
            await self._in_worker(lambda: self._list.postpone(page, until))
            return
        try:
            fetched = await self._fetcher.get(
                page.url,
                etag=known.etag if known else None,
                modified=known.modified if known else None,
            )
            outcome: AddedPage | FetchError = await self._in_worker(
                lambda: self._add_fetched(page.url, fetched, known, page.entry)
            )
        except HostPaused as error:
            until = error.until
            await self._in_worker(lambda: self._list.postpone(page, until))
            return
        except FetchError as error:
            outcome = await self._in_worker(partial(self._handle_failure, page, error, done))
        if isinstance(outcome, AddedPage):
            done.count(outcome.outcome)
        on_address(page.url, outcome)

    def _is_full(self) -> bool:
        return self._max_articles is not None and self._store.count() >= self._max_articles

    def _handle_failure(
        self, page: WatchedPage, error: FetchError, done: Refreshed
    ) -> AddedPage | FetchError:
        """Record that a page could not be read; its feed may have the article all the same."""
        why = str(error)
        if error.status in (404, 410) and page.article_id is not None:
            done.gone += self._list.record_missing(page, error.status, why)
            return error
        # A feed may list a page shortly before it is there.
        passing = error.passing or (error.status == 404 and page.failures < 2)
        if passing and self._list.record_failure(page, why, error.retry_after_s):
            return error
        if page.entry is not None and page.entry.content is not None:
            try:
                return self._add_from_feed(page.url, page.entry, why)
            except Unreadable:
                pass  # then what is said is why the page itself is refused
        self._list.record_refusal(page, why)
        done.refused.append(Refused(page.url, why))
        return error

    def _add_fetched(
        self,
        asked: CanonicalUrl,
        fetched: Fetched,
        known: WatchedPage | None,
        entry: FeedEntry | None,
    ) -> AddedPage:
        """Store what was fetched. Raises FetchError for what is no article."""
        if fetched.body is None and known is not None and known.article_id is not None:
            article = self._store.article(known.article_id)
            if article is not None:
                same, info = _same_as(fetched, known), article.info
                with self._store.together():
                    self._list.record_article(asked, info.id, fetched=same, is_new=False)
                return AddedPage(Outcome.UNCHANGED, info.id, info.title, info.url or asked)
        page = read_page(fetched, asked, self._extract)
        addresses = [page.url, page.found_at]
        # What was asked for is the same article only where it was not sent on to another.
        if fetched.moved or asked == page.found_at:
            addresses.append(asked)
        found = _with_feed_facts(page.article, entry)
        return self._store_article(asked, addresses, found, fetched, None)

    def _add_from_feed(self, url: CanonicalUrl, entry: FeedEntry, why: str) -> AddedPage:
        """Store what the feed carries of an article whose page is refused. Raises Unreadable."""
        title = escape(entry.title or "")
        whole = f"<html><title>{title}</title><body><article><h1>{title}</h1>{entry.content}"
        found = self._extract(whole.encode(), printable(url) + ".html")
        found = replace(
            found,
            url=url,
            title=entry.title or found.title,
            author=entry.author or found.author,
            published=entry.published or found.published,
        )
        return self._store_article(url, [url], found, None, f"taken from the feed, because {why}")

    def _store_article(
        self,
        asked: CanonicalUrl,
        addresses: Sequence[CanonicalUrl],
        found: Extracted,
        fetched: Fetched | None,
        problem: str | None,
    ) -> AddedPage:
        """Store an article that these addresses lead to, the one it is known by first."""
        article_id = self._list.find_article(addresses) or id_of_address(addresses[0])

        def record(outcome: Outcome) -> None:
            self._list.record_article(
                asked,
                article_id,
                fetched=fetched,
                is_new=outcome is not Outcome.UNCHANGED,
                also_at=addresses,
                problem=problem,
            )

        article = build_article(found, article_id)
        kept = upsert(article, self._store, self._embed, record)
        return AddedPage(kept.outcome, article_id, found.title, addresses[0], kept.corrections)


def _looks_like_feed(body: bytes) -> bool:
    return is_sitemap(body) or is_feed(body) or body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{"


def _same_as(fetched: Fetched, page: WatchedPage) -> Fetched:
    """A 304 may leave out what the answer before it said."""
    return replace(
        fetched, etag=fetched.etag or page.etag, modified=fetched.modified or page.modified
    )


def _with_feed_facts(found: Extracted, entry: FeedEntry | None) -> Extracted:
    """What a page does not say of itself, its feed may."""
    if entry is None:
        return found
    return replace(
        found,
        author=found.author or entry.author,
        published=found.published or entry.published,
    )


async def _by_host(
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
