"""*Follow up*: the next question, in a form, below what /ask brought.

A reply to such an answer would have to mention the bot, for without a privileged intent it reads
no other; the button spares that.
"""

from __future__ import annotations

import re
from typing import Any, Self

import discord
from discord import ui

from cogs.interactions.sending import open_form
from cogs.records.answers import KEY
from cogs.ui.locale import speak_to
from cogs.ui.modals import form
from retrieval.query.question import MAX_QUESTION_CHARS
from retrieval.wording.translations import tr

FOLLOW_UP = rf"follow-up:(?P<key>{KEY})"
ABOUT = "ask-about"


class FollowUpButton(ui.DynamicItem[ui.Button[Any]], template=FOLLOW_UP):
    """Opens the form. What is entered there comes to cogs/commands/ask.py."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(
            ui.Button(
                label=tr("Follow up"),
                style=discord.ButtonStyle.primary,
                custom_id=f"follow-up:{key}",
            )
        )

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str]
    ) -> Self:
        return cls(match["key"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        await speak_to(interaction)
        await open_form(interaction, lambda: follow_up_form(self.key))


def follow_up_form(key: str) -> ui.Modal:
    return form(
        f"follow-up:{key}",
        tr("Follow up"),
        tr("Your next question"),
        description=tr("It may lean on the one before: “and when?”, “what about Ukraine?”"),
        max_chars=MAX_QUESTION_CHARS,
    )


def about_form(text: str) -> ui.Modal:
    """For a question about a message, whose text is there to be edited."""
    return form(
        ABOUT,
        tr("Ask about this"),
        tr("Your question"),
        description=tr("The message's text is filled in; change it into what you want to know."),
        text=text,
        max_chars=MAX_QUESTION_CHARS,
        is_long=True,
    )
