"""Stores the reason that a member gives for a 👍 or 👎; no other member sees it."""

from __future__ import annotations

from typing import Any

import discord
from discord.ext import commands

from cogs.cards.vote_buttons import THANKS, ReasonId
from cogs.interactions.deferred_replies import Promises, Reply
from cogs.records.answers import GONE, SavedAnswers, Spot
from cogs.ui.modals import read_form

WITH_REASON = "Thank you: noted, with your reason. Only the bot's operator can see it."


class VoteReasons(commands.Cog):
    """Listens for the form."""

    def __init__(self, answers: SavedAnswers) -> None:
        self._answers = answers

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        found = read_form(interaction, ReasonId)
        if found is None:
            return
        form_id, reason = found
        promises: Promises = interaction.client.promises

        async def work() -> Reply:
            spot = Spot.of(interaction)
            vote = await self._answers.give_reason(form_id.key, spot, reason)
            if vote is None:
                return GONE
            return WITH_REASON if vote.reason else THANKS[vote.is_good]

        await promises.answer(interaction, work, private=True)
