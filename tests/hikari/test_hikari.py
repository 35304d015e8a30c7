"""The emulator under a second, unrelated client: what discord.py forgives, hikari does not.

Not among the default tests; .ci/run makes build/hikari and runs them.
"""

from __future__ import annotations

import asyncio
import os
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.discord.emulator import FakeDiscord
from tests.discord.gateway import IDENTIFY, RESUME
from tests.discord.routes_interactions import DEFERRED_MESSAGE, UPDATE
from tests.discord.stage import ORACLE

ROOT = Path(__file__).resolve().parents[2]
PYTHON = os.environ.get("FOOTNOTE_TEST_HIKARI_PYTHON", str(ROOT / "build/hikari/bin/python"))
ANSWER, BUTTON, PRESSED = "Paris [1]", "open:1", "The passage."


@asynccontextmanager
async def running(d: FakeDiscord) -> AsyncIterator[Process]:
    """The bot on hikari, connected; it must not have complained of anything in the end."""
    started = await asyncio.create_subprocess_exec(
        PYTHON, Path(__file__).with_name("client.py"), d.api_url, d.token, stderr=PIPE
    )
    try:
        await d.connected(30)
        yield started
        started.send_signal(signal.SIGTERM)
        _, complaints = await asyncio.wait_for(started.communicate(), 20)
        assert complaints.decode() == ""
    finally:
        if started.returncode is None:
            started.kill()
            await started.wait()


async def test_hikari_is_content_with_what_the_emulator_says():
    async with FakeDiscord(ORACLE) as d:
        guild = d.guild()
        channel = d.channel(guild)
        alice = d.join(guild, d.user("alice"))
        async with running(d):
            asked = await d.slash(channel, alice, "ask", question="Where?")
            assert asked.callback_type == DEFERRED_MESSAGE
            await d.until(lambda: asked.followups)
            assert d.message(asked).content == ANSWER
            assert d.message(asked.followups[0]).only_for == alice.id
            pressed = await d.press(d.message(asked), alice, BUTTON)
            assert (pressed.callback_type, d.message(asked).content) == (UPDATE, PRESSED)

            said = await d.say(channel, alice, f"{d.bot.mention} hello")
            await d.until(lambda: d.replies(channel)[-1].content.startswith("You said: "))
            quoted = d.replies(channel)[-1].data["message_reference"]["message_id"]
            assert quoted == str(said.id)

            d.gateway.abort()
            await d.say(channel, alice, f"{d.bot.mention} while you were away")
            await d.until(lambda: RESUME in d.gateway.log.received, 20)
            await d.until(lambda: "while you were away" in d.replies(channel)[-1].content)
            again = await d.slash(channel, alice, "ask", question="And then?")
            await d.until(lambda: again.followups)
            assert d.gateway.log.received.count(IDENTIFY) == 1
        d.assert_clean()
