"""The shelf for an event loop: one worker thread, a line of those who wait, nothing on the loop.

A writer, where there is one, comes after the worker thread has done its part, so that nobody
waits for the wording of another's answer.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from corpus.article import SpanRef
from corpus.storage.locations import Home
from retrieval.answering.answer import Answer
from retrieval.answering.citation import Citation, Excerpt
from retrieval.answering.citation_status import SourceChange
from retrieval.encoders.embedder import Embedder
from retrieval.encoders.reader_model import load_shipped
from retrieval.errors import Busy
from retrieval.ingestion.crawl_client import CrawlClient
from retrieval.ingestion.upload_client import FileAdder
from retrieval.monitoring import prometheus
from retrieval.query.question import Question
from retrieval.query.scope_resolver import Suggestion, SuggestionKind
from retrieval.ranking.weights import Caution
from retrieval.serving.fair_queue import DEFAULT_LIMITS, FairQueue, QueueLimits, Turn
from retrieval.serving.library_router import LibraryRouter
from retrieval.serving.server_libraries import ServerLibraries
from retrieval.summaries.summary import Summary, SummaryRequest
from retrieval.summaries.timeline import Timeline
from retrieval.writing.prompts import SENTENCES_SHOWN
from retrieval.writing.writer import Writer

log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ServiceOptions:
    """What an operator may choose: whether the log has questions, and how sure answers must be."""

    log_questions: bool = False
    caution: Caution = Caution.HELPFUL


class AskService:
    """Answers questions one at a time, members in turns.

    Every method may raise FootnoteError; AskerErrors are for whoever asked. A `turn` says who
    asks; without one it is the program itself. Who stops waiting is not worked for.
    """

    def __init__(
        self,
        home: Path | Home,
        *,
        writer: Writer | None = None,
        limits: QueueLimits = DEFAULT_LIMITS,
        worker: FileAdder | None = None,
        collector: CrawlClient | None = None,
        embedder: Callable[[], Embedder] = Embedder.load,
        options: ServiceOptions = ServiceOptions(),
    ) -> None:
        """`worker` adds files, `collector` what is on the web; in processes of their own."""
        self.articles = ServerLibraries(home, self._run, worker, collector)
        self._embedder = embedder
        self._home = home
        self._writer = writer
        self._options = options
        self._shelf: LibraryRouter | None = None
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="retrieval")
        # Both threads look into these, the worker to take the next; never for long.
        self._lock = Lock()
        self._line = FairQueue(limits)
        self._waiting: dict[Turn, tuple[Callable[[LibraryRouter], Any], Future[Any]]] = {}

    @property
    def is_worded(self) -> bool:
        """Whether a language model words the answers."""
        return self._writer is not None

    async def ask(
        self,
        question: Question,
        *,
        server: int | None,
        turn: Turn | None = None,
    ) -> Answer:
        """The answer from the library of `server`, a Discord server's id; None in private.

        Raises QuestionError where it is restricted to a source that is not here, and Busy when
        too many wait.
        """
        with prometheus.count_question("question") as answers:
            answer = await self._run(lambda shelf: shelf.ask(question, _own(server)), turn)
            if self._writer is not None:
                answer = await self._writer.write(answer)
            answers.append(answer)
        self._tell("question", answer)
        return answer

    async def summarize(
        self, brief: SummaryRequest, *, server: int | None, turn: Turn | None = None
    ) -> Summary:
        """The summary, from the library that answers `server`, in a writer's words if there is one.

        Raises QuestionError, and Busy when too many wait.
        """
        with prometheus.count_question("summary") as answers:
            summary = await self._run(lambda shelf: shelf.summarize(brief, _own(server)), turn)
            if self._writer is not None:
                summary = await self._writer.sum_up(summary)
            answers.append(summary.answer)
        self._tell("summary", summary.answer)
        return summary

    async def news(self, *, server: int | None, since: str) -> list[tuple[str, str]]:
        """The articles there that came after a moment (ISO 8601, UTC), and when."""
        return await self._run(lambda shelf: shelf.news(_own(server), since))

    async def timeline(
        self, *, server: int | None, articles: Sequence[str], turn: Turn | None = None
    ) -> Timeline:
        """What is known of when these articles told what. Raises CitationLost for none at all."""
        return await self._run(lambda shelf: shelf.timeline(_own(server), articles), turn)

    async def excerpt(
        self,
        *,
        server: int | None,
        ref: SpanRef,
        turn: Turn | None = None,
    ) -> Excerpt:
        """A citation with the text around it. Raises CitationLost, and Busy."""
        return await self._run(lambda shelf: shelf.excerpt(_own(server), ref), turn)

    async def citations(
        self,
        *,
        server: int | None,
        refs: Sequence[SpanRef],
        turn: Turn | None = None,
    ) -> list[Citation | None]:
        """What stands at these places, in their order.

        None where the library that answers there holds no such place.
        """
        return await self._run(lambda shelf: shelf.citations(_own(server), refs), turn)

    async def source_changes(
        self,
        *,
        server: int | None,
        refs: Sequence[SpanRef],
        known: Sequence[int],
    ) -> list[SourceChange | None]:
        """What became of quotations since: None for each that stands, or is `known` already."""
        return await self._run(lambda shelf: shelf.source_changes(_own(server), refs, known))

    async def choices(
        self,
        *,
        server: int | None,
        typed: str,
        offered: SuggestionKind = SuggestionKind.ALL,
        turn: Turn | None = None,
    ) -> list[Suggestion]:
        """Sources and titles to restrict a question to, from the library that answers there."""
        return await self._run(lambda shelf: shelf.choices(_own(server), typed, offered), turn)

    def _tell(self, kind: str, answer: Answer) -> None:
        """A line for the log; what was asked is in it only where that was wanted."""
        told: dict[str, object] = {"outcome": prometheus.outcome_of(answer)}
        told |= {"ms": round(answer.timings_ms.get("total", 0), 1), "cited": len(answer.citations)}
        if self._options.log_questions:
            told["asked"] = answer.question
        log.info("A %s was answered", kind, extra=told)

    def look(self) -> None:
        """Set the gauges of what is here at the moment."""
        with self._lock:
            prometheus.WAITING.set(len(self._line))
        prometheus.OPEN_LIBRARIES.set(0 if self._shelf is None else self._shelf.open_count)

    def ahead_of(self, turn: Turn) -> int | None:
        """How many are taken before `turn`; None when it does not wait, or no more."""
        with self._lock:
            return self._line.ahead_of(turn)

    async def warm_up(self) -> None:
        """Load the model and ask once, so that the first member does not wait for that."""
        asked = Question.of("Is anything in the articles?")
        await self._run(lambda shelf: shelf.ask(asked))

    async def close(self) -> None:
        """Finish what runs, refuse what waits."""
        await self.articles.close()
        with self._lock:
            while (turn := self._line.take()) is not None:
                _, answer = self._waiting.pop(turn)
                if answer.set_running_or_notify_cancel():
                    answer.set_exception(Busy("The bot is stopping; please ask again later."))
        await asyncio.get_running_loop().run_in_executor(self._worker, self._close_shelf)
        self._worker.shutdown()
        if self._writer is not None:
            await self._writer.close()

    async def _run(self, work: Callable[[LibraryRouter], T], turn: Turn | None = None) -> T:
        turn = turn or Turn()
        answer: Future[T] = Future()
        with self._lock:
            self._line.add(turn)
            self._waiting[turn] = work, answer
        self._worker.submit(self._take_one)
        try:
            return await asyncio.wrap_future(answer)
        finally:
            with self._lock:  # a no-op but for one who stopped waiting
                self._line.leave(turn)
                self._waiting.pop(turn, None)

    def _take_one(self) -> None:
        """In the worker: do what is next. There are as many calls as turns, or more."""
        with self._lock:
            turn = self._line.take()
            if turn is None:
                return
            work, answer = self._waiting.pop(turn)
        if not answer.set_running_or_notify_cancel():
            return
        try:
            answer.set_result(self._on_shelf(work))
        except BaseException as error:  # noqa: BLE001  it is for whoever waits
            answer.set_exception(error)

    def _on_shelf(self, work: Callable[[LibraryRouter], T]) -> T:
        if self._shelf is None:
            found = 0 if self._writer is None else SENTENCES_SHOWN
            load_shipped()  # so that the first question does not wait for it
            self._shelf = LibraryRouter(self._home, self._embedder(), found, self._options.caution)
        done = work(self._shelf)
        self._shelf.rebuild_indexes_if_due()
        return done

    def _close_shelf(self) -> None:
        if self._shelf is not None:
            self._shelf.close()


def _own(server: int | None) -> str | None:
    return None if server is None else str(server)
