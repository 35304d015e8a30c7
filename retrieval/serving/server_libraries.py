"""The articles of Discord's servers: added, removed, listed, shown, watched; each server's own.

What is added in a server goes into the library of that server, and from then on only that
library answers there.
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
        super().__init__(f"This server's library holds {limit:,} articles, its limit; remove some.")
        self.limit = limit


class TooManyFeeds(AskerError):
    """The server watches as many feeds as it may."""


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """Some of a library's articles, newest first, and how many there are in all.

    `is_own` tells whether it is the server's own library.
    """

    articles: tuple[ArticleInfo, ...]
    total: int
    is_own: bool


@dataclass(frozen=True, slots=True)
class ArticleVersions:
    """An article, and its versions, the oldest first, each with when it was added (ISO 8601)."""

    article: Article
    versions: tuple[tuple[ArticleInfo, str], ...]
    is_own: bool


class RunOnRouter(Protocol):
    """Runs work on the shelf, in the shelf's thread."""

    def __call__(self, work: Callable[[LibraryRouter], T]) -> Awaitable[T]: ...


@contextmanager
def _counted(source: str) -> Iterator[list[Outcome]]:
    """Count what is added inside by its outcome, which is put into the list."""
    became: list[Outcome] = []
    try:
        yield became
    finally:
        ADDED.labels(source, became[0].value if became else "refused").inc()


class ServerLibraries:
    """For an event loop. `server` is a Discord server's id.

    Every method may raise FootnoteError.
    """

    def __init__(
        self,
        home: Path | Home,
        on_shelf: RunOnRouter,
        worker: FileAdder | None = None,
        collector: CrawlClient | None = None,
        *,
        max_articles: int = MAX_ARTICLES,
    ) -> None:
        self._home = as_home(home)
        self._on_shelf = on_shelf
        self._adder = UploadQueue(worker or UploadClient(variables=self._home.variables))
        self.collector = collector or CrawlClient(self._home, max_articles=max_articles)
        self._fetching: Counter[int] = Counter()
        self._max_articles = max_articles
        # What may wait for other programs that read or write; not in the way of who asks.
        self._files = ThreadPoolExecutor(1, thread_name_prefix="articles")

    def _place(self, server: int) -> Place:
        return self._home.place(str(server))

    async def count(self, server: int) -> int:
        """How many articles the server's own library has."""
        return await self._on_shelf(lambda shelf: _count(shelf, server))

    async def add(
        self,
        *,
        server: int,
        name: str,
        read: ReadBytes,
        on_progress: OnProgress = lambda share: None,
    ) -> AddedFile:
        """Add the file called `name` to the server's own library, when it is its turn.

        Raises Unreadable, Busy, LibraryFull, StoreError, and what `read` raises.
        """
        await self._check_room(server)
        with _counted("file") as became:
            added = await self._adder.add(self._place(server), name, read, on_progress)
            became.append(added.outcome)
        return added

    async def add_link(self, *, server: int, url: str) -> AddedPage:
        """Add the article at an address likewise. Raises FetchError, Busy, LibraryFull."""
        await self._check_room(server)
        with _counted("link") as became:
            adding = self.collector.add(url, library=str(server))
            added = await self._fetched(server, adding)
            became.append(added.outcome)
        return added

    async def add_feed(self, *, server: int, url: str) -> FeedHealth:
        """Watch a feed for the server. Raises FeedError, FetchError, TooManyFeeds, Busy."""
        await self._check_room(server)
        if len(await self.feeds(server)) >= MAX_FEEDS:
            raise TooManyFeeds(f"This server has {MAX_FEEDS} feeds, its limit; remove one first.")
        return await self._fetched(server, self.collector.add_feed(url, library=str(server)))

    async def remove_feed(self, *, server: int, url: str) -> FeedHealth:
        """Watch a feed of the server's no more; its articles stay. Raises FeedError."""
        place = self._place(server)
        if not await self._in_files(place.exists):
            raise FeedError("This server has no feeds.")
        return await self.collector.remove_feed(url, library=str(server))

    async def feeds(self, server: int) -> list[FeedHealth]:
        """The server's own feeds, in the order in which they were added."""
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
        """Delete an article of the server's own, all its versions; None when it has no such."""
        place = self._place(server)
        return await self._in_files(lambda: _remove(place, article_id))

    async def completed(
        self, *, server: int, typed: str, max_count: int, only_own: bool
    ) -> list[ArticleInfo]:
        """The articles with that in their title, those that begin with it first.

        Those that answer there, or none unless they are the server's own.
        """
        return await self._on_shelf(
            lambda shelf: _completed(shelf, server, typed, only_own)[:max_count]
        )

    async def page(self, *, server: int, start: int, count: int) -> ArticlePage:
        """The articles that answer there, from the `start`th newest on."""
        return await self._on_shelf(lambda shelf: _page(shelf, server, start, count))

    async def show(self, *, server: int, article_id: str) -> ArticleVersions | None:
        """An article that answers there; None when there is no such."""
        return await self._on_shelf(lambda shelf: _shown(shelf, server, article_id))

    async def erase(self, server: int) -> bool:
        """Overwrite and delete the server's own library; False when there is none."""
        await self.collector.close()  # it may have the library open; the next job starts another
        await self._on_shelf(lambda shelf: shelf.let_go(str(server)))
        return await self._in_files(self._place(server).erase)

    async def servers(self) -> list[int]:
        """The servers that have a library of their own, with or without articles."""
        return await self._in_files(lambda: _servers(self._home))

    async def close(self) -> None:
        await self._adder.close()
        await self.collector.close()
        await asyncio.to_thread(self._files.shutdown, cancel_futures=True)

    async def _in_files(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._files, work)


def _count(shelf: LibraryRouter, server: int) -> int:
    own = shelf.own(str(server))
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


def _completed(shelf: LibraryRouter, server: int, typed: str, only_own: bool) -> list[ArticleInfo]:
    library = shelf.own(str(server)) if only_own else shelf.answering(str(server))
    wanted = typed.strip().casefold()
    found = [] if library is None else library.store.articles()
    return sorted(
        (info for info in reversed(found) if wanted in info.title.casefold()),
        key=lambda info: not info.title.casefold().startswith(wanted),
    )


def _page(shelf: LibraryRouter, server: int, start: int, count: int) -> ArticlePage:
    library = shelf.answering(str(server))
    found = library.store.articles()[::-1]
    is_own = shelf.own(str(server)) is not None
    return ArticlePage(tuple(found[start : start + count]), len(found), is_own)


def _shown(shelf: LibraryRouter, server: int, article_id: str) -> ArticleVersions | None:
    store = shelf.answering(str(server)).store
    article = store.article(article_id)
    if article is None:
        return None
    is_own = shelf.own(str(server)) is not None
    return ArticleVersions(article, tuple(store.versions(article_id)), is_own)


def _feeds(place: Place) -> list[FeedHealth]:
    """Read here and not by the collector, whose process may have to start first."""
    if not place.exists():
        return []
    with place.open_to_read() as store:
        return WatchList(store).health()


def _servers(home: Home) -> list[int]:
    return sorted(int(name) for name in home.names() if name.isdecimal())
