"""Takes addresses and feeds into libraries, in a process of its own; crawl_client.py starts it.

Reading and embedding what a feed brings so never takes the processor from a question. The
terminal uses the same CrawlSession in its own process.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from corpus import errors
from corpus.errors import FootnoteError
from corpus.ingestion.embedding import is_fresh, rebuild_embeddings
from corpus.parsing.extract import Extracted
from corpus.parsing.sandbox import Sandbox
from corpus.processes.job_server import JobServer
from corpus.processes.messages import MessageTooLong
from corpus.storage.locations import Home, Place, as_home, as_place
from corpus.storage.store import ArticleStore
from corpus.web.crawler import Crawler
from corpus.web.fetch import Fetcher
from corpus.web.politeness import PoliteFetcher
from corpus.web.results import AddedPage, FeedHealth, Refreshed
from retrieval.encoders.embedder import Embedder

_log = logging.getLogger(__name__)

MakeFetcher = Callable[[], Fetcher]
NICENESS = 10  # whoever asks a question goes first


class CrawlSession:
    """One embedder, one thread that writes, and one polite fetcher, for all libraries."""

    def __init__(
        self,
        embedder: Embedder,
        fetcher: PoliteFetcher,
        sandbox: Sandbox,
        worker: ThreadPoolExecutor,
    ) -> None:
        self._embedder = embedder
        self._fetcher = fetcher
        self._sandbox = sandbox
        self._worker = worker

    @classmethod
    @asynccontextmanager
    async def open(
        cls, embedder: Embedder, make_fetcher: MakeFetcher = Fetcher
    ) -> AsyncIterator[CrawlSession]:
        """Start what a session needs, and end it afterwards.

        Args:
            embedder: Embeds what is read.
            make_fetcher: Makes what opens connections.
        """
        async with AsyncExitStack() as stack:
            sandbox = stack.enter_context(Sandbox(1))
            worker = stack.enter_context(ThreadPoolExecutor(1, thread_name_prefix="crawling"))
            fetcher = PoliteFetcher(await stack.enter_async_context(make_fetcher()))
            yield cls(embedder, fetcher, sandbox, worker)

    @asynccontextmanager
    async def library(
        self, place: Path | Place, max_articles: int | None = None
    ) -> AsyncIterator[Crawler]:
        """Open a library, and close it afterwards.

        Args:
            place: Where it is; it is made when it is not there.
            max_articles: How many it may hold for feeds to bring more; None for any number.

        Raises:
            StoreError: It cannot be opened.
        """
        loop = asyncio.get_running_loop()
        store = await loop.run_in_executor(self._worker, self._opened, as_place(place))
        try:
            yield self.watch(store, max_articles)
        finally:
            await loop.run_in_executor(self._worker, store.close)

    def watch(self, store: ArticleStore, max_articles: int | None = None) -> Crawler:
        """Crawl for an open library; from now on only the crawling thread may use it."""
        return Crawler(
            store,
            self._embedder.encode,
            self._fetcher,
            self._worker,
            extract=self._extract,
            max_articles=max_articles,
        )

    def _opened(self, place: Place) -> ArticleStore:
        store = place.open()
        if not is_fresh(store, self._embedder.identity):
            rebuild_embeddings(store, self._embedder.encode, self._embedder.identity)
        return store

    def _extract(self, data: bytes, name: str) -> Extracted:
        return self._sandbox.submit(lambda: data, name).result()


# -- the process of the running bot ------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AddPage:
    """Read the article at an address."""

    url: str
    kind: Literal["add_page"] = "add_page"


@dataclass(frozen=True, slots=True)
class AddFeed:
    """Watch the feed, sitemap or page with a feed at an address."""

    url: str
    kind: Literal["add_feed"] = "add_feed"


@dataclass(frozen=True, slots=True)
class RemoveFeed:
    """Watch a feed no more."""

    url: str
    kind: Literal["remove_feed"] = "remove_feed"


@dataclass(frozen=True, slots=True)
class ListFeeds:
    """Say how each feed does."""

    kind: Literal["list_feeds"] = "list_feeds"


@dataclass(frozen=True, slots=True)
class Refresh:
    """Look at these feeds, or at all where there are none, and at the pages that are due."""

    urls: tuple[str, ...]
    only_due: bool
    kind: Literal["refresh"] = "refresh"


Task = AddPage | AddFeed | RemoveFeed | ListFeeds | Refresh


@dataclass(frozen=True, slots=True)
class CrawlJob:
    """A task for one library. The reply has its `id`; several are done at once.

    `max_articles` is how many the library may hold for feeds to bring more; None for any number.
    """

    id: int
    library: str
    max_articles: int | None
    task: Annotated[Task, Field(discriminator="kind")]


@dataclass(frozen=True, slots=True)
class PageAdded:
    """The reply to AddPage."""

    id: int
    added: AddedPage
    kind: Literal["page_added"] = "page_added"


@dataclass(frozen=True, slots=True)
class FeedsFound:
    """The reply to ListFeeds, and with one feed to AddFeed and RemoveFeed."""

    id: int
    feeds: tuple[FeedHealth, ...]
    kind: Literal["feeds"] = "feeds"


@dataclass(frozen=True, slots=True)
class WasRefreshed:
    """The reply to Refresh."""

    id: int
    refreshed: Refreshed
    kind: Literal["refreshed"] = "refreshed"


@dataclass(frozen=True, slots=True)
class JobFailed:
    """The reply to any job: `error` names a class of corpus.errors, `why` is for people."""

    id: int
    error: str
    why: str
    kind: Literal["failed"] = "failed"


AnyCrawlReply = PageAdded | FeedsFound | WasRefreshed | JobFailed
CrawlReply = Annotated[AnyCrawlReply, Field(discriminator="kind")]


async def serve(
    server: JobServer[CrawlJob], home: Home, make_fetcher: MakeFetcher = Fetcher
) -> None:
    """Do the jobs that come, several at once, until no more come; then drop what is under way.

    Args:
        server: Where jobs come from and replies go.
        home: Where the libraries are.
        make_fetcher: Makes what opens connections.
    """
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1, thread_name_prefix="jobs") as waiting:
        async with CrawlSession.open(Embedder.load(), make_fetcher) as session:
            jobs: set[asyncio.Task[None]] = set()
            while (received := await loop.run_in_executor(waiting, server.next_job)) is not None:
                job = asyncio.create_task(_answer(session, home, received.message, server))
                jobs.add(job)
                job.add_done_callback(jobs.discard)
            for job in jobs:
                job.cancel()
            await asyncio.gather(*jobs, return_exceptions=True)


async def _answer(
    session: CrawlSession, home: Home, job: CrawlJob, server: JobServer[CrawlJob]
) -> None:
    try:
        async with session.library(home.place(job.library), job.max_articles) as crawler:
            server.reply(await _done(crawler, job))
    except FootnoteError as error:
        kinds = (kind.__name__ for kind in type(error).__mro__ if hasattr(errors, kind.__name__))
        server.reply(JobFailed(job.id, next(kinds), str(error)))
    except MessageTooLong:
        why = "So much was refused that the list is too long; try again with one feed."
        server.reply(JobFailed(job.id, "CorpusError", why))
    except BrokenPipeError:
        raise
    except Exception:  # noqa: BLE001  the process goes on for all others
        _log.exception("Unforeseen in %s", job.task.kind)
        why = "Something went wrong inside Footnote; its log says what."
        server.reply(JobFailed(job.id, "CorpusError", why))


async def _done(crawler: Crawler, job: CrawlJob) -> PageAdded | FeedsFound | WasRefreshed:
    match job.task:
        case AddPage(url):
            return PageAdded(job.id, await crawler.add(url))
        case AddFeed(url):
            return FeedsFound(job.id, (await crawler.add_feed(url),))
        case RemoveFeed(url):
            return FeedsFound(job.id, (await crawler.remove_feed(url),))
        case ListFeeds():
            return FeedsFound(job.id, tuple(await crawler.feeds()))
        case Refresh(urls, only_due):
            return WasRefreshed(job.id, await crawler.refresh(urls, only_due=only_due))


def main(make_fetcher: MakeFetcher = Fetcher) -> None:
    """Serve on standard input and output; the one argument is the home of the libraries."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    with JobServer[CrawlJob].on_standard_streams(CrawlJob, niceness=NICENESS) as server:
        asyncio.run(serve(server, as_home(sys.argv[1], os.environ), make_fetcher))


if __name__ == "__main__":
    main()
