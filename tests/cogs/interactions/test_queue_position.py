"""Whoever waits is told their place: in words, seldom, and never after the answer."""

from __future__ import annotations

import asyncio

import pytest

from cogs.interactions.queue_position import is_position_sentence, position_sentence, wait_in_queue
from retrieval.wording.translations import LANGUAGES, set_language

QUICKLY = (0.01, 0.01)


def test_a_place_is_known_again_in_every_language():
    assert position_sentence(11) == "You are number 12 in line; the answer will stand here."
    said = []
    for language in LANGUAGES:
        set_language(language)
        said.append(position_sentence(0))
    set_language(None)
    assert len(set(said)) == len(LANGUAGES)
    assert all(map(is_position_sentence, said))
    assert not is_position_sentence("You are right.")


async def test_a_place_is_told_twice_at_the_most_and_not_after_the_answer():
    told: list[int] = []
    go_on = asyncio.Event()

    async def asking() -> str:
        await go_on.wait()
        return "answer"

    async def tell(ahead: int) -> None:
        told.append(ahead)
        if len(told) == 2:
            go_on.set()
            await asyncio.sleep(0.01)  # under way while the answer comes
            told.append(-1)

    assert await wait_in_queue(asking(), lambda: 5 - len(told), tell, after_s=QUICKLY) == "answer"
    assert told == [5, 4, -1]


async def test_nothing_is_told_of_what_is_worked_on_or_done():
    async def asking(takes_s: float) -> str:
        await asyncio.sleep(takes_s)
        return "answer"

    async def tell(ahead: int) -> None:
        raise AssertionError

    assert await wait_in_queue(asking(0.05), lambda: None, tell, after_s=QUICKLY) == "answer"
    assert await wait_in_queue(asking(0.0), lambda: 3, tell) == "answer"


async def test_the_question_ends_with_whoever_cannot_be_told_or_gives_up():
    ended: list[str] = []

    async def asking(who: str) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(who)

    async def tell(ahead: int) -> None:
        raise LookupError

    with pytest.raises(LookupError):
        await wait_in_queue(asking("gone"), lambda: 1, tell, after_s=QUICKLY)
    waiting = asyncio.create_task(
        wait_in_queue(asking("given up"), lambda: None, tell, after_s=(9.0,))
    )
    await asyncio.sleep(0.01)
    waiting.cancel()
    await asyncio.wait({waiting})
    assert ended == ["gone", "given up"]
