"""Deletes stored answers and votes when their time is over, every hour."""

from __future__ import annotations

from discord.ext import commands, tasks

from cogs.background.rounds import one_round
from cogs.records.answers import SavedAnswers


class AnswerExpiry(commands.Cog):
    """One client of a bot does this for all its servers."""

    def __init__(self, answers: SavedAnswers) -> None:
        self._answers = answers

    async def cog_load(self) -> None:
        self.repeat.start()

    async def cog_unload(self) -> None:
        self.repeat.cancel()

    @tasks.loop(hours=1, name="answer expiry")
    async def repeat(self) -> None:
        with one_round("Deleting old answers"):
            await self._answers.expire()
