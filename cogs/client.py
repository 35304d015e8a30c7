"""The Discord client: no privileged intent, nobody pinged, commands registered once."""

from __future__ import annotations

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
from cogs.records import Records
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

    async def setup_hook(self) -> None:
        await self.add_cog(Ask(self, self.service, self.answers))
        await self.add_cog(Feedback(self.answers))
        self.add_dynamic_items(
            PassageButton, MoreButton, WhyButton, VoteButton, ReasonButton, FollowUpButton
        )
        await self.tree.sync()

    async def on_message(self, message: discord.Message) -> None:
        """The cog listens; there are no prefix commands to look for."""

    async def on_ready(self) -> None:
        log.info("Answering as %s in %d servers", self.user, len(self.guilds))

    async def on_error(self, event_method: str, /, *args: object, **kwargs: object) -> None:
        log.exception("Unforeseen in %s", event_method)
