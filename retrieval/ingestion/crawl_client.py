"""The bot's side of crawling: starts the crawl process, hands it jobs, and knows what is due.

The process is started when there is something to do and ended when there has been nothing for
a while, so that a bot without feeds pays nothing for them; when it dies, the next job starts
another.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from corpus import errors
from corpus.errors import CorpusError, FootnoteError, StoreError
from corpus.processes.child_process import (
    ChildProcess,
    ProcessDied,
    module_command,
)
from corpus.processes.messages import Received
from corpus.storage.locations import DEFAULT, Home, as_home
from corpus.web.recrawl_schedule import timestamp
from corpus.web.results import AddedPage, FeedHealth, Refreshed
from retrieval.errors import Busy
from retrieval.ingestion.crawl_process import (
    AddFeed,
    AddPage,
    AnyCrawlReply,
    CrawlJob,
    CrawlReply,
    FeedsFound,
    JobFailed,
    ListFeeds,
    PageAdded,
    Refresh,
    RemoveFeed,
    Task,
    WasRefreshed,
)
from retrieval.monitoring.prometheus import ADDED

_log = logging.getLogger(__name__)

MAX_WAITING = 32
LOOK_S = 60.0  # between two looks at what is due
IDLE_S = 300.0  # loading the model again takes a second
CLOSE_S = 0.8  # the bot has little time to stop, and SQLite undoes what is half done

R = TypeVar("R")

PausedLibraries = Callable[[], Awaitable[Collection[str]]]
Claim = Callable[[str], AbstractAsyncContextManager[bool]]
"""Claims a library's feeds for this bot while they are looked at; False where another has them."""


async def _none() -> Collection[str]:
    return ()


@asynccontextmanager
async def _mine(library: str) -> AsyncIterator[bool]:
    yield True


class CrawlClient:
    """Feeds all libraries from the web by one process. For one event loop.

    `library` is the name of a library's folder: a Discord server's id, or the common one.
    Every method may raise FootnoteError, with a sentence for whoever asked.
    """

    def __init__(
        self,
        home: Path | Home,
        *,
        program: str = "retrieval.ingestion.crawl_process",
        look_s: float = LOOK_S,
        idle_s: float = IDLE_S,
        max_articles: int | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Start nothing yet.

        Args:
            home: Where the libraries are.
            program: A module that answers as retrieval.ingestion.crawl_process does.
            look_s: The seconds between two looks at what is due.
            idle_s: The process ends after so many seconds without a job.
            max_articles: How many a server's library may hold for feeds to bring more; None for
                any number. The common library has no limit.
            now: Tells the time.
        """
        self._home = as_home(home)
        self._look_s = look_s
        self._idle_s = idle_s
        self._now = now
        self._max_articles = max_articles
        self.process: ChildProcess[AnyCrawlReply] = ChildProcess(
            module_command(program, self._home.spec),
            CrawlReply,
            variables=self._home.variables,
        )
        self._turn = asyncio.Lock()  # to start the process, to write to it, to end it
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="crawl-jobs")
        self._reading: asyncio.Future[None] | None = None
        self._numbers = itertools.count()
        self._asked = 0  # jobs that somebody waits for, sent or not
        self._waiting: dict[int, asyncio.Future[AnyCrawlReply]] = {}
        self._used_at = 0.0

    async def add(self, url: str, *, library: str = DEFAULT) -> AddedPage:
        """Read the article at an address."""
        return (await self._ask(PageAdded, AddPage(url), library)).added

    async def add_feed(self, url: str, *, library: str = DEFAULT) -> FeedHealth:
        """Watch the feed, sitemap or page with a feed at an address; it is read soon after."""
        (feed,) = (await self._ask(FeedsFound, AddFeed(url), library)).feeds
        return feed

    async def remove_feed(self, url: str, *, library: str = DEFAULT) -> FeedHealth:
        """Watch a feed no more; its articles stay. Returns how it was."""
        (feed,) = (await self._ask(FeedsFound, RemoveFeed(url), library)).feeds
        return feed

    async def feeds(self, *, library: str = DEFAULT) -> list[FeedHealth]:
        """All feeds of a library, in the order in which they were added."""
        return list((await self._ask(FeedsFound, ListFeeds(), library)).feeds)

    async def refresh(
        self, url: str | None = None, *, library: str = DEFAULT, only_due: bool = False
    ) -> Refreshed:
        """Look at feeds, and at the pages that are due.

        Args:
            url: The feed's address; None for all feeds of the library.
            library: The name of its folder.
            only_due: Whether to look only at what has its turn now.
        """
        task = Refresh(() if url is None else (url,), only_due)
        return (await self._ask(WasRefreshed, task, library)).refreshed

    async def watch(self, paused: PausedLibraries = _none, claim: Claim = _mine) -> None:
        """Refresh what is due in every library, for ever; to be run as a task.

        Args:
            paused: Names the libraries to leave alone at the moment.
            claim: Claims a library; one that another bot has is left alone.
        """
        under_way: dict[str, asyncio.Task[None]] = {}
        try:
            while True:
                due = await asyncio.to_thread(due_libraries, self._home, self._now())
                left_alone = await paused() if due else ()
                for name in due:
                    if name in left_alone:
                        continue
                    if name not in under_way or under_way[name].done():
                        under_way[name] = asyncio.create_task(self._refresh_due(name, claim))
                is_idle = self._reading is not None and not self._asked
                if is_idle and time.monotonic() - self._used_at > self._idle_s:
                    await self.close()
                await asyncio.sleep(self._look_s)
        finally:
            for task in under_way.values():
                task.cancel()

    async def _refresh_due(self, library: str, claim: Claim) -> None:
        async with claim(library) as is_mine:
            if is_mine:
                await self._refresh_ours(library)

    async def _refresh_ours(self, library: str) -> None:
        try:
            done = await self.refresh(library=library, only_due=True)
        except FootnoteError as error:
            _log.warning("The library %s was not refreshed: %s", library, error)
        else:
            for outcome in ("added", "changed", "unchanged"):
                ADDED.labels("feed", outcome).inc(getattr(done, outcome))
            ADDED.labels("feed", "refused").inc(len(done.refused))

    async def close(self) -> None:
        """End the process; what it was doing is done again the next time."""
        async with self._turn:
            await self._in_thread(partial(self.process.end, CLOSE_S))
            if self._reading is not None:
                await self._reading
                self._reading = None

    async def _ask(self, kind: type[R], task: Task, library: str) -> R:
        """The reply to a task, which is of the kind named. Raises FootnoteError."""
        if self._asked >= MAX_WAITING:
            raise Busy("Too much is being read already; please try again in a moment.")
        most = None if library == DEFAULT else self._max_articles
        job = CrawlJob(next(self._numbers), library, most, task)
        answer: asyncio.Future[AnyCrawlReply] = asyncio.get_running_loop().create_future()
        self._asked += 1
        try:
            async with self._turn:
                await self._start()
                self._waiting[job.id] = answer
                with suppress(ProcessDied):  # who reads its replies hears of that too
                    await self._in_thread(partial(self.process.send, job))
            reply = await answer
        finally:
            self._asked -= 1
            self._waiting.pop(job.id, None)
            self._used_at = time.monotonic()
        if isinstance(reply, JobFailed):
            raise getattr(errors, reply.error, CorpusError)(reply.why)
        assert isinstance(reply, kind)  # noqa: S101  each task has one kind of reply
        return reply

    async def _start(self) -> None:
        """Start the process where none is running, and read its replies."""
        replies = await self._in_thread(self._new_replies)
        if replies is None:
            return
        if self._reading is not None:
            await self._reading  # those who waited for the process before hear of its end
        self._reading = asyncio.get_running_loop().create_future()
        threading.Thread(
            target=self._read,
            args=(replies, asyncio.get_running_loop(), self._reading),
            name="crawl-replies",
            daemon=True,
        ).start()

    def _new_replies(self) -> Iterator[Received[AnyCrawlReply]] | None:
        return self.process.replies() if self.process.start() else None

    def _read(
        self,
        replies: Iterator[Received[AnyCrawlReply]],
        loop: asyncio.AbstractEventLoop,
        ended: asyncio.Future[None],
    ) -> None:
        """In a thread: hand the replies to the event loop, until the process ends."""
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            for received in replies:
                loop.call_soon_threadsafe(self._hand_out, received.message)
            loop.call_soon_threadsafe(self._give_up, ended)

    def _hand_out(self, reply: AnyCrawlReply) -> None:
        answer = self._waiting.get(reply.id)
        if answer is not None and not answer.done():
            answer.set_result(reply)

    def _give_up(self, ended: asyncio.Future[None]) -> None:
        """Tell all who wait that the process has ended."""
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(
                    CorpusError("Reading stopped in the middle; please try again.")
                )
        ended.set_result(None)

    async def _in_thread(self, work: Callable[[], R]) -> R:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def due_libraries(home: Path | Home, now: datetime) -> list[str]:
    """The names of the libraries in which something is due; [] where they cannot be read.

    Args:
        home: Where the libraries are.
        now: This moment.
    """
    try:
        return as_home(home).due(timestamp(now))
    except StoreError as error:
        _log.warning("%s", error)
        return []
