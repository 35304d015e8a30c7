"""The shelf for an event loop: one worker thread, a bounded queue, nothing on the loop itself.

A writer, where there is one, comes after the worker thread has done its part, so that nobody
waits for the wording of another's answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from retrieval.adder import Worker
from retrieval.answer import Answer, Excerpt, Question
from retrieval.articles import Articles
from retrieval.embedder import Embedder
from retrieval.errors import Busy
from retrieval.prompts import SENTENCES_SHOWN
from retrieval.shelf import Shelf
from retrieval.writer import Writer

MAX_WAITING = 64  # at some 20 ms a question, the last in the queue waits under two seconds

T = TypeVar("T")


class AskService:
    """Answers questions in the order in which they came, one at a time.

    Every method may raise FootnoteError; AskerErrors are for whoever asked.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        writer: Writer | None = None,
        max_waiting: int = MAX_WAITING,
        worker: Worker | None = None,
        embedder: Callable[[], Embedder] = Embedder.load,
    ) -> None:
        """`worker` adds articles, in a process of its own by default."""
        self.articles = Articles(data_dir, self._run, worker)
        self._embedder = embedder
        self._data_dir = data_dir
        self._writer = writer
        self._max_waiting = max_waiting
        self._waiting = 0
        self._shelf: Shelf | None = None
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="retrieval")

    async def ask(
        self,
        question: str,
        *,
        server: int | None,
        asked_at: datetime | None = None,
        earlier: Sequence[str] = (),
    ) -> Answer:
        """The answer from the library of `server`, a Discord server's id; None in private.

        `asked_at` is the asker's clock, aware, `earlier` the questions that this one may follow.
        Raises QuestionError, and Busy when too many wait already.
        """
        answer = await self._read(Question.of(question, asked_at, earlier), server)
        return answer if self._writer is None else await self._writer.write(answer)

    async def _read(self, question: Question, server: int | None) -> Answer:
        return await self._run(lambda shelf: shelf.ask(question, _own(server)))

    async def excerpt(
        self, *, server: int | None, article_id: str, version: int, start: int, end: int
    ) -> Excerpt:
        """A citation with the text around it. Raises CitationLost."""
        return await self._run(
            lambda shelf: shelf.excerpt(_own(server), article_id, version, start, end)
        )

    async def warm_up(self) -> None:
        """Load the model and ask once, so that the first member does not wait for that."""
        await self._read(Question.of("Is anything in the articles?"), None)

    async def close(self) -> None:
        """Finish what runs, drop what waits."""
        await self.articles.close()
        if self._shelf is not None and self._waiting == 0:
            await self._run(lambda shelf: shelf.close())
        await asyncio.to_thread(self._worker.shutdown, cancel_futures=True)
        if self._writer is not None:
            await self._writer.close()

    async def _run(self, work: Callable[[Shelf], T]) -> T:
        if self._waiting >= self._max_waiting:
            raise Busy("Too many questions are waiting; please ask again in a moment.")
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._worker, self._on_shelf, work)
        finally:
            self._waiting -= 1

    def _on_shelf(self, work: Callable[[Shelf], T]) -> T:
        if self._shelf is None:
            found = 0 if self._writer is None else SENTENCES_SHOWN
            self._shelf = Shelf(self._data_dir, self._embedder(), found)
        done = work(self._shelf)
        self._shelf.keep_up()
        return done


def _own(server: int | None) -> str | None:
    return None if server is None else str(server)
