"""Asking: /ask, a mention, a private message, a form. Always acknowledged, always answered.

A follow-up is a reply to an answer, a mention in a thread, or what is entered in a form; it takes
along what was asked before, and what that was restricted to.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import discord
from discord import app_commands
from discord.ext import commands

from cogs.cards.answer_card import answer_card, read_question
from cogs.cards.follow_up_button import AskAboutId, FollowUpId, about_form
from cogs.cards.why_button import explain
from cogs.commands.autocomplete import offer
from cogs.commands.choices import day_choices
from cogs.commands.conversation import KEEP_TIME_LIMIT_S, Before, without_mentions
from cogs.interactions.deferred_replies import Promises, Said, Unwanted, tell_place, type_in
from cogs.interactions.permissions import allowed, roles_of
from cogs.interactions.queue_position import in_line
from cogs.interactions.sending import open_form, say
from cogs.records.answers import Spot
from cogs.records.outbox import Promise
from cogs.records.server_settings import (
    DEFAULT,
    Right,
    Rules,
    channel_of,
    check,
    check_place,
)
from cogs.services import ServiceClient, Services
from cogs.ui.components import Card
from cogs.ui.custom_id import CustomId
from cogs.ui.locale import speak_in, speak_to
from cogs.ui.modals import entered
from corpus.errors import FootnoteError
from retrieval.answering.answer import Answer
from retrieval.errors import AskerError
from retrieval.query.question import Question
from retrieval.query.scope import EVERYTHING, SINCE, UNTIL, Within
from retrieval.serving.fair_queue import Turn

log = logging.getLogger(__name__)

HINT = (
    "Ask me something about the articles: mention me with a question, or use /ask. In a thread, "
    "mention me or reply to me each time; other messages I cannot read."
)

Choices = list[app_commands.Choice[str]]


Tell = Callable[[int], Awaitable[object]]
"""Tells whoever asked how many are before them in the line."""


@dataclass(frozen=True, slots=True)
class AskRequest:
    """A question, who asks it where, and how it came.

    With `by_interaction` the answer is no ordinary message. The bot cannot read replies to it, so
    it needs a button for the next question.
    """

    question: Question
    spot: Spot
    is_private: bool = False
    by_interaction: bool = False


class Ask(commands.Cog):
    """The commands, and the ears for mentions, private messages and forms."""

    def __init__(
        self,
        bot: ServiceClient,
        services: Services,
        promises: Promises,
    ) -> None:
        self._bot = bot
        self._service = services.asking
        self._answers = services.answers
        self._before = Before(bot, services.answers)
        self._rules = services.rules
        self._quotas = services.quotas
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
        since="Only what was published since then: 2026-03-01, March, last week",
        until="Only what was published until then",
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
        rules = await allowed(interaction, Right.ASK)
        if rules is None:
            return
        today = interaction.created_at.astimezone(rules.zone).date()
        try:
            within = Within.of(source, since, until, today)
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
        """Open the form with the message's text, which the interaction itself carries."""
        if not self._promises.is_new(interaction.id):
            return
        me = self._bot.user
        text = without_mentions(message, me) if me is not None else message.content
        if message.author == me:
            text = read_question(message) or text
        await speak_to(interaction)
        await open_form(interaction, lambda: about_form(text))

    # -- forms and messages --------------------------------------------------------------

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """A form that was filled in: a follow-up, or a question about a message."""
        found: tuple[CustomId, str] | None = entered(interaction, FollowUpId)
        found = found or entered(interaction, AskAboutId)
        if found is None:
            return
        rules = await allowed(interaction, Right.ASK)
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
        """Answer people, where they speak to the bot and to nobody else by mistake."""
        me = self._bot.user
        if me is None or message.author.bot or message.webhook_id is not None:
            return
        if message.guild is not None and me not in message.mentions:
            return
        server = None if message.guild is None else message.guild.id
        await speak_in(self._bot, server, message.channel.id)
        await self._promises.answer_message(message, lambda: self.respond(message))

    async def respond(self, message: discord.Message) -> Said:
        """What to say to a message that is meant for the bot."""
        me = self._bot.user
        question = without_mentions(message, me) if me is not None else ""
        if not question:
            return HINT
        spot = Spot(
            message.guild.id if message.guild else None, message.channel.id, message.author.id
        )
        rules = await self._rules_for(message)
        async with self._quotas.counted(spot, rules, message.created_at):
            earlier, within = await self._before.earlier(message)
            at = message.created_at.astimezone(rules.zone)
            request = AskRequest(Question.of(question, at, earlier, within), spot)
            return await self._answer(request, lambda ahead: self._wait(message, ahead))

    async def _wait(self, message: discord.Message, ahead: int) -> None:
        """Tell whoever waits: that it is worked on, and where they are in the line."""
        await type_in(message.channel)
        if ahead > 0:
            await self._promises.tell_place_below(message, ahead)

    async def _rules_for(self, message: discord.Message) -> Rules:
        """The rules where a message was written. Raises Denied when its author may not ask."""
        if message.guild is None:
            return DEFAULT
        channel = channel_of(message.channel, message.channel.id)
        rules = await self._rules.of(message.guild.id, channel)
        check_place(rules)
        author = message.author
        if rules.ask_roles and not isinstance(author, discord.Member):
            # A message that was read again, after a restart, does not tell its author's roles.
            try:
                author = await message.guild.fetch_member(author.id)
            except discord.NotFound as error:
                raise Unwanted from error
        is_manager = isinstance(author, discord.Member) and author.guild_permissions.manage_guild
        check(Right.ASK, rules, roles_of(author), is_manager=is_manager)
        return rules

    async def _take(
        self,
        interaction: discord.Interaction[Any],
        question: str,
        rules: Rules,
        *,
        within: Within = EVERYTHING,
        follows: tuple[discord.Message | None, str | None] = (None, None),
        private: bool = False,
    ) -> None:
        """Acknowledge at once, then answer; `follows` are a card and its key."""
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
                found = await self._follow(request, key)
                return await self._answer(found, lambda ahead: tell_place(interaction, ahead))

        again = {
            "question": asked.text,
            "earlier": asked.earlier,
            "key": key,
            "source": within.source,
            "since": None if within.since is None else within.since.isoformat(),
            "until": None if within.until is None else within.until.isoformat(),
            "zone": rules.time_zone,
        }
        await self._promises.answer(interaction, work, private=private, again=again)

    async def again(self, promise: Promise) -> Said:
        """The answer to a question that was asked of an earlier client."""
        told = dict(promise.again or {})
        since, until = (
            None if told[name] is None else date.fromisoformat(told[name])
            for name in ("since", "until")
        )
        question = Question.of(
            told["question"],
            promise.made_at.astimezone(ZoneInfo(told.get("zone", DEFAULT.time_zone))),
            told["earlier"],
            Within(told["source"], since, until),
        )
        request = AskRequest(
            question,
            Spot(promise.server, promise.channel, promise.member),
            is_private=promise.private,
            by_interaction=True,
        )
        return await self._answer(await self._follow(request, told["key"]))

    async def _follow(self, request: AskRequest, key: str | None) -> AskRequest:
        """The request with what the answer under `key` was about, where that is still kept."""
        kept = None if key is None else await self._before.kept(key, request.spot)
        if kept is None:
            return request
        question = replace(request.question, earlier=(kept.question,), within=kept.within)
        return replace(request, question=question)

    # -- answering -----------------------------------------------------------------------

    async def _answer(self, request: AskRequest, tell: Tell | None = None) -> Card:
        """The card. Raises what is raised by who answers."""
        turn = Turn(request.spot.server, request.spot.member)
        asking = self._service.ask(request.question, server=turn.server, turn=turn)
        if tell is not None:
            asking = in_line(asking, lambda: self._service.ahead_of(turn), tell)
        answer = await asking
        key = await self._keep(answer, request)
        return answer_card(answer, key, has_form=request.by_interaction)

    async def _keep(self, answer: Answer, request: AskRequest) -> str | None:
        """The key of the answer; None where it could not be kept, and the buttons must lack."""
        try:
            async with asyncio.timeout(KEEP_TIME_LIMIT_S):
                return await self._answers.keep(
                    answer,
                    request.question.within,
                    explain(answer),
                    request.spot,
                    is_private=request.is_private,
                )
        except (FootnoteError, TimeoutError) as error:
            log.warning("An answer goes out without its buttons: %r", error)
            return None
