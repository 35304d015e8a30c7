"""The Discord client: no privileged intent, nobody pinged, commands registered once."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Protocol

import discord
from discord.ext import commands

from cogs.ask import Ask, Asks
from cogs.feedback import Feedback, ReasonButton, VoteButton
from cogs.follow import FollowUpButton
from cogs.kept import KeptAnswers
from cogs.more import MoreButton
from cogs.passage import Excerpts, PassageButton
from cogs.promises import Promises
from cogs.records import Records
from cogs.recovery import recover
from cogs.why import Citations, WhyButton

log = logging.getLogger(__name__)


class Service(Asks, Excerpts, Citations, Protocol):
    """Who answers, and who shows a citation in its text."""


class FootnoteClient(commands.Bot):
    """Answers with what `service` says; closing it leaves the service and the records open."""

    def __init__(self, service: Service, records: Records, **options: Any) -> None:
        super().__init__(
            # Nobody types commands with a prefix here; a mention is a question.
            command_prefix=commands.when_mentioned,
            help_command=None,
            intents=discord.Intents(guilds=True, guild_messages=True, dm_messages=True),
            allowed_mentions=discord.AllowedMentions.none(),
            activity=discord.Activity(type=discord.ActivityType.listening, name="/ask"),
            **options,
        )
        self.service = service
        self.records = records
        self.answers = KeptAnswers(records)
        self.promises = Promises(records)
        self._recovering: asyncio.Task[None] | None = None

    async def setup_hook(self) -> None:
        ask = Ask(self, self.service, self.answers, self.promises)
        await self.add_cog(ask)
        await self.add_cog(Feedback(self.answers))
        self.add_dynamic_items(
            PassageButton, MoreButton, WhyButton, VoteButton, ReasonButton, FollowUpButton
        )
        self._recovering = asyncio.create_task(
            recover(self.promises, self, ask.again, ask.respond), name="recover"
        )
        await self.tree.sync()

    async def settle(self, within_s: float) -> None:
        """Take no more questions, and answer or excuse those that are under way."""
        await self.promises.settle(within_s)

    async def close(self) -> None:
        if self._recovering is not None:
            self._recovering.cancel()
        self.promises.let_go()
        await super().close()

    async def on_message(self, message: discord.Message) -> None:
        """The cog listens; there are no prefix commands to look for."""

    async def on_ready(self) -> None:
        log.info("Answering as %s in %d servers", self.user, len(self.guilds))

    # -- whom nobody can hear any more -----------------------------------------------------

    async def on_raw_message_delete(self, gone: discord.RawMessageDeleteEvent) -> None:
        self.promises.drop(lambda promise: promise.id == gone.message_id)

    async def on_raw_bulk_message_delete(self, gone: discord.RawBulkMessageDeleteEvent) -> None:
        self.promises.drop(lambda promise: promise.id in gone.message_ids)

    async def on_guild_channel_delete(self, gone: discord.abc.GuildChannel) -> None:
        self.promises.drop(lambda promise: promise.channel == gone.id)

    async def on_raw_thread_delete(self, gone: discord.RawThreadDeleteEvent) -> None:
        self.promises.drop(lambda promise: promise.channel == gone.thread_id)

    async def on_guild_remove(self, gone: discord.Guild) -> None:
        # What an interaction is answered with needs no membership, only its token.
        self.promises.drop(lambda promise: promise.server == gone.id and promise.token is None)

    async def on_error(self, event_method: str, /, *args: object, **kwargs: object) -> None:
        log.exception("Unforeseen in %s", event_method)
