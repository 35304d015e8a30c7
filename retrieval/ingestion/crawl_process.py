"""A library that is opened to take in what is on the web: its store, the embedder, the network.

The functions block, for the terminal. The running bot has a process of its own do the same
(crawl_client.py starts it), so that reading and embedding what a feed
brings never takes the processor from a question. It is asked on standard input and answers on
standard output, a line of JSON each, and ends with its input.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from corpus import errors
from corpus.errors import FootnoteError
from corpus.ingestion.embedding import is_fresh, rebuild_embeddings
from corpus.parsing.extract import Extracted
from corpus.parsing.sandbox import Sandbox
from corpus.storage.locations import Home, Place, home_of, place_of
from corpus.storage.store import ArticleStore
from corpus.web.crawler import Crawler
from corpus.web.fetch import Fetcher
from corpus.web.politeness import PoliteFetcher
from corpus.web.results import AddedPage, FeedHealth, Refreshed
from retrieval.encoders.embedder import Embedder

_log = logging.getLogger(__name__)

MakeFetcher = Callable[[], Fetcher]
T = TypeVar("T")


class CrawlSession:
    """One embedder, one thread that writes, and one set of manners, for all libraries."""

    def __init__(
        self,
        embedder: Embedder,
        visits: PoliteFetcher,
        workers: Sandbox,
        worker: ThreadPoolExecutor,
    ) -> None:
        self._embedder = embedder
        self._visits = visits
        self._workers = workers
        self._worker = worker

    @classmethod
    @asynccontextmanager
    async def open(
        cls, embedder: Embedder, make_fetcher: MakeFetcher = Fetcher
    ) -> AsyncIterator[CrawlSession]:
        async with AsyncExitStack() as stack:
            workers = stack.enter_context(Sandbox(1))
            worker = stack.enter_context(ThreadPoolExecutor(1, thread_name_prefix="collecting"))
            visits = PoliteFetcher(await stack.enter_async_context(make_fetcher()))
            yield cls(embedder, visits, workers, worker)

    @asynccontextmanager
    async def library(
        self, place: Path | Place, max_articles: int | None = None
    ) -> AsyncIterator[Crawler]:
        """The library there, made when it is not there. Raises StoreError.

        Feeds bring it no more than `max_articles`.
        """
        loop = asyncio.get_running_loop()
        store = await loop.run_in_executor(self._worker, self._opened, place_of(place))
        try:
            yield self.watch(store, max_articles)
        finally:
            await loop.run_in_executor(self._worker, store.close)

    def watch(self, store: ArticleStore, max_articles: int | None = None) -> Crawler:
        """One whose store is open; it is used in this one's thread from now on."""
        return Crawler(
            store,
            self._embedder.encode,
            self._visits,
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
        return self._workers.submit(lambda: data, name).result()


# -- for the terminal, and for programs that may wait ------------------------------------


def add(path: Path, url: str, make_fetcher: MakeFetcher = Fetcher) -> AddedPage:
    """Read the article at an address into the library at `path`. Raises FootnoteError."""
    return _with_library(path, lambda watch: watch.add(url), make_fetcher)


def add_feed(path: Path, url: str, make_fetcher: MakeFetcher = Fetcher) -> FeedHealth:
    """Watch the feed, sitemap or page with a feed at an address; `refresh` reads its articles."""
    return _with_library(path, lambda watch: watch.add_feed(url), make_fetcher)


def remove_feed(path: Path, url: str, make_fetcher: MakeFetcher = Fetcher) -> FeedHealth:
    """Watch a feed no more; what came of it stays. Returns how it was."""
    return _with_library(path, lambda watch: watch.remove_feed(url), make_fetcher)


def feeds(path: Path, make_fetcher: MakeFetcher = Fetcher) -> list[FeedHealth]:
    """All feeds, in the order in which they were added."""
    return _with_library(path, lambda watch: watch.feeds(), make_fetcher)


def refresh(path: Path, url: str | None = None, make_fetcher: MakeFetcher = Fetcher) -> Refreshed:
    """Look at a feed, or at all, and at the pages that are due."""
    return _with_library(path, lambda watch: watch.refresh([url] if url else []), make_fetcher)


def _with_library(
    path: Path, work: Callable[[Crawler], Coroutine[Any, Any, T]], make_fetcher: MakeFetcher
) -> T:
    async def run() -> T:
        embedder = Embedder.load(threads=os.cpu_count() or 1)
        async with CrawlSession.open(embedder, make_fetcher) as all_, all_.library(path) as watch:
            return await work(watch)

    return asyncio.run(run())


# -- the process of the running bot ------------------------------------------------------


async def serve(home: Home, make_fetcher: MakeFetcher = Fetcher) -> None:
    """Do what the lines of standard input ask, several at once, until there are no more."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async with CrawlSession.open(Embedder.load(), make_fetcher) as collecting:
        jobs: set[asyncio.Task[None]] = set()
        while line := await reader.readline():
            job = asyncio.create_task(_answer(collecting, home, json.loads(line)))
            jobs.add(job)
            job.add_done_callback(jobs.discard)
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)


async def _answer(collecting: CrawlSession, home: Home, job: dict[str, Any]) -> None:
    reply: dict[str, Any] = {"id": job["id"]}
    try:
        place = home.place(job["library"])
        async with collecting.library(place, job["max_articles"]) as watch:
            reply["is"] = await _done(watch, job)
    except FootnoteError as error:
        kinds = (kind.__name__ for kind in type(error).__mro__ if hasattr(errors, kind.__name__))
        reply |= {"error": next(kinds), "says": str(error)}
    except Exception:  # noqa: BLE001  the process goes on for all others
        _log.exception("Unforeseen in %s", job["do"])
        reply |= {"error": "", "says": "Something went wrong inside Footnote; its log says what."}
    sys.stdout.write(json.dumps(reply) + "\n")
    sys.stdout.flush()


async def _done(watch: Crawler, job: dict[str, Any]) -> Any:
    match job["do"]:
        case "add":
            return asdict(await watch.add(job["url"]))
        case "add_feed":
            return asdict(await watch.add_feed(job["url"]))
        case "remove_feed":
            return asdict(await watch.remove_feed(job["url"]))
        case "feeds":
            return [asdict(health) for health in await watch.feeds()]
        case "refresh":
            return asdict(await watch.refresh(job["urls"], only_due=job["only_due"]))
        case other:
            raise ValueError(f"no such job: {other}")


def main(make_fetcher: MakeFetcher = Fetcher) -> None:
    """The process; its one argument is the home of the libraries, as it is written."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who started this
    with suppress(OSError, AttributeError):
        os.nice(10)  # questions come first
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    asyncio.run(serve(home_of(sys.argv[1], os.environ), make_fetcher))


if __name__ == "__main__":
    main()
