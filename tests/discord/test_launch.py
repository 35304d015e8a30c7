"""A bot in its own process finds the emulator, survives being killed, and can be frozen."""

from __future__ import annotations

import asyncio
import os
import signal
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.discord import launch
from tests.discord.emulator import FakeDiscord
from tests.discord.routes_interactions import UPDATE
from tests.discord.stage import ORACLE

SAMPLE_BOT = Path(__file__).with_name("sample_bot.py")


@asynccontextmanager
async def process(discord_: FakeDiscord, pause_s: float = 0.0) -> AsyncIterator[Process]:
    """The sample bot as a process, connected; killed in the end if it still runs."""
    changes = {launch.BOT_KEY: str(SAMPLE_BOT), "SAMPLE_BOT_TOKEN": discord_.token}
    started = await asyncio.create_subprocess_exec(
        *launch.command(str(pause_s)),
        cwd=launch.ROOT,
        env={**os.environ, **discord_.environment(), **changes},
    )
    try:
        await discord_.connected()
        yield started
    finally:
        if started.returncode is None:
            started.kill()
        await started.wait()
        await discord_.until(lambda: not discord_.gateway.live)


async def test_a_killed_bot_leaves_thinking_behind_and_its_buttons_work_after_a_restart():
    async with FakeDiscord(ORACLE) as discord_:
        guild = discord_.guild()
        channel = discord_.channel(guild)
        alice = discord_.join(guild, discord_.user("alice"))
        async with process(discord_, pause_s=30) as bot:
            asked = await discord_.slash(channel, alice, "ask", question="Why?")
            await discord_.until(lambda: discord_.message(asked).content == "Draft…")
            cut_off = await discord_.slash(channel, alice, "keep")
            bot.kill()
            await bot.wait()
        assert discord_.message(cut_off).loading
        assert discord_.message(asked).content == "Draft…"
        async with process(discord_) as bot:
            again = await discord_.slash(channel, alice, "ask", question="Why?")
            await discord_.until(lambda: again.followups)
            pressed = await discord_.press(discord_.message(again), alice, "answer:again")
            assert pressed.callback_type == UPDATE
            bot.send_signal(signal.SIGSTOP)
            ignored = await discord_.slash(channel, alice, "layout", _wait_s=0.2)
            assert not ignored.acknowledged
            bot.send_signal(signal.SIGCONT)
            await discord_.until(lambda: ignored.acknowledged)
        discord_.assert_clean()


def test_the_launcher_refuses_to_run_without_an_emulator(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv(launch.API_KEY, raising=False)
    monkeypatch.delenv(launch.GATEWAY_KEY, raising=False)
    with pytest.raises(KeyError, match=launch.API_KEY):
        launch.main([])
