"""Whoever waits is told so, and what is told makes room for the answer: also after a crash."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from cogs.interactions.queue_position import is_position_sentence
from retrieval.serving.fair_queue import Turn
from tests.discord.faults import Fault
from tests.discord.values import Message
from tests.journeys.ways import QUOTE, HeldService, Scene, id_on, scene

Doing = Callable[[Scene, Message], Awaitable[None]]


class Crowded(HeldService):
    """Two others are always before whoever waits."""

    def ahead_of(self, turn: Turn) -> int | None:
        return 2


def in_channel(them: Scene) -> list[str]:
    return [message.text for message in them.d.replies(them.askers["mention"].channel)]


async def nothing(them: Scene, told: Message) -> None:
    """The answer comes as it should."""


async def deleted(them: Scene, told: Message) -> None:
    await them.d.delete(told)


async def crashed(them: Scene, told: Message) -> None:
    await them.d.gateway.close(4013)


@pytest.mark.parametrize("meanwhile", [nothing, deleted, crashed])
async def test_a_mention_is_told_its_place_and_the_answer_takes_that_place(
    meanwhile: Doing, tmp_path: Path
):
    async with scene(tmp_path, service=Crowded) as them:
        them.service.go.clear()
        await them._mention(them.askers["mention"])
        await them.d.until(lambda: in_channel(them), 20)
        (told,) = them.d.replies(them.askers["mention"].channel)
        assert told.text == "You are number 3 in line; the answer will stand here."
        await meanwhile(them, told)
        them.service.go.set()
        await them.d.until(lambda: any(QUOTE in text for text in in_channel(them)), 20)
        (answer,) = them.d.replies(them.askers["mention"].channel)
        assert not is_position_sentence(answer.text)
        assert (answer.id == told.id) is (meanwhile is not deleted)
        them.d.assert_clean()


@pytest.mark.parametrize("after", [False, True])
async def test_a_form_comes_although_the_line_drops(after: bool, tmp_path: Path):
    async with scene(tmp_path) as them:
        asker = them.askers["reply"]
        assert asker.card is not None
        them.d.faults.append(Fault("POST /interactions/", times=1, drop=True, after=after))
        pressed = await them.d.press(asker.card, asker.user, id_on(asker.card, "vote:down:"))
        await them.d.until(lambda: pressed.modal is not None, 10)
        said = await them.d.submit(pressed, asker.user, "It was long.")
        await them.d.until(lambda: not them.d.message(said).loading, 10)
        assert them.d.message(said).text.startswith("Thank you: noted, with your reason.")
        them.d.assert_clean()
