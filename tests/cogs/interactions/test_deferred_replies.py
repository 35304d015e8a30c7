"""Promises: whoever is shown "thinking…" hears something, or it stays written down."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from cogs.interactions.deferred_replies import (
    STOPPING,
    TOO_SLOW,
    Promises,
    QuestionWithdrawn,
    Reply,
    Work,
)
from cogs.records.database import Records
from cogs.records.outbox import Promise, pending
from retrieval.errors import QuestionError

PROMISE = Promise(1, server=7, channel=8, member=9)


@pytest.fixture
async def records() -> AsyncIterator[Records]:
    made = await Records.in_memory()
    yield made
    await made.close()


class Member:
    """Who asked: hears what is said, and notes what is written down while they wait."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self.waits = asyncio.Event()
        self.heard: list[Reply] = []
        self.written: list[Promise] = []

    async def acknowledged(self) -> None:
        self.written = await pending(self.records)
        self.waits.set()

    async def hear(self, said: Reply) -> None:
        self.heard.append(said)

    async def ask(self, promises: Promises, work: Work) -> None:
        await promises.fulfil(PROMISE, work, self.acknowledged, self.hear)


async def answer() -> Reply:
    return "He sang."


async def endless() -> Reply:
    await asyncio.Event().wait()
    return "never"


async def test_a_promise_is_written_down_before_it_is_made_and_struck_out_when_it_is_running(
    records: Records,
):
    member = Member(records)
    await member.ask(Promises(records), answer)
    assert member.written == [PROMISE]
    assert member.heard == ["He sang."]
    assert await pending(records) == []


async def test_a_change_of_the_card_that_was_pressed_is_not_written_down(records: Records):
    member = Member(records)
    promises = Promises(records)
    await promises.fulfil(PROMISE, answer, member.acknowledged, member.hear, is_noted=False)
    assert member.written == []
    assert member.heard == ["He sang."]


async def test_what_is_wrong_with_a_question_is_said_as_it_is(records: Records):
    async def refuse() -> Reply:
        raise QuestionError("Ask something.")

    member = Member(records)
    await member.ask(Promises(records), refuse)
    assert member.heard == ["Ask something."]


async def test_what_nobody_foresaw_is_said_with_a_reference_and_without_its_cause(
    records: Records, caplog: pytest.LogCaptureFixture
):
    async def fail() -> Reply:
        raise ZeroDivisionError("quux")

    member = Member(records)
    await member.ask(Promises(records), fail)
    (said,) = member.heard
    assert isinstance(said, str)
    assert said.startswith("Something went wrong here (reference ")
    assert "quux" not in said
    assert "quux" in caplog.text
    assert await pending(records) == []


async def test_work_that_takes_too_long_ends_in_a_sentence(records: Records):
    member = Member(records)
    await member.ask(Promises(records, time_limit_s=0.01), endless)
    assert member.heard == [TOO_SLOW]
    assert await pending(records) == []


async def test_who_took_the_question_back_hears_nothing(records: Records):
    async def unwanted() -> Reply:
        raise QuestionWithdrawn

    member = Member(records)
    await member.ask(Promises(records), unwanted)
    assert member.heard == []
    assert await pending(records) == []


async def test_an_answer_that_discord_does_not_take_stays_written_down(records: Records):
    async def hang_up(said: Reply) -> None:
        raise ConnectionResetError

    member = Member(records)
    await Promises(records).fulfil(PROMISE, answer, member.acknowledged, hang_up)
    assert await pending(records) == [PROMISE]


async def test_work_that_is_cut_off_with_the_line_stays_written_down(records: Records):
    member, promises = Member(records), Promises(records)
    asking = asyncio.create_task(member.ask(promises, endless))
    await member.waits.wait()
    assert promises.is_running(PROMISE)
    promises.cancel_all()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert not promises.is_running(PROMISE)
    assert member.heard == []
    assert await pending(records) == [PROMISE]


async def test_who_still_waits_when_the_bot_is_stopped_is_excused(records: Records):
    member, promises = Member(records), Promises(records)
    asking = asyncio.create_task(member.ask(promises, endless))
    await member.waits.wait()
    await promises.drain(within_s=0.01)
    assert asking.cancelled()
    assert member.heard == [STOPPING]
    assert await pending(records) == []
    assert not promises.is_new(2)  # nothing new is begun


async def test_what_is_under_way_when_the_bot_is_stopped_is_answered_if_there_is_time(
    records: Records,
):
    go = asyncio.Event()

    async def soon() -> Reply:
        await go.wait()
        return "He sang."

    member, promises = Member(records), Promises(records)
    asking = asyncio.create_task(member.ask(promises, soon))
    await member.waits.wait()
    settling = asyncio.create_task(promises.drain(within_s=10))
    go.set()
    await settling
    await asking
    assert member.heard == ["He sang."]


async def test_nobody_works_for_a_channel_that_is_gone(records: Records):
    member, promises = Member(records), Promises(records)
    asking = asyncio.create_task(member.ask(promises, endless))
    await member.waits.wait()
    promises.drop(lambda promise: promise.channel == 3)
    assert promises.under_way == 1
    promises.drop(lambda promise: promise.channel == PROMISE.channel)
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert promises.under_way == 0
    assert member.heard == []
    assert await pending(records) == []


async def test_an_event_is_new_once(records: Records):
    promises = Promises(records)
    assert [promises.is_new(event) for event in (1, 2, 1)] == [True, True, False]
