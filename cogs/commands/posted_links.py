"""Adds the pages that members link to, in channels where the server turned that on.

Only this feature reads messages that are not meant for the bot, and so needs Discord's privileged
message-content intent. It is off until the operator asks for the intent and then a server turns it
on for itself or a channel.
"""

from __future__ import annotations

import asyncio
import logging

import discord
from discord.ext import commands

from cogs.commands.articles import find_links
from cogs.interactions.sending import CONNECTION_ERRORS, RecentIds
from cogs.records.server_settings import ServerRules, channel_of
from corpus.errors import FootnoteError
from corpus.storage.store import Outcome
from retrieval.serving.server_libraries import ServerLibraries

log = logging.getLogger(__name__)

MOST_LINKS = 3  # of one message
MOST_WAITING = 10  # messages of one server; more are dropped
ADD_WITHIN_S = 5 * 60.0
ADDED = "📎"


class PostedLinks(commands.Cog):
    """Listens to messages. One that brought a new page gets a 📎; other links are ignored."""

    def __init__(self, bot: commands.Bot, articles: ServerLibraries, rules: ServerRules) -> None:
        self._bot = bot
        self._articles = articles
        self._rules = rules
        self._seen = RecentIds()
        self._turns: dict[int, asyncio.Lock] = {}
        self._waiting: dict[int, int] = {}

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        server = message.guild
        if (
            server is None
            or message.author.bot
            or message.webhook_id is not None
            or self._bot.user in message.mentions  # that is a question
        ):
            return
        links = find_links(message.content)[:MOST_LINKS]
        if not links or self._seen.is_repeat(message.id):
            return
        try:
            rules = await self._rules.of(server.id, channel_of(message.channel, message.channel.id))
        except FootnoteError as error:
            log.warning("Posted links were not added: %s", error)
            return
        if rules.takes_links:
            await self._in_turn(server.id, message, links)

    async def _in_turn(self, server: int, message: discord.Message, links: list[str]) -> None:
        """Add one message of a server after the other, so that no server takes all the time."""
        if self._waiting.get(server, 0) >= MOST_WAITING:
            log.info("Too many links are posted in server %d; some were dropped", server)
            return
        self._waiting[server] = self._waiting.get(server, 0) + 1
        try:
            async with self._turns.setdefault(server, asyncio.Lock()):
                outcomes = [await self._added(server, link) for link in links]
        finally:
            self._waiting[server] -= 1
            if not self._waiting[server]:
                del self._waiting[server], self._turns[server]
        if Outcome.ADDED in outcomes or Outcome.CHANGED in outcomes:
            try:
                await message.add_reaction(ADDED)
            except (discord.HTTPException, *CONNECTION_ERRORS) as error:
                log.info("The reaction for an added link could not be set: %r", error)

    async def _added(self, server: int, link: str) -> Outcome | None:
        try:
            async with asyncio.timeout(ADD_WITHIN_S):
                return (await self._articles.add_link(server=server, url=link)).outcome
        except (FootnoteError, TimeoutError) as error:
            log.info("A posted link was not added: %s", error)
            return None
