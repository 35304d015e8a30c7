"""Records which servers the bot is in; a server that it left is erased some days later."""

from __future__ import annotations

import logging
from collections.abc import Awaitable

import discord
from discord.ext import commands, tasks

from cogs.background.rounds import one_round
from cogs.background.shards import owns
from cogs.records.departed_servers import DepartedServers
from cogs.services import ServiceClient
from corpus.errors import FootnoteError

log = logging.getLogger(__name__)


class Membership(commands.Cog):
    """Every client records its own servers; the one of the first shard erases for all."""

    def __init__(self, client: ServiceClient) -> None:
        services = client.services
        self._client = client
        self._leaving = DepartedServers(services.records, services.articles, services.rules)

    async def cog_load(self) -> None:
        if owns(self._client, None):
            self.repeat.start()

    async def cog_unload(self) -> None:
        self.repeat.cancel()

    @tasks.loop(hours=1, name="departed servers")
    async def repeat(self) -> None:
        with one_round("Erasing servers that the bot left"):
            await self._leaving.erase_departed()

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        servers = [guild.id for guild in self._client.guilds]
        await self._record(
            self._leaving.record_present(servers, lambda one: owns(self._client, one))
        )

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        await self._record(self._leaving.record_present([guild.id]))

    @commands.Cog.listener()
    async def on_guild_available(self, guild: discord.Guild) -> None:
        # discord.py also calls this for a server that the bot was added to again, where Discord
        # marks it as available.
        if self._leaving.has_left(guild.id):
            await self._record(self._leaving.record_present([guild.id]))

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        await self._record(self._leaving.record_departure(guild.id))

    async def _record(self, recording: Awaitable[None]) -> None:
        """A failure is only logged: `on_ready` records all servers again at the next start."""
        try:
            await recording
        except FootnoteError as error:
            log.warning("Which servers the bot is in could not be recorded: %s", error)
