"""Finds what a question follows: the message replied to, or a thread's last answer.

Without a privileged intent a bot reads its own messages and those that mention it, which is enough
here. A card shows its question as it was understood, with what came before, so one step back is
enough.
"""

from __future__ import annotations

import asyncio
import logging
import re

import discord
from discord.ext import commands

from cogs.cards.answer_card import read_key, read_question
from cogs.interactions.sending import CONNECTION_ERRORS
from cogs.records.answers import SavedAnswer, SavedAnswers, Spot
from corpus.errors import FootnoteError
from retrieval.query.scope import EVERYTHING, Scope

log = logging.getLogger(__name__)

FETCH_TIME_LIMIT_S = 5.0  # rather than be late, the question is answered alone
KEEP_TIME_LIMIT_S = 2.0
THREAD_MESSAGES = 20  # searched for the bot's last answer


def without_mentions(message: discord.Message, me: discord.ClientUser) -> str:
    """A message's text without mentions of the bot."""
    return re.sub(rf"<@!?{me.id}>", " ", message.content).strip()


class Conversation:
    """Finds earlier questions, from a message or a card's key."""

    def __init__(self, bot: commands.Bot, answers: SavedAnswers) -> None:
        self._bot = bot
        self._answers = answers

    async def earlier(self, message: discord.Message) -> tuple[tuple[str, ...], Scope]:
        """The question that a message follows, and its restrictions; none if it follows none."""
        me, before = self._bot.user, None
        try:
            async with asyncio.timeout(FETCH_TIME_LIMIT_S):
                before = await self._message_before(message)
        except (discord.HTTPException, *CONNECTION_ERRORS) as error:
            log.info("The message before could not be read: %s", error)
        if before is None or me is None:
            return (), EVERYTHING
        if before.author == me:
            server = message.guild.id if message.guild else None
            spot = Spot(server, before.channel.id, message.author.id)
            return await self._follows_on(before, read_key(before), spot)
        if me in before.mentions or message.guild is None:
            question = without_mentions(before, me)
            return ((question,) if question else ()), EVERYTHING
        return (), EVERYTHING

    async def _message_before(self, message: discord.Message) -> discord.Message | None:
        """The message replied to; else, in a thread, the bot's last answer in it or above it."""
        reference, channel = message.reference, message.channel
        if reference is not None and reference.type is discord.MessageReferenceType.reply:
            if isinstance(reference.resolved, discord.Message):
                return reference.resolved
            if reference.resolved is None and reference.message_id is not None:
                return await channel.fetch_message(reference.message_id)
            return None
        if not isinstance(channel, discord.Thread):
            return None
        async for message_before in channel.history(limit=THREAD_MESSAGES, before=message):
            if message_before.author == self._bot.user and read_question(message_before):
                return message_before
        # A thread that starts from a message has the id of that message.
        parent = channel.parent
        if not isinstance(parent, discord.TextChannel):
            return None
        begun_from = await parent.fetch_message(channel.id)
        return begun_from if begun_from.author == self._bot.user else None

    async def _follows_on(
        self, card: discord.Message | None, key: str | None, spot: Spot
    ) -> tuple[tuple[str, ...], Scope]:
        """The question of an answer: as stored, or else as its card shows it."""
        kept = None if key is None else await self.kept(key, spot)
        if kept is not None:
            return (kept.question,), kept.within
        question = None if card is None else read_question(card)
        return ((question,) if question else ()), EVERYTHING

    async def kept(self, key: str, spot: Spot) -> SavedAnswer | None:
        """The answer under a key; None if it is not stored or cannot be read in time."""
        try:
            async with asyncio.timeout(KEEP_TIME_LIMIT_S):
                return await self._answers.find(key, spot)
        except (FootnoteError, TimeoutError) as error:
            log.warning("A stored answer could not be read: %r", error)
            return None
