"""Asking: /ask, a mention, a private message. Always acknowledged, always answered."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Protocol

import discord
from discord import app_commands
from discord.ext import commands

from cogs.cards import answer_card, question_on
from cogs.journal import Promise
from cogs.line import in_line
from cogs.pieces import Card
from cogs.promises import Promises, Said, tell_place, type_in
from cogs.replies import LINE_ERRORS, say
from retrieval.answer import Answer, Question
from retrieval.errors import AskerError
from retrieval.turns import Turn

log = logging.getLogger(__name__)

FETCH_TIME_LIMIT_S = 5.0  # a question is answered by itself rather than late
HINT = "Ask me something about the articles: mention me with a question, or use /ask."


class Asks(Protocol):
    """Who answers. `server` is the Discord server's id, None in private."""

    async def ask(
        self,
        question: str,
        *,
        server: int | None,
        asked_at: datetime | None = None,
        earlier: Sequence[str] = (),
        turn: Turn | None = None,
    ) -> Answer: ...

    def ahead_of(self, turn: Turn) -> int | None: ...


class Ask(commands.Cog):
    """The command, and the ears for mentions and private messages."""

    def __init__(self, bot: commands.Bot, service: Asks, promises: Promises) -> None:
        self._bot = bot
        self._service = service
        self._promises = promises

    @app_commands.command(name="ask", description="Ask the articles; the answer quotes them")
    @app_commands.describe(question="What do you want to know?")
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    async def ask(self, interaction: discord.Interaction[commands.Bot], question: str) -> None:
        try:
            Question.of(question)
        except AskerError as error:
            await say(interaction, str(error))
            return
        turn = Turn(interaction.guild_id, interaction.user.id)

        async def tell(ahead: int) -> None:
            await tell_place(interaction, ahead)

        async def work() -> Card:
            return await self._answer(question, turn, interaction.created_at, tell=tell)

        await self._promises.answer(interaction, work, again={"question": question})

    async def again(self, promise: Promise) -> Said:
        """The answer to a question that was asked of an earlier client."""
        asked = dict(promise.again or {})
        return await self._answer(
            asked["question"], Turn(promise.server, promise.member), promise.made_at
        )

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Answer people, where they speak to the bot and to nobody else by mistake."""
        me = self._bot.user
        if me is None or message.author.bot or message.webhook_id is not None:
            return
        if message.guild is not None and me not in message.mentions:
            return
        await self._promises.answer_message(message, lambda: self.respond(message))

    async def respond(self, message: discord.Message) -> Said:
        """What to say to a message that is meant for the bot."""
        me = self._bot.user
        question = _without_mentions(message, me) if me else ""
        if not question:
            return HINT
        turn = Turn(message.guild.id if message.guild else None, message.author.id)

        async def tell(ahead: int) -> None:
            await type_in(message.channel)

        earlier = await self._earlier(message)
        return await self._answer(question, turn, message.created_at, earlier, tell=tell)

    async def _earlier(self, message: discord.Message) -> list[str]:
        """The question that a reply follows on, where it replies to a card or to a question.

        Without the privileged intent for it, a bot reads its own messages and those that mention
        it, and these are the ones that matter. A card tells what was understood, with all that
        went before it: one step back is enough.
        """
        me, reference = self._bot.user, message.reference
        if (
            me is None
            or reference is None
            or reference.type is not discord.MessageReferenceType.reply
        ):
            return []
        before = reference.resolved
        if before is None and reference.message_id is not None:
            try:
                async with asyncio.timeout(FETCH_TIME_LIMIT_S):
                    before = await message.channel.fetch_message(reference.message_id)
            except (discord.HTTPException, *LINE_ERRORS) as error:
                log.info("What was replied to could not be read: %s", error)
        if not isinstance(before, discord.Message):
            return []
        if before.author == me:
            question = question_on(before)
        elif me in before.mentions or message.guild is None:
            question = _without_mentions(before, me)
        else:
            return []
        return [question] if question else []

    async def _answer(
        self,
        question: str,
        turn: Turn,
        asked_at: datetime,
        earlier: Sequence[str] = (),
        *,
        tell: Callable[[int], Awaitable[object]] | None = None,
    ) -> Card:
        """The card. Whoever waits in line is told by `tell` how many are before them."""
        asking = self._service.ask(
            question, server=turn.server, asked_at=asked_at, earlier=earlier, turn=turn
        )
        if tell is None:
            return answer_card(await asking)
        return answer_card(await in_line(asking, lambda: self._service.ahead_of(turn), tell))


def _without_mentions(message: discord.Message, me: discord.ClientUser) -> str:
    return re.sub(rf"<@!?{me.id}>", " ", message.content).strip()
