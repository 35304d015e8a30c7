"""/summary article, topic and source, /digest, and *Summarise this*."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from cogs.cards.summary_card import summary_card
from cogs.commands.articles import find_links
from cogs.commands.autocomplete import offer
from cogs.commands.choices import day_choices
from cogs.commands.summarizing import Summarizing
from cogs.interactions.deferred_replies import Promises, Reply, show_queue_position
from cogs.interactions.permissions import require
from cogs.interactions.queue_position import wait_in_queue
from cogs.interactions.sending import say
from cogs.records.answers import Spot
from cogs.records.seen_summaries import DIGEST, subject
from cogs.records.server_settings import Right, Rules
from cogs.services import ServiceClient
from retrieval.query.scope import SINCE, UNTIL, Scope
from retrieval.query.scope_resolver import SuggestionKind
from retrieval.serving.fair_queue import Turn
from retrieval.summaries.summary import Length, SummaryRequest

log = logging.getLogger(__name__)

NO_LINK = "That message has no link to an article that I could summarise."
NO_NEWS = "There are no new articles since the last digest here."
NOTHING_TO_QUOTE = "The new articles have no whole sentences to quote."
NO_NEWS_AT_ALL = "No articles were added in the last 7 days."

Choices = list[app_commands.Choice[str]]
LENGTHS = [
    app_commands.Choice(name="one line", value=Length.LINE.value),
    app_commands.Choice(name="five lines", value=Length.FIVE.value),
    app_commands.Choice(name="a page", value=Length.PAGE.value),
]


class Summaries(commands.Cog):
    """The commands, for members who may ask. Each counts as a question."""

    summary = app_commands.Group(
        name="summary",
        description="Summaries in which every line quotes an article",
        allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True),
    )

    def __init__(
        self,
        bot: ServiceClient,
        summarizing: Summarizing,
        promises: Promises,
    ) -> None:
        self._bot = bot
        self._summarizing = summarizing
        self._service = bot.services.asking
        self._seen = bot.services.seen
        self._quotas = bot.services.quotas
        self._promises = promises
        self._menu = app_commands.ContextMenu(
            name="Summarise this",
            callback=self.summarise_this,
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True),
        )

    async def cog_load(self) -> None:
        self._bot.tree.add_command(self._menu)

    async def cog_unload(self) -> None:
        self._bot.tree.remove_command(self._menu.name, type=self._menu.type)

    # -- commands ------------------------------------------------------------------------

    @summary.command(name="article", description="Summarise an article")
    @app_commands.describe(
        article="Its title; choose one from the list",
        length="How long; five lines by default",
        private="Only you see the summary",
    )
    @app_commands.choices(length=LENGTHS)
    async def article(
        self,
        interaction: discord.Interaction[commands.Bot],
        article: str,
        length: str = Length.FIVE.value,
        private: bool = False,
    ) -> None:
        await self._take(
            interaction,
            lambda now: SummaryRequest(article=article, length=Length(length)),
            private=private,
        )

    @summary.command(name="topic", description="Summarise what the articles say about a topic")
    @app_commands.describe(
        topic="What about? A name, an event, a few words",
        since="Only articles published since then: 2026-03-01, March, last week",
        until="Only articles published until then",
        length="How long; five lines by default",
        private="Only you see the summary",
    )
    @app_commands.choices(length=LENGTHS)
    async def topic(
        self,
        interaction: discord.Interaction[commands.Bot],
        topic: str,
        since: str | None = None,
        until: str | None = None,
        length: str = Length.FIVE.value,
        private: bool = False,
    ) -> None:
        def brief(now: datetime) -> SummaryRequest:
            return SummaryRequest.of_topic(
                topic, Scope.of(None, since, until, now.date()), Length(length)
            )

        await self._take(interaction, brief, private=private)

    @summary.command(name="source", description="Summarise what a publisher's articles say")
    @app_commands.describe(
        source="Which publisher; choose one from the list",
        since="Only articles published since then: 2026-03-01, March, last week",
        until="Only articles published until then",
        length="How long; five lines by default",
        private="Only you see the summary",
    )
    @app_commands.choices(length=LENGTHS)
    async def source(
        self,
        interaction: discord.Interaction[commands.Bot],
        source: str,
        since: str | None = None,
        until: str | None = None,
        length: str = Length.FIVE.value,
        private: bool = False,
    ) -> None:
        def brief(now: datetime) -> SummaryRequest:
            return SummaryRequest(
                within=Scope.of(source, since, until, now.date()), length=Length(length)
            )

        await self._take(interaction, brief, private=private)

    @app_commands.command(
        name="digest", description="Summarise what is new since the last digest here"
    )
    @app_commands.describe(length="How long; a page by default")
    @app_commands.choices(length=LENGTHS)
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    async def digest(
        self,
        interaction: discord.Interaction[commands.Bot],
        length: str = Length.PAGE.value,
    ) -> None:
        async def work(spot: Spot, at: datetime) -> Reply:
            seen = await self._seen.last(spot, DIGEST)
            found = await self._summarizing.find_news(spot, seen)
            if not found:
                return NO_NEWS_AT_ALL if seen is None else NO_NEWS
            digest, _ = await self._summarizing.make_digest(spot, found, at, Length(length))
            await self._seen.record(spot, DIGEST, found)
            return NOTHING_TO_QUOTE if digest is None else digest

        await self._work(interaction, work)

    async def summarise_this(
        self, interaction: discord.Interaction[commands.Bot], message: discord.Message
    ) -> None:
        """Summarise the article behind the message's link, if the library has it."""
        links = find_links(message.content)
        if not links:
            await say(interaction, NO_LINK)
            return
        await self._take(interaction, lambda now: SummaryRequest(article=links[0]))

    @article.autocomplete("article")
    async def complete_article(
        self, interaction: discord.Interaction[commands.Bot], typed: str
    ) -> Choices:
        return await offer(self._service, interaction, typed, SuggestionKind.TITLES)

    @source.autocomplete("source")
    async def complete_source(
        self, interaction: discord.Interaction[commands.Bot], typed: str
    ) -> Choices:
        return await offer(self._service, interaction, typed, SuggestionKind.SOURCES)

    @topic.autocomplete("since")
    @source.autocomplete("since")
    async def complete_since(
        self, interaction: discord.Interaction[commands.Bot], typed: str
    ) -> Choices:
        return day_choices(typed, SINCE, interaction.created_at)

    @topic.autocomplete("until")
    @source.autocomplete("until")
    async def complete_until(
        self, interaction: discord.Interaction[commands.Bot], typed: str
    ) -> Choices:
        return day_choices(typed, UNTIL, interaction.created_at)

    # -- summing up ----------------------------------------------------------------------

    async def _take(
        self,
        interaction: discord.Interaction[Any],
        make: Callable[[datetime], SummaryRequest],
        *,
        private: bool = False,
    ) -> None:
        """Summarise what `make` makes of the asker's clock; `make` may raise AskerErrors."""

        async def work(spot: Spot, at: datetime) -> Reply:
            brief = replace(make(at), asked_at=at)
            turn = Turn(spot.server, spot.member)
            summary = await wait_in_queue(
                self._service.summarize(brief, server=spot.server, turn=turn),
                lambda: self._service.ahead_of(turn),
                lambda ahead: show_queue_position(interaction, ahead),
            )
            key = await self._summarizing.store(summary, brief, spot, is_private=private)
            about = subject(brief)
            seen = await self._seen.last(spot, about)
            if summary.answer.answered and not private and brief.article is None:
                await self._seen.record(spot, about, summary.articles)
            return summary_card(summary, key, seen)

        await self._work(interaction, work, private=private)

    async def _work(
        self,
        interaction: discord.Interaction[Any],
        work: Callable[[Spot, datetime], Any],
        *,
        private: bool = False,
    ) -> None:
        rules: Rules | None = await require(interaction, Right.ASK)
        if rules is None:
            return
        spot, at = Spot.of(interaction), interaction.created_at.astimezone(rules.zone)

        async def counted() -> Reply:
            async with self._quotas.counted(spot, rules, at):
                said: Reply = await work(spot, at)
                return said

        await self._promises.answer(interaction, counted, private=private)
