"""The libraries of Discord's servers: their articles and feeds, added, listed and removed.

What a member adds goes into the library of that server. From then on only that library answers
there.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from corpus.article import Article, ArticleInfo
from corpus.errors import FeedError
from corpus.storage.locations import Home, Place, as_home
from corpus.storage.store import Outcome
from corpus.web.results import AddedPage, FeedHealth
from corpus.web.watchlist import WatchList
from retrieval.errors import AskerError, Busy
from retrieval.ingestion.crawl_client import CrawlClient
from retrieval.ingestion.upload_client import FileAdder, ReadBytes, UploadClient, UploadQueue
from retrieval.ingestion.upload_process import AddedFile, OnProgress
from retrieval.monitoring.prometheus import ADDED
from retrieval.serving.library_router import LibraryRouter

MAX_ARTICLES = 5_000  # of one server
MAX_FEEDS = 50  # of one server
MAX_LINKS_WAITING = 5  # of one server; the collector takes 32 jobs of all

T = TypeVar("T")


class LibraryFull(AskerError):
    """The server's library holds as many articles as it may: `limit`."""

    def __init__(self, limit: int) -> None:
        """Word it with the limit."""
        super().__init__(f"This server's library holds {limit:,} articles, its limit; remove some.")
        self.limit = limit


class TooManyFeeds(AskerError):
    """The server has as many feeds as it may."""


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """Some of a library's articles, newest first, and how many it has in all.

    `is_own` is true for the server's own library.
    """

    articles: tuple[ArticleInfo, ...]
    total: int
    is_own: bool


@dataclass(frozen=True, slots=True)
class ArticleVersions:
    """An article and its versions, the oldest first, each with when it was added (ISO 8601)."""

    article: Article
    versions: tuple[tuple[ArticleInfo, str], ...]
    is_own: bool


class RunOnRouter(Protocol):
    """Runs work on the router, in the router's thread."""

    def __call__(self, work: Callable[[LibraryRouter], T]) -> Awaitable[T]:
        """Run it, and give what it returns."""
        ...


@contextmanager
def _counted(source: str) -> Iterator[list[Outcome]]:
    """Count what the block adds, by the outcome that it puts into the list."""
    outcomes: list[Outcome] = []
    try:
        yield outcomes
    finally:
        ADDED.labels(source, outcomes[0].value if outcomes else "refused").inc()


class ServerLibraries:
    """The libraries of Discord's servers, for an event loop.

    `server` is a Discord server's id. Every method may raise FootnoteError.
    """

    def __init__(
        self,
        home: Path | Home,
        on_router: RunOnRouter,
        worker: FileAdder | None = None,
        collector: CrawlClient | None = None,
        *,
        max_articles: int = MAX_ARTICLES,
    ) -> None:
        """Start no process yet.

        Args:
            home: Where the libraries are.
            on_router: Runs work on the router that answers questions.
            worker: Adds files; None for one in a process of its own.
            collector: Adds what is on the web; None for one in a process of its own.
            max_articles: How many articles one server may have.
        """
        self._home = as_home(home)
        self._on_router = on_router
        self._adder = UploadQueue(worker or UploadClient(variables=self._home.variables))
        self.collector = collector or CrawlClient(self._home, max_articles=max_articles)
        self._fetching: Counter[int] = Counter()
        self._max_articles = max_articles
        # For work that may wait for other programs; it does not keep questions waiting.
        self._files = ThreadPoolExecutor(1, thread_name_prefix="articles")

    def _place(self, server: int) -> Place:
        return self._home.place(str(server))

    async def count(self, server: int) -> int:
        """How many articles the server's own library has."""
        return await self._on_router(lambda router: _count(router, server))

    async def add(
        self,
        *,
        server: int,
        name: str,
        read: ReadBytes,
        on_progress: OnProgress = lambda share: None,
    ) -> AddedFile:
        """Add a file to the server's own library, when its turn comes.

        Args:
            server: The server's id.
            name: The file's name; its ending says its format.
            read: Reads the file; what it raises is raised here.
            on_progress: Called with the share that is done, from 0 to 1.

        Raises:
            Unreadable: No article can be read from the file.
            Busy: Too many files wait.
            LibraryFull: The server has as many articles as it may.
            StoreError: The library cannot be written.
        """
        await self._check_room(server)
        with _counted("file") as outcomes:
            added = await self._adder.add(self._place(server), name, read, on_progress)
            outcomes.append(added.outcome)
        return added

    async def add_link(self, *, server: int, url: str) -> AddedPage:
        """Add the article at an address to the server's own library.

        Raises:
            FetchError: The page cannot be read.
            Busy: Too many links of the server are being read.
            LibraryFull: The server has as many articles as it may.
        """
        await self._check_room(server)
        with _counted("link") as outcomes:
            adding = self.collector.add(url, library=str(server))
            added = await self._fetched(server, adding)
            outcomes.append(added.outcome)
        return added

    async def add_feed(self, *, server: int, url: str) -> FeedHealth:
        """Watch a feed for the server.

        Raises:
            FeedError: It is no feed, or is watched already.
            FetchError: It cannot be read.
            TooManyFeeds: The server has as many feeds as it may.
            Busy: Too many links of the server are being read.
        """
        await self._check_room(server)
        if len(await self.feeds(server)) >= MAX_FEEDS:
            raise TooManyFeeds(f"This server has {MAX_FEEDS} feeds, its limit; remove one first.")
        return await self._fetched(server, self.collector.add_feed(url, library=str(server)))

    async def remove_feed(self, *, server: int, url: str) -> FeedHealth:
        """Stop watching one of the server's feeds; its articles stay.

        Raises:
            FeedError: The server has no such feed.
        """
        place = self._place(server)
        if not await self._in_files(place.exists):
            raise FeedError("This server has no feeds.")
        return await self.collector.remove_feed(url, library=str(server))

    async def feeds(self, server: int) -> list[FeedHealth]:
        """The server's own feeds, in the order they were added."""
        place = self._place(server)
        return await self._in_files(lambda: _feeds(place))

    async def _check_room(self, server: int) -> None:
        if await self.count(server) >= self._max_articles:
            raise LibraryFull(self._max_articles)

    async def _fetched(self, server: int, work: Coroutine[Any, Any, T]) -> T:
        if self._fetching[server] >= MAX_LINKS_WAITING:
            work.close()
            raise Busy("Several links of this server are being read already; try again shortly.")
        self._fetching[server] += 1
        try:
            return await work
        finally:
            self._fetching[server] -= 1
            self._fetching += Counter()  # without those that are at 0

    async def remove(self, *, server: int, article_id: str) -> ArticleInfo | None:
        """Delete one of the server's own articles, all its versions; None where there is none."""
        place = self._place(server)
        return await self._in_files(lambda: _remove(place, article_id))

    async def completed(
        self, *, server: int, typed: str, max_count: int, only_own: bool
    ) -> list[ArticleInfo]:
        """Find articles whose title has the typed text; titles that begin with it come first.

        Args:
            server: The server's id.
            typed: Part of a title, in any case.
            max_count: How many to return at most.
            only_own: Only from the server's own library; else from the one that answers there.
        """
        return await self._on_router(
            lambda router: _completed(router, server, typed, only_own)[:max_count]
        )

    async def page(self, *, server: int, start: int, count: int) -> ArticlePage:
        """Articles that answer there, the newest first; `start` counts from 0."""
        return await self._on_router(lambda router: _page(router, server, start, count))

    async def show(self, *, server: int, article_id: str) -> ArticleVersions | None:
        """An article of the library that answers there; None where it has no such article."""
        return await self._on_router(lambda router: _shown(router, server, article_id))

    async def erase(self, server: int) -> bool:
        """Overwrite and delete the server's own library; False where there is none."""
        await self.collector.close()  # it may have the library open; the next job starts another
        await self._on_router(lambda router: router.close_library(str(server)))
        return await self._in_files(self._place(server).erase)

    async def servers(self) -> list[int]:
        """The servers that have a library of their own, with or without articles."""
        return await self._in_files(lambda: _servers(self._home))

    async def close(self) -> None:
        """Stop the processes and the thread."""
        await self._adder.close()
        await self.collector.close()
        await asyncio.to_thread(self._files.shutdown, cancel_futures=True)

    async def _in_files(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._files, work)


def _count(router: LibraryRouter, server: int) -> int:
    own = router.own_library(str(server))
    return 0 if own is None else own.store.count()


def _remove(place: Place, article_id: str) -> ArticleInfo | None:
    if not place.exists():
        return None
    with place.open() as store:
        article = store.article(article_id)
        if article is None:
            return None
        store.forget(article_id)
        return article.info


def _completed(router: LibraryRouter, server: int, typed: str, only_own: bool) -> list[ArticleInfo]:
    library = router.own_library(str(server)) if only_own else router.library_for(str(server))
    wanted = typed.strip().casefold()
    found = [] if library is None else library.store.articles()
    return sorted(
        (info for info in reversed(found) if wanted in info.title.casefold()),
        key=lambda info: not info.title.casefold().startswith(wanted),
    )


def _page(router: LibraryRouter, server: int, start: int, count: int) -> ArticlePage:
    library = router.library_for(str(server))
    found = library.store.articles()[::-1]
    is_own = router.own_library(str(server)) is not None
    return ArticlePage(tuple(found[start : start + count]), len(found), is_own)


def _shown(router: LibraryRouter, server: int, article_id: str) -> ArticleVersions | None:
    store = router.library_for(str(server)).store
    article = store.article(article_id)
    if article is None:
        return None
    is_own = router.own_library(str(server)) is not None
    return ArticleVersions(article, tuple(store.versions(article_id)), is_own)


def _feeds(place: Place) -> list[FeedHealth]:
    """Read here and not by the crawler, whose process may have to start first."""
    if not place.exists():
        return []
    with place.open_to_read() as store:
        return WatchList(store).health()


def _servers(home: Home) -> list[int]:
    return sorted(int(name) for name in home.names() if name.isdecimal())
