"""👍 and 👎 under an answer, and the button and the form that ask a member why."""

from __future__ import annotations

import re
from typing import Any, Self

import discord
from discord import ui

from cogs.interactions.deferred_replies import Promises, Said
from cogs.interactions.sending import open_form, say, unforeseen
from cogs.records.answers import GONE, KEY, REASON_CHARS, KeptAnswers, Spot, Vote
from cogs.ui.components import Card, Row
from cogs.ui.locale import speak_to
from cogs.ui.modals import form
from retrieval.errors import AskerError
from retrieval.wording.translations import tr

REASON = rf"reason:(?P<key>{KEY})"
THANKS = {
    True: "Thank you: noted as helpful. Only whoever runs the bot can see it.",
    False: "Thank you: noted as not helpful. Only whoever runs the bot can see it.",
}


class VoteButton(
    ui.DynamicItem[ui.Button[Any]], template=rf"vote:(?P<verdict>up|down):(?P<key>{KEY})"
):
    """Notes a verdict, in place of the same member's earlier one; 👎 asks why besides."""

    def __init__(self, key: str, *, is_good: bool) -> None:
        self.key = key
        self.is_good = is_good
        super().__init__(
            ui.Button(
                emoji="👍" if is_good else "👎",
                style=discord.ButtonStyle.secondary,
                custom_id=f"vote:{'up' if is_good else 'down'}:{key}",
            )
        )

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str]
    ) -> Self:
        return cls(match["key"], is_good=match["verdict"] == "up")

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        answers: KeptAnswers = interaction.client.answers
        promises: Promises = interaction.client.promises
        spot = Spot.of(interaction)
        if self.is_good:

            async def work() -> Said:
                vote = await answers.vote(self.key, spot, is_good=True)
                return GONE if vote is None else thanks_card(self.key)

            await promises.answer(interaction, work, private=True)
        elif promises.is_new(interaction.id):
            await self._ask_why(interaction, answers)

    async def _ask_why(self, interaction: discord.Interaction[Any], answers: KeptAnswers) -> None:
        """In a form. The verdict is noted before: whoever closes it has voted all the same."""
        try:
            vote = await answers.vote(self.key, Spot.of(interaction), is_good=False)
        except AskerError as error:
            await say(interaction, str(error))
        except Exception:  # noqa: BLE001  whatever it is, the member gets an answer
            await say(interaction, unforeseen("A vote"))
        else:
            if vote is None:
                await say(interaction, GONE)
            else:
                await speak_to(interaction)
                await open_form(interaction, lambda: reason_form(self.key, vote))


class ReasonButton(ui.DynamicItem[ui.Button[Any]], template=rf"why-so:(?P<key>{KEY})"):
    """Asks for the reason of a verdict that is noted."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(
            ui.Button(
                label=tr("Say why"), style=discord.ButtonStyle.secondary, custom_id=f"why-so:{key}"
            )
        )

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str]
    ) -> Self:
        return cls(match["key"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        await speak_to(interaction)
        await open_form(interaction, lambda: reason_form(self.key, Vote(is_good=True)))


def reason_form(key: str, vote: Vote) -> ui.Modal:
    return form(
        f"reason:{key}",
        tr("What was good?") if vote.is_good else tr("What was wrong?"),
        tr("Reason (optional)"),
        description=tr("Your verdict is noted already. Only whoever runs the bot can read this."),
        text=vote.reason or "",
        max_chars=REASON_CHARS,
        is_long=True,
        is_required=False,
    )


def thanks_card(key: str) -> Card:
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.TextDisplay(tr(THANKS[True])))
    row: Row = ui.ActionRow()
    row.add_item(ReasonButton(key))
    view.add_item(row)
    view.stop()
    return view
