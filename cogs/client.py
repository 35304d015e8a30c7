"""The Discord client: it puts the commands and the background jobs together.

It asks for no privileged intent by default, pings nobody, and registers its commands at the start.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from cogs.background.all_jobs import background_cogs
from cogs.background.source_changes import LivingAnswers
from cogs.cards.persistent import PERSISTENT_BUTTONS
from cogs.commands.all_commands import command_cogs
from cogs.commands.answering import Answering
from cogs.commands.command_translations import CommandTranslator
from cogs.commands.summarizing import Summarizing
from cogs.interactions.deferred_replies import Promises
from cogs.interactions.sending import report_failure, say
from cogs.records.database import Records
from cogs.services import ServiceClient, Services
from retrieval.serving.service import AskService
from retrieval.wording import translations

log = logging.getLogger(__name__)

FOREIGN_OPTION = "I cannot use what you chose; choose one from the list."


class FootnoteClient(ServiceClient):
    """A client over `service` and `records`, both of which stay open when it closes."""

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

    async def setup_hook(self) -> None:
        await asyncio.to_thread(translations.load_catalogues)
        answering, summarizing = Answering(self, self.promises), Summarizing(self.services)
        for cog in command_cogs(self, self.promises, answering, summarizing):
            await self.add_cog(cog)
        self.add_dynamic_items(*PERSISTENT_BUTTONS)
        for cog in background_cogs(self, self.promises, answering, summarizing, self.living):
            await self.add_cog(cog)
        self.tree.error(self._on_command_error)
        await self.tree.set_translator(CommandTranslator())
        await self.tree.sync()

    async def drain(self, within_s: float) -> None:
        """Take no new questions, and answer or excuse those that are being answered."""
        await self.promises.drain(within_s)

    async def close(self) -> None:
        self.promises.cancel_all()
        await super().close()

    async def on_message(self, message: discord.Message) -> None:
        """The cogs listen. There are no prefix commands to look for."""

    async def on_ready(self) -> None:
        log.info("Answering as %s in %d servers", self.user, len(self.guilds))

    async def _on_command_error(
        self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError
    ) -> None:
        """Answer for a failed command, most often over an option that Discord could not resolve."""
        is_option = isinstance(error, app_commands.TransformerError)
        sentence = FOREIGN_OPTION if is_option else report_failure("A command")
        if not interaction.response.is_done():
            await say(interaction, sentence)

    async def on_error(self, event_method: str, /, *args: object, **kwargs: object) -> None:
        log.exception("Handling %s failed", event_method)
