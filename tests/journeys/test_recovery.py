"""What an earlier client promised, and nobody kept: answered, or said elsewhere that it was not."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import discord
import pytest

from cogs.background.recovery import Recovery
from cogs.interactions.progress import reading_sentence
from cogs.interactions.queue_position import position_sentence
from cogs.records import outbox
from cogs.records.outbox import Promise
from tests.discord import messages
from tests.discord.values import JSON, Message, User
from tests.journeys.ways import QUESTION, QUOTE, Scene, scene

LATE = "I was interrupted before I could answer what you asked"


def long_ago(minutes: float) -> int:
    """An id of something that was asked so many minutes ago."""
    return discord.utils.time_snowflake(discord.utils.utcnow() - timedelta(minutes=minutes))


async def restart(them: Scene) -> None:
    """Have the client die, and wait until nothing is left that was promised."""
    before = them.client()
    await them.d.gateway.close(4013)
    await them.d.until(lambda: them.client() is not before and them.client().is_ready(), 10)
    them.service.go.set()
    recovery = them.client().get_cog("Recovery")
    assert isinstance(recovery, Recovery)
    assert recovery.recovering is not None
    await recovery.recovering
    assert await outbox.pending(them.client().services.records) == []


async def promised(them: Scene, promise: Promise) -> None:
    await outbox.add(them.client().services.records, promise)


def said_in(them: Scene, channel: int) -> list[str]:
    return [message.text for message in them.d.replies(channel)]


@pytest.mark.parametrize("private", [False, True])
async def test_whose_time_is_over_is_told_in_the_channel_or_in_private(
    tmp_path: Path, private: bool
):
    async with scene(tmp_path) as them:
        asker = them.askers["slash"]
        again = {"question": QUESTION}
        old = Promise(
            long_ago(20), them.guild, asker.channel, asker.user.id, "lost token", private, again
        )
        await promised(them, old)
        await restart(them)
        here, in_private = said_in(them, asker.channel), said_in(them, them.d.dm(asker.user))
        (told,) = in_private if private else here
        assert told.startswith(f"<@{asker.user.id}>, {LATE}")
        assert len(here + in_private) == 1
        them.d.assert_clean()


async def test_a_message_of_long_ago_gets_an_excuse_and_one_of_another_day_nothing(tmp_path: Path):
    async with scene(tmp_path) as them:
        for asker, minutes in ((them.askers["mention"], 20), (them.askers["direct"], 60 * 25)):
            old = message_of(them, asker.channel, asker.user, minutes)
            server = None if asker is them.askers["direct"] else them.guild
            await promised(them, Promise(old.id, server, asker.channel, asker.user.id))
        await restart(them)
        (told,) = said_in(them, them.askers["mention"].channel)
        assert LATE in told
        assert said_in(them, them.askers["direct"].channel) == []


def message_of(them: Scene, channel: int, user: User, minutes: float) -> Message:
    """A message that was written so long ago, and that this client has not heard of."""
    body: JSON = {"content": f"{them.d.bot.mention} {QUESTION}"}
    made = messages.create(them.d.world, channel, user, body, {})
    del them.d.world.messages[channel][made.id]
    made.id = long_ago(minutes)
    made.data["id"] = str(made.id)
    them.d.world.messages[channel][made.id] = made
    return made


async def test_a_message_that_was_answered_is_not_answered_again(tmp_path: Path):
    async with scene(tmp_path) as them:
        asker = them.askers["mention"]
        asked = await them.d.say(asker.channel, asker.user, f"{them.d.bot.mention} {QUESTION}")
        await them.d.until(lambda: them.d.replies(asker.channel), 10)
        await promised(them, Promise(asked.id, them.guild, asker.channel, asker.user.id))
        # Discord keeps a nonce for some minutes only: it is the reply that tells.
        del them.d.replies(asker.channel)[0].data["nonce"]
        await restart(them)
        (told,) = said_in(them, asker.channel)
        assert QUOTE in told


async def test_a_message_that_was_deleted_meanwhile_is_not_answered(tmp_path: Path):
    async with scene(tmp_path) as them:
        asker = them.askers["mention"]
        await promised(them, Promise(long_ago(1), them.guild, asker.channel, asker.user.id))
        await restart(them)
        assert said_in(them, asker.channel) == []


@pytest.mark.parametrize(
    ("stands_there", "in_the_end"),
    [("The answer.", "The answer."), (position_sentence(3), QUOTE), (reading_sentence(0.4), QUOTE)],
)
async def test_what_stands_there_is_left_unless_it_is_a_place_in_the_line_or_progress(
    tmp_path: Path, stands_there: str, in_the_end: str
):
    async with scene(tmp_path) as them:
        asker = them.askers["slash"]
        them.service.go.clear()
        asked = await them.d.slash(asker.channel, asker.user, "ask", question=QUESTION)
        # As it is when the answer arrived, and the process died before striking the promise out.
        hook = discord.Webhook.partial(them.d.bot.id, asked.token, client=them.client())
        await hook.edit_message("@original", content=stands_there)  # type: ignore[arg-type]
        await restart(them)
        assert in_the_end in them.d.message(asked).text
