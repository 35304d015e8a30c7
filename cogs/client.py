"""The Discord client: no privileged intent by default, nobody pinged, commands registered once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from cogs.background.digests import Digests
from cogs.background.recovery import recover
from cogs.background.shards import owns
from cogs.background.source_changes import LivingAnswers
from cogs.cards.persistent import PERSISTENT_BUTTONS
from cogs.commands.articles import Articles
from cogs.commands.ask import Ask
from cogs.commands.command_translations import CommandTranslator
from cogs.commands.feeds import Feeds
from cogs.commands.posted_links import Posted
from cogs.commands.privacy import Privacy
from cogs.commands.settings import Settings
from cogs.commands.summaries import Summaries
from cogs.commands.votes import Feedback
from cogs.interactions.deferred_replies import Promises
from cogs.interactions.sending import say, unforeseen
from cogs.records.database import Records
from cogs.records.departed_servers import Leaving
from cogs.services import ServiceClient, Services
from corpus.errors import FootnoteError
from retrieval.serving.service import AskService
from retrieval.wording import translations

log = logging.getLogger(__name__)

FOREIGN_OPTION = "I cannot see what you chose; choose one of those that are offered."


class FootnoteClient(ServiceClient):
    """Answers with what `service` says; closing it leaves the service and the records open."""

    def __init__(
        self,
        service: AskService,
        records: Records,
        *,
        reads_messages: bool = False,
        **options: Any,
    ) -> None:
        """`reads_messages` asks for the privileged intent that posted links need."""
        super().__init__(
            Services.of(service, records),
            # Nobody types commands with a prefix here; a mention is a question.
            command_prefix=commands.when_mentioned,
            help_command=None,
            intents=discord.Intents(
                guilds=True,
                guild_messages=True,
                dm_messages=True,
                message_content=reads_messages,
            ),
            allowed_mentions=discord.AllowedMentions.none(),
            activity=discord.Activity(type=discord.ActivityType.listening, name="/ask"),
            **options,
        )
        self.living = LivingAnswers(self)
        self.promises = Promises(records, on_shown=self.living.shown)
        self.leaving = Leaving(records, service.articles, self.services.rules)
        self._recovering: asyncio.Task[None] | None = None
        self._sweeping: asyncio.Task[None] | None = None
        self._following: asyncio.Task[None] | None = None
        self._expiring: asyncio.Task[None] | None = None
        self._digesting: asyncio.Task[None] | None = None

    async def setup_hook(self) -> None:
        await asyncio.to_thread(translations.load)
        services, promises = self.services, self.promises
        ask = Ask(self, services, promises)
        summaries = Summaries(self, services, promises)
        reads = self.intents.message_content
        await self.add_cog(ask)
        await self.add_cog(summaries)
        await self.add_cog(Articles(self, services.articles, promises))
        await self.add_cog(Feeds(services.articles, promises))
        await self.add_cog(Settings(services.rules, promises, reads_messages=reads))
        if reads:
            await self.add_cog(Posted(self, services.articles, services.rules))
        is_worded = services.asking.is_worded
        await self.add_cog(Privacy(services.records, promises, is_worded=is_worded))
        await self.add_cog(Feedback(services.answers))
        self.add_dynamic_items(*PERSISTENT_BUTTONS)
        self._recovering = asyncio.create_task(
            recover(self.promises, self, ask.again, ask.respond), name="recover"
        )
        if owns(self, None):  # of all servers, and one client is enough
            self._sweeping = asyncio.create_task(self.leaving.watch(), name="leaving")
            self._expiring = asyncio.create_task(services.answers.watch(), name="expiring")
        self._following = asyncio.create_task(self.living.watch(), name="living")
        digests = Digests(self, summaries, self.living)
        self._digesting = asyncio.create_task(digests.watch(), name="digests")
        self.tree.error(self._on_command_error)
        await self.tree.set_translator(CommandTranslator())
        await self.tree.sync()

    async def settle(self, within_s: float) -> None:
        """Take no more questions, and answer or excuse those that are under way."""
        await self.promises.settle(within_s)

    async def close(self) -> None:
        watching = (self._recovering, self._sweeping, self._expiring)
        for task in (*watching, self._following, self._digesting):
            if task is not None:
                task.cancel()
        self.promises.let_go()
        await super().close()

    async def on_message(self, message: discord.Message) -> None:
        """The cog listens; there are no prefix commands to look for."""

    async def on_ready(self) -> None:
        log.info("Answering as %s in %d servers", self.user, len(self.guilds))
        servers = [guild.id for guild in self.guilds]
        await self._note(self.leaving.arrived(servers, lambda server: owns(self, server)))

    async def on_guild_join(self, guild: discord.Guild) -> None:
        await self._note(self.leaving.arrived([guild.id]))

    async def on_guild_available(self, guild: discord.Guild) -> None:
        # So discord.py calls a server, too, that comes back marked as available.
        if self.leaving.saw_leave(guild.id):
            await self._note(self.leaving.arrived([guild.id]))

    async def _note(self, noting: Awaitable[None]) -> None:
        """Write down where the bot is. It is seen again at the next start."""
        try:
            await noting
        except FootnoteError as error:
            log.warning("Where I am could not be written down: %s", error)

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
        await self._note(self.leaving.left(gone.id))

    async def _on_command_error(
        self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError
    ) -> None:
        """What no command foresaw, most often an option that Discord could not resolve."""
        is_option = isinstance(error, app_commands.TransformerError)
        sentence = FOREIGN_OPTION if is_option else unforeseen("A command")
        if not interaction.response.is_done():
            await say(interaction, sentence)

    async def on_error(self, event_method: str, /, *args: object, **kwargs: object) -> None:
        log.exception("Unforeseen in %s", event_method)
