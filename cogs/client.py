"""The Discord client: no privileged intent by default, nobody pinged, commands registered once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from typing import Any, Protocol

import discord
from discord import app_commands
from discord.ext import commands

from cogs.background.digests import Digests
from cogs.background.recovery import recover
from cogs.background.shards import owns
from cogs.background.source_changes import Follows, LivingAnswers
from cogs.cards.article_cards import RemoveButton
from cogs.cards.follow_up_button import FollowUpButton
from cogs.cards.more_sources_button import MoreButton
from cogs.cards.pagination import PageButton, ShowPage
from cogs.cards.passage_button import Excerpts, PassageButton
from cogs.cards.timeline_button import TimelineButton, Timelines
from cogs.cards.vote_buttons import ReasonButton, VoteButton
from cogs.cards.why_button import Citations, WhyButton
from cogs.commands.articles import Adds, Articles
from cogs.commands.ask import Ask, Asks
from cogs.commands.command_translations import CommandTranslator
from cogs.commands.feeds import Feeds, Watches
from cogs.commands.posted_links import Posted
from cogs.commands.privacy import Privacy
from cogs.commands.settings import Settings
from cogs.commands.summaries import Summaries, Sums
from cogs.commands.votes import Feedback
from cogs.interactions.deferred_replies import Promises
from cogs.interactions.sending import say, unforeseen
from cogs.records.answers import KeptAnswers
from cogs.records.database import Records
from cogs.records.departed_servers import Erases, Leaving
from cogs.records.quotas import Quotas
from cogs.records.seen_summaries import SeenSummaries
from cogs.records.server_settings import ServerRules
from corpus.errors import FootnoteError
from retrieval.wording import translations

log = logging.getLogger(__name__)

FOREIGN_OPTION = "I cannot see what you chose; choose one of those that are offered."


class Libraries(Adds, Watches, Erases, Protocol):
    """Who has the articles of servers."""


class Service(Asks, Sums, Timelines, Excerpts, Citations, Follows, Protocol):
    """Who answers, shows a citation in its text, knows what became of it, and has the articles."""

    @property
    def articles(self) -> Libraries: ...

    @property
    def is_worded(self) -> bool:
        """Whether a language model words the answers."""


class FootnoteClient(commands.Bot):
    """Answers with what `service` says; closing it leaves the service and the records open."""

    def __init__(
        self,
        service: Service,
        records: Records,
        *,
        reads_messages: bool = False,
        **options: Any,
    ) -> None:
        """`reads_messages` asks for the privileged intent that posted links need."""
        super().__init__(
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
        self.service = service
        self.records = records
        self.answers = KeptAnswers(records)
        self.living = LivingAnswers(self, self.answers, service)
        self.promises = Promises(records, on_shown=self.living.shown)
        self.rules = ServerRules(records)
        self.leaving = Leaving(records, service.articles, self.rules)
        self.pages: Mapping[str, ShowPage] = {}
        self._recovering: asyncio.Task[None] | None = None
        self._sweeping: asyncio.Task[None] | None = None
        self._following: asyncio.Task[None] | None = None
        self._expiring: asyncio.Task[None] | None = None
        self._digesting: asyncio.Task[None] | None = None

    async def setup_hook(self) -> None:
        await asyncio.to_thread(translations.load)
        quotas = Quotas(self.records)
        ask = Ask(self, self.service, self.answers, self.promises, self.rules, quotas)
        await self.add_cog(ask)
        seen = SeenSummaries(self.records)
        summaries = Summaries(self, self.service, self.answers, seen, self.promises, quotas)
        await self.add_cog(summaries)
        articles = Articles(self, self.service.articles, self.promises)
        feeds = Feeds(self.service.articles, self.promises)
        self.pages = {"articles": articles.page, "feeds": feeds.page}
        await self.add_cog(articles)
        await self.add_cog(feeds)
        reads = self.intents.message_content
        await self.add_cog(Settings(self.rules, self.promises, reads_messages=reads))
        if reads:
            await self.add_cog(Posted(self, self.service.articles, self.rules))
        await self.add_cog(Privacy(self.records, self.promises, is_worded=self.service.is_worded))
        await self.add_cog(Feedback(self.answers))
        self.add_dynamic_items(
            PassageButton,
            MoreButton,
            WhyButton,
            VoteButton,
            ReasonButton,
            FollowUpButton,
            PageButton,
            RemoveButton,
            TimelineButton,
        )
        self._recovering = asyncio.create_task(
            recover(self.promises, self, ask.again, ask.respond), name="recover"
        )
        if owns(self, None):  # of all servers, and one client is enough
            self._sweeping = asyncio.create_task(self.leaving.watch(), name="leaving")
            self._expiring = asyncio.create_task(self.answers.watch(), name="expiring")
        self._following = asyncio.create_task(self.living.watch(), name="living")
        digests = Digests(self, self.records, self.rules, summaries, seen, self.living)
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
