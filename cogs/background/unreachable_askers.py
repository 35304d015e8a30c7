"""Ends the work on questions whose answer nobody can see any more."""

from __future__ import annotations

import discord
from discord.ext import commands

from cogs.interactions.deferred_replies import Promises


class UnreachableAskers(commands.Cog):
    """Drops what was asked in a message, channel or server that is gone."""

    def __init__(self, promises: Promises) -> None:
        self._promises = promises

    @commands.Cog.listener()
    async def on_raw_message_delete(self, gone: discord.RawMessageDeleteEvent) -> None:
        self._promises.drop(lambda promise: promise.id == gone.message_id)

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, gone: discord.RawBulkMessageDeleteEvent) -> None:
        self._promises.drop(lambda promise: promise.id in gone.message_ids)

    @commands.Cog.listener()
    async def on_guild_channel_delete(self, gone: discord.abc.GuildChannel) -> None:
        self._promises.drop(lambda promise: promise.channel == gone.id)

    @commands.Cog.listener()
    async def on_raw_thread_delete(self, gone: discord.RawThreadDeleteEvent) -> None:
        self._promises.drop(lambda promise: promise.channel == gone.thread_id)

    @commands.Cog.listener()
    async def on_guild_remove(self, gone: discord.Guild) -> None:
        # An interaction is answered with its token, for which the bot need not be in the server.
        self._promises.drop(lambda promise: promise.server == gone.id and promise.token is None)
