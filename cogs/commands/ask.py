"""Asking: /ask, mentions, direct messages and forms, each acknowledged and answered.

A follow-up is a reply to an answer, a mention in a thread, or the text of a form. The question
before it and its restrictions come with it.
"""

from __future__ import annotations

import logging
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from cogs.cards.answer_card import read_question
from cogs.cards.follow_up_button import AskAboutId, FollowUpId, about_form
from cogs.commands.answering import Answering, AskRequest, again_data
from cogs.commands.autocomplete import offer
from cogs.commands.choices import day_choices
from cogs.commands.conversation import without_mentions
from cogs.interactions.deferred_replies import Promises, show_queue_position
from cogs.interactions.permissions import require
from cogs.interactions.sending import open_form, say
from cogs.records.answers import Spot
from cogs.records.server_settings import (
    Right,
    Rules,
)
from cogs.services import ServiceClient
from cogs.ui.components import Card
from cogs.ui.custom_id import CustomId
from cogs.ui.locale import use_language_in, use_language_of
from cogs.ui.modals import read_form
from retrieval.errors import AskerError
from retrieval.query.question import Question
from retrieval.query.scope import EVERYTHING, SINCE, UNTIL, Scope

log = logging.getLogger(__name__)

Choices = list[app_commands.Choice[str]]


class Ask(commands.Cog):
    """The commands, and the listeners for mentions, direct messages and forms."""

    def __init__(self, bot: ServiceClient, answering: Answering, promises: Promises) -> None:
        self._bot = bot
        self._answering = answering
        self._service = bot.services.asking
        self._quotas = bot.services.quotas
        self._promises = promises
        self._menu = app_commands.ContextMenu(
            name="Ask about this",
            callback=self.ask_about,
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True),
        )

    async def cog_load(self) -> None:
        self._bot.tree.add_command(self._menu)

    async def cog_unload(self) -> None:
        self._bot.tree.remove_command(self._menu.name, type=self._menu.type)

    # -- commands ------------------------------------------------------------------------

    @app_commands.command(name="ask", description="Ask the articles; the answer quotes them")
    @app_commands.describe(
        question="What do you want to know?",
        source="Only from this publisher, or this article",
        since="Only articles published since then: 2026-03-01, March, last week",
        until="Only articles published until then",
        private="Only you see the answer",
    )
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    async def ask(
        self,
        interaction: discord.Interaction[commands.Bot],
        question: str,
        source: str | None = None,
        since: str | None = None,
        until: str | None = None,
        private: bool = False,
    ) -> None:
        rules = await require(interaction, Right.ASK)
        if rules is None:
            return
        today = interaction.created_at.astimezone(rules.zone).date()
        try:
            within = Scope.of(source, since, until, today)
        except AskerError as error:
            await say(interaction, str(error))
            return
        await self._take(interaction, question, rules, within=within, private=private)

    @ask.autocomplete("source")
    async def complete_source(
        self, interaction: discord.Interaction[commands.Bot], typed: str
    ) -> Choices:
        return await offer(self._service, interaction, typed)

    @ask.autocomplete("since")
    async def complete_since(
        self, interaction: discord.Interaction[commands.Bot], typed: str
    ) -> Choices:
        return day_choices(typed, SINCE, interaction.created_at)

    @ask.autocomplete("until")
    async def complete_until(
        self, interaction: discord.Interaction[commands.Bot], typed: str
    ) -> Choices:
        return day_choices(typed, UNTIL, interaction.created_at)

    async def ask_about(
        self, interaction: discord.Interaction[commands.Bot], message: discord.Message
    ) -> None:
        """Open the form with the message's text, which Discord sends with the interaction."""
        if not self._promises.is_new(interaction.id):
            return
        me = self._bot.user
        text = without_mentions(message, me) if me is not None else message.content
        if message.author == me:
            text = read_question(message) or text
        await use_language_of(interaction)
        await open_form(interaction, lambda: about_form(text))

    # -- forms and messages --------------------------------------------------------------

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Take a submitted form: a follow-up, or a question about a message."""
        found: tuple[CustomId, str] | None = read_form(interaction, FollowUpId)
        found = found or read_form(interaction, AskAboutId)
        if found is None:
            return
        rules = await require(interaction, Right.ASK)
        if rules is None:
            return
        form_id, question = found
        card = interaction.message
        key = form_id.key if isinstance(form_id, FollowUpId) else None
        await self._take(
            interaction,
            question,
            rules,
            follows=(card, key),
            private=card is not None and card.flags.ephemeral,
        )

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Answer members in direct messages and where they mention the bot; never other bots."""
        me = self._bot.user
        if me is None or message.author.bot or message.webhook_id is not None:
            return
        if message.guild is not None and me not in message.mentions:
            return
        server = None if message.guild is None else message.guild.id
        await use_language_in(self._bot, server, message.channel.id)
        await self._promises.answer_message(message, lambda: self._answering.respond(message))

    async def _take(
        self,
        interaction: discord.Interaction[Any],
        question: str,
        rules: Rules,
        *,
        within: Scope = EVERYTHING,
        follows: tuple[discord.Message | None, str | None] = (None, None),
        private: bool = False,
    ) -> None:
        """Acknowledge at once, then answer; `follows` are the card before and its key."""
        card, key = follows
        before = None if card is None else read_question(card)
        at = interaction.created_at.astimezone(rules.zone)
        try:
            asked = Question.of(question, at, () if before is None else (before,), within)
        except AskerError as error:
            await say(interaction, str(error))
            return
        request = AskRequest(asked, Spot.of(interaction), is_private=private, by_interaction=True)

        async def work() -> Card:
            async with self._quotas.counted(request.spot, rules, at):
                found = await self._answering.follow(request, key)
                return await self._answering.answer(
                    found, lambda ahead: show_queue_position(interaction, ahead)
                )

        again = again_data(request, key, rules)
        await self._promises.answer(interaction, work, private=private, again=again)
