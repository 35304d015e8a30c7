"""Has a language model word an answer, and keeps only what the quotations support.

The writer is optional and never trusted. Each of its statements is checked, the citations are
those that were copied from the store, and if anything goes wrong the quotations stand. A refusal
stays a refusal: the model is not asked.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Any

from haystack.components.generators.chat.types import ChatGenerator
from haystack.dataclasses import ChatMessage

from corpus.segmentation.splitter import sentences
from retrieval.answering.answer import Answer, Cut, Statement
from retrieval.answering.checker import cut_statement, quote_statement
from retrieval.answering.citation import Citation
from retrieval.answering.number_conflicts import find_differences
from retrieval.answering.support import same_words, supporters
from retrieval.summaries.summary import Summary
from retrieval.writing.prompts import (
    ANSWERING,
    SUMMING_UP,
    ReplyRejected,
    WritingTask,
    WrittenStatement,
    build_messages,
    parse_reply,
    reply_schema,
)

log = logging.getLogger(__name__)

TIME_LIMIT_S = 20.0
ATTEMPTS = 2
MAX_AT_ONCE = 4  # answers that are worded at a time; others stay quotations
FAILURES = 3  # in a row, after which the writer rests for PAUSE_S
PAUSE_S = 60.0
NOT_KNOWN = (400, 422)  # HTTP codes for an option that a server does not know


class Writer:
    """Words answers with a Haystack ChatGenerator. Use it from one event loop."""

    def __init__(
        self,
        generator: ChatGenerator,
        name: str,
        *,
        takes_options: bool = False,
        time_limit_s: float = TIME_LIMIT_S,
        max_at_once: int = MAX_AT_ONCE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Wrap a generator.

        Args:
            generator: Asks the model.
            name: The model's name, for the log and the answer.
            takes_options: Whether it knows OpenAI's options, above all a schema for the reply.
            time_limit_s: For one answer, all attempts together.
            max_at_once: How many answers are worded at a time.
            clock: Seconds that only grow.
        """
        self.name = name
        self._generator: Any = generator
        self._takes_options = takes_options
        self._time_limit_s = time_limit_s
        self._free = max_at_once
        # For generators that can only block. One that never returns keeps its thread.
        self._threads = ThreadPoolExecutor(max_at_once, thread_name_prefix="writer")
        self._clock = clock
        self._failures = 0
        self._rests_until = float("-inf")

    async def sum_up(self, summary: Summary) -> Summary:
        """Word a summary's lines, as `write` words an answer."""
        return replace(summary, answer=await self.write(summary.answer, SUMMING_UP))

    async def write(self, answer: Answer, task: WritingTask = ANSWERING) -> Answer:
        """Word an answer, as far as the quotations support it.

        Args:
            answer: The reader's answer, with the sentences it found.
            task: What the model is asked to do.

        Returns:
            The worded answer, with the model in `writer` and what was removed in `cut`; or the
            answer as it was, with the reason in `unwritten`. Its timings have one more stage. No
            error of the model is raised.
        """
        if answer.refusal is not None or not answer.found:
            return answer
        if self._free < 1 or self._clock() < self._rests_until:
            return replace(answer, unwritten=f"{self.name} was busy, or rests after failures")
        self._free -= 1
        started = time.perf_counter()
        try:
            async with asyncio.timeout(self._time_limit_s):
                written = await self._ask_model(answer, task)
            self._failures = 0
            done = await asyncio.to_thread(apply_statements, answer, written, self.name)
        except Exception as error:  # noqa: BLE001  generators raise whatever their clients do
            self._failed(error)
            why = str(error) if isinstance(error, ReplyRejected) else type(error).__name__
            done = replace(answer, unwritten=f"{self.name} failed: {why}")
        finally:
            self._free += 1
        return _timed(done, (time.perf_counter() - started) * 1000)

    async def close(self) -> None:
        """Close the generator's connections, where it has any."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        if hasattr(self._generator, "close_async"):
            await self._generator.close_async()

    async def _ask_model(self, answer: Answer, task: WritingTask) -> list[WrittenStatement]:
        """Ask the model, ATTEMPTS times at most. Raises the last attempt's error."""
        count = len(answer.found)
        shown = [(citation.article.title, citation.quote) for citation in answer.found]
        prompt = build_messages(answer.understood_as or answer.question, shown, task)
        attempt = 1
        while True:
            try:
                return parse_reply(await self._reply(prompt, count, task), count, task)
            except Exception as error:
                if attempt == ATTEMPTS:
                    raise
                if getattr(error, "status_code", None) in NOT_KNOWN:
                    self._takes_options = False
                log.info("The writer is asked again: %s", type(error).__name__)
                attempt += 1

    async def _reply(self, prompt: list[ChatMessage], count: int, task: WritingTask) -> str:
        options: dict[str, Any] = {}
        if self._takes_options:
            options = {
                "generation_kwargs": {
                    "temperature": 0,
                    "max_tokens": task.max_tokens,
                    "response_format": reply_schema(count, task),
                }
            }
        if hasattr(self._generator, "run_async"):
            result = await self._generator.run_async(prompt, **options)
        else:
            run = partial(self._generator.run, prompt, **options)
            result = await asyncio.get_running_loop().run_in_executor(self._threads, run)
        replies = result["replies"]
        return (replies[0].text or "") if replies else ""

    def _failed(self, error: Exception) -> None:
        self._failures += 1
        log.warning("The writer %s failed: %s: %.200s", self.name, type(error).__name__, error)
        if self._failures >= FAILURES:
            self._rests_until = self._clock() + PAUSE_S
            self._failures = 0
            log.warning("The writer %s is left alone for %.0f s", self.name, PAUSE_S)


def apply_statements(answer: Answer, written: Sequence[WrittenStatement], name: str) -> Answer:
    """Put the statements that the quotations support into an answer.

    A sentence of the program's own ("No reason was given.") stays in front. A statement without
    support is cut. A quotation that it names replaces it, if the reader chose that one too.

    Args:
        answer: The reader's answer.
        written: What the model wrote.
        name: The model's name.

    Returns:
        The worded answer; the reader's, with the reason in `unwritten`, where nothing holds.
    """
    found = answer.found
    quotes = [citation.quote for citation in found]
    own = len(answer.citations)  # `found` begins with them
    kept = [statement for statement in answer.statements if not statement.is_quotation]
    plain = len(kept)
    cut: list[Cut] = []
    for row in written:
        for sentence in sentences(row.text):
            statement, fault = _held(sentence.text, row.sentences, found, quotes)
            if statement is not None:
                kept.append(statement)
            if fault is not None:
                cut.append(fault)
                kept += [
                    quote_statement(found, number) for number in row.sentences if number <= own
                ][:1]
    if len(kept) == plain:
        return replace(answer, unwritten=f"{name} said nothing that holds", cut=tuple(cut))
    statements, citations = _renumbered(list(dict.fromkeys(kept)), found)
    return replace(
        answer,
        statements=statements,
        citations=citations,
        differences=find_differences(citations),
        writer=name,
        cut=tuple(cut),
    )


def _held(
    text: str, named: Sequence[int], found: Sequence[Citation], quotes: list[str]
) -> tuple[Statement | None, Cut | None]:
    """The statement that a sentence of the model makes, or why it makes none.

    The program sets the citations: it compares the sentence with those that the model names, then
    with all others.
    """
    for number in (*named, *range(1, len(quotes) + 1)):
        if same_words(text, quotes[number - 1]):
            return quote_statement(tuple(found), number), None
    by_name = [quotes[number - 1] for number in named]
    if held := supporters(text, by_name):
        return Statement(text, tuple(named[at] for at in held), is_quotation=False), None
    if held := supporters(text, quotes):
        return Statement(text, (held[0] + 1,), is_quotation=False), None
    return None, cut_statement(text, by_name)


def _renumbered(
    statements: list[Statement], found: Sequence[Citation]
) -> tuple[tuple[Statement, ...], tuple[Citation, ...]]:
    """Number the citations in the order in which the statements use them."""
    used = list(dict.fromkeys(number for s in statements for number in s.citations))
    place = {number: at for at, number in enumerate(used, start=1)}
    renumbered = (replace(s, citations=tuple(place[n] for n in s.citations)) for s in statements)
    return tuple(renumbered), tuple(found[number - 1] for number in used)


def _timed(answer: Answer, ms: float) -> Answer:
    stages = dict(answer.timings_ms)
    total = stages.pop("total", 0.0)
    return replace(
        answer, timings_ms=MappingProxyType({**stages, "writer": ms, "total": total + ms})
    )
