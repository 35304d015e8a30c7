"""Asking: /ask, a mention, a private message. Always acknowledged, always answered."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import discord
from discord import app_commands
from discord.ext import commands

from cogs.cards import answer_card, question_on
from cogs.pieces import Card
from cogs.replies import LINE_ERRORS, Seen, finish, reply, unforeseen
from retrieval.answer import Answer, Question
from retrieval.errors import AskerError

log = logging.getLogger(__name__)

TIME_LIMIT_S = 60.0
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
    ) -> Answer: ...


class Ask(commands.Cog):
    """The command, and the ears for mentions and private messages."""

    def __init__(
        self, bot: commands.Bot, service: Asks, *, time_limit_s: float = TIME_LIMIT_S
    ) -> None:
        self._bot = bot
        self._service = service
        self._time_limit_s = time_limit_s
        self._seen = Seen()

    @app_commands.command(name="ask", description="Ask the articles; the answer quotes them")
    @app_commands.describe(question="What do you want to know?")
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    async def ask(self, interaction: discord.Interaction[commands.Bot], question: str) -> None:
        if self._seen.before(interaction.id):
            return
        try:
            Question.of(question)
        except AskerError as error:
            await interaction.response.send_message(str(error), ephemeral=True)
            return
        await interaction.response.defer(thinking=True)
        card, sentence = await self._answer(question, interaction.guild_id, interaction.created_at)
        await finish(interaction, card=card, sentence=sentence)

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Answer people, where they speak to the bot and to nobody else by mistake."""
        me = self._bot.user
        if me is None or message.author.bot or message.webhook_id is not None:
            return
        if message.guild is not None and me not in message.mentions:
            return
        if self._seen.before(message.id):
            return
        question = _without_mentions(message, me)
        if not question:
            await reply(message, sentence=HINT)
            return
        server = message.guild.id if message.guild else None
        earlier = await self._earlier(message)
        card, sentence = await self._answer(question, server, message.created_at, earlier)
        await reply(message, card=card, sentence=sentence)

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
        server: int | None,
        asked_at: datetime,
        earlier: Sequence[str] = (),
    ) -> tuple[Card | None, str]:
        """A card, or a sentence that says why there is none."""
        try:
            async with asyncio.timeout(self._time_limit_s):
                answer = await self._service.ask(
                    question, server=server, asked_at=asked_at, earlier=earlier
                )
                return answer_card(answer), ""
        except AskerError as error:
            return None, str(error)
        except TimeoutError:
            log.warning("An answer took over %.0f s", self._time_limit_s)
            return None, "This took too long; please ask again in a moment."
        except Exception:  # noqa: BLE001  whatever it is, the member gets an answer
            return None, unforeseen("An answer")


def _without_mentions(message: discord.Message, me: discord.ClientUser) -> str:
    return re.sub(rf"<@!?{me.id}>", " ", message.content).strip()
