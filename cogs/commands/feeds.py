"""/feed add, list and remove: the feeds that a server watches."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from hashlib import sha256

import discord
from discord import app_commands
from discord.ext import commands

from cogs.cards.feed_cards import SENTENCE_CHARS, feed_name, feeds_card
from cogs.cards.pagination import NO_SERVER
from cogs.commands.choices import MAX_CHARS, source_choices
from cogs.interactions.deferred_replies import Promises, Reply
from cogs.interactions.permissions import is_allowed, require
from cogs.interactions.progress import FETCHING, run_with_progress, show_progress
from cogs.interactions.sending import say
from cogs.records.server_settings import Right
from cogs.ui.components import sentence_card
from cogs.ui.markdown import fit
from corpus.errors import CorpusError, FootnoteError, StoreError
from retrieval.query.scope_resolver import MAX_CHOICES, Suggestion
from retrieval.serving.server_libraries import ServerLibraries
from retrieval.wording.translations import tr, translate_sentence, trn

log = logging.getLogger(__name__)

ADD_WITHIN_S = 5 * 60.0
COMPLETE_WITHIN_S = 2.0
THEN_OWN = "After that, answers on this server come only from its own articles."

Choices = list[app_commands.Choice[str]]


class Feeds(commands.Cog):
    """The commands. Each checks the member's right in the server where it is used."""

    feed = app_commands.Group(
        name="feed",
        description="The feeds whose articles are added automatically",
        allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=False),
    )

    def __init__(self, articles: ServerLibraries, promises: Promises) -> None:
        self._articles = articles
        self._promises = promises

    @feed.command(name="add", description="Watch a feed: its articles become this server's")
    @app_commands.describe(link="RSS, Atom, JSON Feed, a sitemap, or a page that has one")
    async def add(
        self,
        interaction: discord.Interaction[commands.Bot],
        link: app_commands.Range[str, 1, 2000],
    ) -> None:
        async def work(server: int) -> Reply:
            feed = await run_with_progress(
                lambda on_progress: self._articles.add_feed(server=server, url=link.strip()),
                lambda sentence: show_progress(interaction, sentence),
                first=FETCHING,
            )
            waiting = trn(
                "{count} article from it will be read within minutes.",
                "{count} articles from it will be read, the first within minutes.",
                feed.waiting,
            )
            watched = tr("✅ Now watching: **{name}**", name=feed_name(feed))
            return sentence_card(f"{watched}\n-# {waiting} {tr(THEN_OWN)}")

        await self._do(interaction, Right.ADD, work, private=False)

    @feed.command(
        name="list", description=("List the feeds that this server watches, and their state")
    )
    async def list(self, interaction: discord.Interaction[commands.Bot]) -> None:
        async def work(server: int) -> Reply:
            return feeds_card(await self._articles.feeds(server), 0)

        await self._do(interaction, Right.ASK, work)

    @feed.command(name="remove", description="Stop watching a feed; its articles stay")
    @app_commands.describe(feed="Choose one from the list, or give its address")
    async def remove(self, interaction: discord.Interaction[commands.Bot], feed: str) -> None:
        async def work(server: int) -> Reply:
            known = {key_of(each.url): each.url for each in await self._articles.feeds(server)}
            gone = await self._articles.remove_feed(server=server, url=known.get(feed, feed))
            return tr("No longer watching: **{name}**. Its articles stay.", name=feed_name(gone))

        await self._do(interaction, Right.ADD, work)

    @remove.autocomplete("feed")
    async def complete(self, interaction: discord.Interaction[commands.Bot], typed: str) -> Choices:
        server = interaction.guild_id
        if server is None or not await is_allowed(interaction, Right.ADD):
            return []
        try:
            async with asyncio.timeout(COMPLETE_WITHIN_S):
                feeds = await self._articles.feeds(server)
        except (FootnoteError, TimeoutError) as error:
            log.info("No feeds could be offered: %r", error)
            return []
        wanted = typed.strip().casefold()
        found = [f for f in feeds if wanted in f"{f.title} {f.url}".casefold()]
        return source_choices(Suggestion(f.title, key_of(f.url)) for f in found[:MAX_CHOICES])

    async def _do(
        self,
        interaction: discord.Interaction[commands.Bot],
        right: Right,
        work: Callable[[int], Awaitable[Reply]],
        *,
        private: bool = True,
    ) -> None:
        server = interaction.guild_id
        if server is None:
            await say(interaction, NO_SERVER)
            return
        if await require(interaction, right) is None:
            return

        async def work_or_failure() -> Reply:
            try:
                return await work(server)
            except StoreError:
                raise
            except CorpusError as error:
                return f"⚠️ {fit(translate_sentence(str(error)), 2 * SENTENCE_CHARS)}"

        await self._promises.answer(
            interaction, work_or_failure, private=private, within_s=ADD_WITHIN_S
        )


def key_of(url: str) -> str:
    """The value of a feed in a choice: its address, or its hash if that is too long."""
    return url if len(url) <= MAX_CHARS else f"#{sha256(url.encode()).hexdigest()[:32]}"
