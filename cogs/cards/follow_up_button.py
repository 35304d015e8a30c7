"""*Follow up*: the button and form for the next question, below an answer to /ask.

A reply to such an answer must mention the bot, because without a privileged intent the bot reads
no other messages. The button makes that unnecessary.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import discord
from discord import ui

from cogs.interactions.sending import open_form
from cogs.ui.custom_id import AnswerKey, CustomId
from cogs.ui.locale import use_language_of
from cogs.ui.modals import TextField, form
from cogs.ui.persistent_button import PersistentButton
from retrieval.query.question import MAX_QUESTION_CHARS
from retrieval.wording.translations import tr


@dataclass(frozen=True, slots=True)
class FollowUpId(CustomId):
    """The id of the button and of the form that it opens."""

    shape: ClassVar[str] = "follow-up:{key}"
    key: AnswerKey


@dataclass(frozen=True, slots=True)
class AskAboutId(CustomId):
    """The id of the form that *Ask about this* opens."""

    shape: ClassVar[str] = "ask-about"


class FollowUpButton(PersistentButton[FollowUpId], id_type=FollowUpId):
    """Opens the form; cogs/commands/ask.py receives what is entered."""

    def __init__(self, id: FollowUpId) -> None:
        super().__init__(id, tr("Follow up"), style=discord.ButtonStyle.primary)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        await use_language_of(interaction)
        await open_form(interaction, lambda: follow_up_form(self.parts))


def follow_up_form(id: FollowUpId) -> ui.Modal:
    description = tr("It may refer to the one before: “and when?”, “what about Ukraine?”")
    field = TextField(tr("Your next question"), MAX_QUESTION_CHARS, description)
    return form(id, tr("Follow up"), field)


def about_form(text: str) -> ui.Modal:
    """The form for a question about a message, with its text to be edited."""
    description = tr("The message's text is filled in; change it into your question.")
    field = TextField(tr("Your question"), MAX_QUESTION_CHARS, description, text=text, is_long=True)
    return form(AskAboutId(), tr("Ask about this"), field)
