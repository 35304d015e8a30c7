"""A stage for the emulator's own tests: one guild, one channel, alice, and the sample bot."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from tests.discord.emulator import FakeDiscord
from tests.discord.oracle import load_oracle
from tests.discord.sample_bot import SampleBot
from tests.discord.values import Message, User

# One for all tests: it keeps its compiled validators.
ORACLE = load_oracle()


@dataclass(frozen=True, slots=True)
class Stage:
    """What most tests need at hand."""

    discord_: FakeDiscord
    bot: SampleBot
    guild: int
    channel: int
    alice: User

    def said(self) -> list[str]:
        """What the bot wrote in the channel, oldest first."""
        return [message.content for message in self.discord_.replies(self.channel)]

    async def mention(self, question: str = "capital?") -> Message:
        """Let alice mention the bot, which replies "Paris [1]" in the end."""
        text = f"{self.discord_.bot.mention} {question}"
        return await self.discord_.say(self.channel, self.alice, text)

    async def answered(self, times: int = 1) -> None:
        await self.discord_.until(lambda: self.said().count("Paris [1]") >= times)


@asynccontextmanager
async def staged(
    discord_: FakeDiscord | None = None, *, clean: bool = True, **bot_options: Any
) -> AsyncIterator[Stage]:
    """The sample bot, ready, on an emulator; checks in the end that nothing was malformed.

    `clean=False` is for tests in which the bot breaks a rule on purpose; the emulator's own replies
    are checked all the same.
    """
    discord_ = discord_ or FakeDiscord(ORACLE)
    async with discord_:
        guild = discord_.guild()
        channel = discord_.channel(guild)
        alice = discord_.join(guild, discord_.user("alice"))
        bot = SampleBot(**bot_options)
        with discord_.override():
            async with discord_.running(bot):
                yield Stage(discord_, bot, guild, channel, alice)
        if not clean:
            discord_.findings.clear()
        discord_.assert_clean()
