"""Answers many at once from an event loop: a fair queue and one worker thread.

Nothing slow runs on the loop. A writer, where there is one, begins when the worker thread has done
its part, so that nobody waits for the wording of another's answer.
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
from retrieval.answering.citation_status import SourceChange, source_changes
from retrieval.answering.cite import cite_all, excerpt
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
    """Answers questions one at a time; servers and members take turns.

    `server` is a Discord server's id; None in private. `turn` says who asks; None for the program
    itself. Work for someone who stops waiting is dropped. Every method may raise FootnoteError;
    whoever asked may see AskerErrors. Methods with a `turn` raise Busy where too many wait.
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
        """Load nothing yet; the first question opens its library.

        Args:
            home: Where the libraries are.
            writer: Words the answers; None for quotations only.
            limits: How many may wait.
            worker: Adds files; None for one in a process of its own.
            collector: Adds what is on the web; None for one in a process of its own.
            embedder: Loads the embedder, in the worker thread.
            options: What the operator chose.
        """
        self.articles = ServerLibraries(home, self._run, worker, collector)
        self._embedder = embedder
        self._home = home
        self._writer = writer
        self._options = options
        self._router: LibraryRouter | None = None
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="retrieval")
        # The loop and the worker thread both use these, and never hold the lock for long.
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
        """Answer from the library that answers in `server`, in a writer's words if there is one.

        Raises:
            QuestionError: The question is restricted to a source that is not in the library.
            Busy: Too many wait.
        """
        with prometheus.count_question("question") as answers:
            answer = await self._run(lambda router: router.ask(question, _own(server)), turn)
            if self._writer is not None:
                answer = await self._writer.write(answer)
            answers.append(answer)
        self._log_answer("question", answer)
        return answer

    async def summarize(
        self, brief: SummaryRequest, *, server: int | None, turn: Turn | None = None
    ) -> Summary:
        """Summarize from the library that answers in `server`, in a writer's words if there is one.

        Raises:
            QuestionError: It names an article or a source that is not in the library.
            Busy: Too many wait.
        """
        with prometheus.count_question("summary") as answers:
            summary = await self._run(lambda router: router.summarize(brief, _own(server)), turn)
            if self._writer is not None:
                summary = await self._writer.sum_up(summary)
            answers.append(summary.answer)
        self._log_answer("summary", summary.answer)
        return summary

    async def news(self, *, server: int | None, since: str) -> list[tuple[str, str]]:
        """The articles that came after a moment (ISO 8601, UTC): ids and when, oldest first."""
        return await self._run(
            lambda router: router.library_for(_own(server)).store.added_since(since)
        )

    async def timeline(
        self, *, server: int | None, articles: Sequence[str], turn: Turn | None = None
    ) -> Timeline:
        """The timeline of these articles.

        Raises:
            CitationLost: None of them is in the library, or none has a date.
        """
        return await self._run(lambda router: router.timeline(_own(server), articles), turn)

    async def excerpt(
        self,
        *,
        server: int | None,
        ref: SpanRef,
        turn: Turn | None = None,
    ) -> Excerpt:
        """A citation with the text around it.

        Raises:
            CitationLost: The library that answers there does not have it, whichever other does.
        """
        return await self._run(
            lambda router: excerpt(router.library_for(_own(server)).store, ref), turn
        )

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
        return await self._run(
            lambda router: cite_all(router.library_for(_own(server)).store, refs), turn
        )

    async def source_changes(
        self,
        *,
        server: int | None,
        refs: Sequence[SpanRef],
        known: Sequence[int],
    ) -> list[SourceChange | None]:
        """What became of quotations since: None for each that stands, or is `known` already."""
        return await self._run(
            lambda router: source_changes(router.stores_of(_own(server)), refs, known)
        )

    async def choices(
        self,
        *,
        server: int | None,
        typed: str,
        offered: SuggestionKind = SuggestionKind.ALL,
        turn: Turn | None = None,
    ) -> list[Suggestion]:
        """Sources and titles to restrict a question to, from the library that answers there."""
        return await self._run(
            lambda router: router.resolver_for(_own(server)).suggest(typed, kind=offered), turn
        )

    def _log_answer(self, kind: str, answer: Answer) -> None:
        """Log an answer; the question itself only where that was wanted."""
        fields: dict[str, object] = {"outcome": prometheus.outcome_of(answer)}
        fields |= {
            "ms": round(answer.timings_ms.get("total", 0), 1),
            "cited": len(answer.citations),
        }
        if self._options.log_questions:
            fields["asked"] = answer.question
        log.info("A %s was answered", kind, extra=fields)

    def look(self) -> None:
        """Set the gauges: how many wait, how many libraries are open."""
        with self._lock:
            prometheus.WAITING.set(len(self._line))
        prometheus.OPEN_LIBRARIES.set(0 if self._router is None else self._router.open_count)

    def ahead_of(self, turn: Turn) -> int | None:
        """How many come before `turn`; None where it does not wait."""
        with self._lock:
            return self._line.ahead_of(turn)

    async def warm_up(self) -> None:
        """Load the models and ask once, so that the first member does not wait for them."""
        asked = Question.of("Is anything in the articles?")
        await self._run(lambda router: router.ask(asked))

    async def close(self) -> None:
        """Finish the work that runs, refuse what waits, and close everything."""
        await self.articles.close()
        with self._lock:
            while (turn := self._line.take()) is not None:
                _, answer = self._waiting.pop(turn)
                if answer.set_running_or_notify_cancel():
                    answer.set_exception(Busy("The bot is stopping; please ask again later."))
        await asyncio.get_running_loop().run_in_executor(self._worker, self._close_router)
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
            with self._lock:  # does nothing but for one who stopped waiting
                self._line.leave(turn)
                self._waiting.pop(turn, None)

    def _take_one(self) -> None:
        """Do the next work, in the worker thread. It is called at least once for each turn."""
        with self._lock:
            turn = self._line.take()
            if turn is None:
                return
            work, answer = self._waiting.pop(turn)
        if not answer.set_running_or_notify_cancel():
            return
        try:
            answer.set_result(self._work_on_router(work))
        except BaseException as error:  # noqa: BLE001  it is for whoever waits
            answer.set_exception(error)

    def _work_on_router(self, work: Callable[[LibraryRouter], T]) -> T:
        if self._router is None:
            found = 0 if self._writer is None else SENTENCES_SHOWN
            load_shipped()  # so that the first question does not wait for it
            self._router = LibraryRouter(self._home, self._embedder(), found, self._options.caution)
        done = work(self._router)
        self._router.rebuild_indexes_if_due()
        return done

    def _close_router(self) -> None:
        if self._router is not None:
            self._router.close()


def _own(server: int | None) -> str | None:
    return None if server is None else str(server)
