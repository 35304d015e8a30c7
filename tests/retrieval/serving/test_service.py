"""Many ask at once, and one thread answers: in turns, within bounds, and only who still waits."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from retrieval.answering.answer import Answer
from retrieval.errors import Busy
from retrieval.query.question import Question
from retrieval.serving.fair_queue import QueueLimits, Turn
from retrieval.serving.library_router import LibraryRouter
from retrieval.serving.service import AskService


class Gate:
    """Holds the worker at each question until it is opened, and writes down what was asked."""

    def __init__(self, service: AskService) -> None:
        self.service = service
        self.opened = threading.Event()
        self.reached = asyncio.Event()
        self.asked: list[str] = []

    async def ask(self, question: str, turn: Turn) -> asyncio.Task[Answer]:
        """The question being asked; it has its place, or the worker has it."""
        asked = self.service.ask(Question.of(question), server=turn.server, turn=turn)
        asking = asyncio.create_task(asked)
        await asyncio.sleep(0)
        return asking

    async def hold(self) -> asyncio.Task[Answer]:
        """Have the worker stand at the gate with a first question."""
        first = await self.ask("the first?", Turn(9, 9))
        await asyncio.wait_for(self.reached.wait(), 10)
        return first


@pytest.fixture
async def gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Gate:
    """A gate before a service that is warm. The test opens it, and closes the service."""
    service = AskService(tmp_path, limits=QueueLimits(total=4, per_member=3))
    await service.warm_up()
    made, real = Gate(service), LibraryRouter.ask
    loop = asyncio.get_running_loop()

    def held(shelf: LibraryRouter, question: Question, library: str | None = None) -> Answer:
        loop.call_soon_threadsafe(made.reached.set)
        made.opened.wait(10)
        made.asked.append(question.text)
        return real(shelf, question, library)

    monkeypatch.setattr(LibraryRouter, "ask", held)
    return made


async def test_members_are_answered_in_turns(gate: Gate):
    first = await gate.hold()
    flood = [await gate.ask(f"flood {number}?", Turn(1, 1)) for number in range(3)]
    late = Turn(1, 2)
    other = await gate.ask("one question?", late)
    assert gate.service.ahead_of(late) == 1
    gate.opened.set()
    await asyncio.gather(first, *flood, other)
    assert gate.asked == ["the first?", "flood 0?", "one question?", "flood 1?", "flood 2?"]
    assert gate.service.ahead_of(late) is None
    await gate.service.close()


async def test_who_stops_waiting_is_not_worked_for(gate: Gate):
    first = await gate.hold()
    given_up = await gate.ask("given up?", Turn(1, 1))
    waiting = await gate.ask("still wanted?", Turn(1, 2))
    given_up.cancel()
    await asyncio.wait({given_up})
    gate.opened.set()
    await asyncio.gather(first, waiting)
    assert gate.asked == ["the first?", "still wanted?"]
    await gate.service.close()


async def test_too_many_questions_are_told_to_come_back(gate: Gate):
    first = await gate.hold()
    waiting = [await gate.ask(f"{number}?", Turn(1, 1)) for number in range(3)]
    with pytest.raises(Busy, match="3 of your questions are waiting already"):
        await gate.service.ask(Question.of("one more?"), server=1, turn=Turn(1, 1))
    waiting.append(await gate.ask("of another?", Turn(1, 2)))
    with pytest.raises(Busy, match="Too many questions are waiting"):
        await gate.service.ask(Question.of("of a third?"), server=1, turn=Turn(1, 3))
    gate.opened.set()
    await asyncio.gather(first, *waiting)
    assert (await gate.service.ask(Question.of("why was he recalled?"), server=None)).question
    await gate.service.close()


async def test_who_waits_when_it_closes_is_told(gate: Gate):
    first = await gate.hold()
    waiting = await gate.ask("too late?", Turn(1, 1))
    closing = asyncio.create_task(gate.service.close())
    with pytest.raises(Busy, match="The bot is stopping"):
        await waiting
    gate.opened.set()
    await closing
    assert (await first).question == "the first?"
    assert gate.asked == ["the first?"]
