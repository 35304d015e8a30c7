"""The bot's side of collecting: a process that takes in addresses and feeds, and its schedule.

The process is started when there is something to do and ended when there has been nothing for
a while, so that a bot without feeds pays nothing for them; when it dies, the next job starts
another. On the event loop there is only the writing and reading of lines.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from corpus import errors
from corpus.errors import FootnoteError, StoreError
from corpus.storage.locations import DEFAULT, Home, home_of
from corpus.storage.store import Outcome
from corpus.web.recrawl_schedule import timestamp
from corpus.web.results import AddedPage, FeedHealth, Refreshed, Refusal
from retrieval.errors import Busy
from retrieval.monitoring.prometheus import ADDED

_log = logging.getLogger(__name__)

MAX_WAITING = 32
LOOK_S = 60.0  # between two looks at what is due
IDLE_S = 300.0  # loading the model again takes a second
CLOSE_S = 0.8  # the bot has little time to stop, and SQLite undoes what is half done
_LINE_BYTES = 1 << 24  # of a reply: a refresh may name a thousand refusals
_ROOT = Path(__file__).parents[2]


Resting = Callable[[], Awaitable[Collection[str]]]
Claim = Callable[[str], AbstractAsyncContextManager[bool]]
"""Whether a library's feeds are this bot's to look at, while that goes on."""


async def _none() -> Collection[str]:
    return ()


@asynccontextmanager
async def _mine(library: str) -> AsyncIterator[bool]:
    yield True


class CrawlClient:
    """Takes in what is on the web, for an event loop; one process does it all, one writer.

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
        """`program` is a module that speaks as retrieval.ingestion.crawl_process does.

        Feeds bring a server's library no more than `max_articles`. The common one has no limit.
        """
        self._home = home_of(home)
        self._program = program
        self._look_s = look_s
        self._idle_s = idle_s
        self._now = now
        self._max_articles = max_articles
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._numbers = itertools.count()
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._used_at = 0.0

    async def add(self, url: str, *, library: str = DEFAULT) -> AddedPage:
        """Read the article at an address."""
        return _added(await self._ask("add", library, url=url))

    async def add_feed(self, url: str, *, library: str = DEFAULT) -> FeedHealth:
        """Watch the feed, sitemap or page with a feed at an address; it is read soon after."""
        return FeedHealth(**await self._ask("add_feed", library, url=url))

    async def remove_feed(self, url: str, *, library: str = DEFAULT) -> FeedHealth:
        """Watch a feed no more; its articles stay. Returns how it was."""
        return FeedHealth(**await self._ask("remove_feed", library, url=url))

    async def feeds(self, *, library: str = DEFAULT) -> list[FeedHealth]:
        """All feeds of a library, in the order in which they were added."""
        return [FeedHealth(**each) for each in await self._ask("feeds", library)]

    async def refresh(
        self, url: str | None = None, *, library: str = DEFAULT, only_due: bool = False
    ) -> Refreshed:
        """Look at a feed, or at all of a library, and at the pages that are due.

        With `only_due`, only at what has its turn now.
        """
        urls = [] if url is None else [url]
        found = await self._ask("refresh", library, urls=urls, only_due=only_due)
        refused = [Refusal(**each) for each in found.pop("refused")]
        return Refreshed(**found, refused=refused)

    async def watch(self, resting: Resting = _none, claim: Claim = _mine) -> None:
        """Refresh what is due in every library, for ever; to be run as a task.

        The libraries that `resting` names at the moment are left alone, and those for which `claim`
        says that another bot looks after them.
        """
        under_way: dict[str, asyncio.Task[None]] = {}
        try:
            while True:
                due = await asyncio.to_thread(due_libraries, self._home, self._now())
                left_alone = await resting() if due else ()
                for name in due:
                    if name in left_alone:
                        continue
                    if name not in under_way or under_way[name].done():
                        under_way[name] = asyncio.create_task(self._refresh_due(name, claim))
                if not self._waiting and time.monotonic() - self._used_at > self._idle_s:
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
        async with self._starting:
            await self._end()

    async def _ask(self, do: str, library: str, **what: Any) -> Any:
        if len(self._waiting) >= MAX_WAITING:
            raise Busy("Too much is being read already; please try again in a moment.")
        number = next(self._numbers)
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            async with self._starting:
                process = await self._started()
            most = None if library == DEFAULT else self._max_articles
            job = {"id": number, "do": do, "library": library, "max_articles": most, **what}
            if process.stdin is not None:
                process.stdin.write(json.dumps(job).encode() + b"\n")
            return await answer
        finally:
            self._waiting.pop(number, None)
            self._used_at = time.monotonic()

    async def _started(self) -> asyncio.subprocess.Process:
        if self._process is None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                self._program,
                self._home.written,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                cwd=_ROOT,
                limit=_LINE_BYTES,
                env={**os.environ, **self._home.variables},
            )
            self._reading = asyncio.create_task(self._read(self._process))
        return self._process

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        """Hand out the replies; when there are no more, whoever waits is told."""
        while process.stdout is not None and (line := await process.stdout.readline()):
            reply = json.loads(line)
            answer = self._waiting.get(reply["id"])
            if answer is None or answer.done():
                continue
            if "error" in reply:
                kind = getattr(errors, reply["error"], errors.CorpusError)
                answer.set_exception(kind(reply["says"]))
            else:
                answer.set_result(reply["is"])
        if self._process is process:
            self._process = None  # the next job starts another
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(
                    errors.CorpusError("Reading stopped in the middle; please try again.")
                )
        await process.wait()

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            async with asyncio.timeout(CLOSE_S):
                await process.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        if self._reading is not None:
            await self._reading


def due_libraries(home: Path | Home, now: datetime) -> list[str]:
    """The names of the libraries in which something is due."""
    try:
        return home_of(home).due(timestamp(now))
    except StoreError as error:
        _log.warning("%s", error)
        return []


def _added(data: dict[str, Any]) -> AddedPage:
    outcome, right = Outcome(data.pop("outcome")), tuple(data.pop("corrections"))
    return AddedPage(outcome, **data, corrections=right)
