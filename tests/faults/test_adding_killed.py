"""kill -9 while a file is read: whoever sent it is told, and sends it again."""

from __future__ import annotations

import asyncio
from pathlib import Path

from cogs.background.recovery import INTERRUPTED
from cogs.interactions.progress import is_progress
from tests.discord.emulator import FakeDiscord
from tests.discord.program import running
from tests.discord.stage import ORACLE
from tests.discord.values import Upload

MANAGE_GUILD = 1 << 5
LONG = "".join(
    f"On day {n} the envoy to Quux wrote letter {n} to his friend.\n\n" for n in range(9000)
)


async def test_a_bot_that_is_killed_while_it_reads_a_file(tmp_path: Path):
    async with FakeDiscord(ORACLE, rate_limits=False) as d:
        guild = d.guild()
        channel = d.channel(guild)
        bob = d.join(guild, d.user("bob"), permissions=MANAGE_GUILD)
        long, short = Upload("long.txt", LONG.encode()), Upload("short.txt", b"Zorblatt sang.")
        async with running(d, tmp_path) as bot:
            asked = await d.slash(channel, bob, "article add", file=long)
            await d.until(lambda: is_progress(d.message(asked).text), 60)
            bot.kill()
            await bot.wait()
        async with running(d, tmp_path):
            await d.until(lambda: d.message(asked).text == INTERRUPTED, 60)
            again = await d.slash(channel, bob, "article add", file=short)
            async with asyncio.timeout(60):
                await d.until(lambda: "✅ Added" in d.message(again).text, 60)
            listed = await d.slash(channel, bob, "article list")
            await d.until(
                lambda: "short" in d.message(listed).text or "Zorb" in d.message(listed).text, 20
            )
            assert "1 of 1" in d.message(listed).text
        d.assert_clean()
