"""A server's own feeds: /feed add, list and remove."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Protocol

import discord
from discord import app_commands, ui
from discord.ext import commands

from cogs.cards.pagination import NO_SERVER, add_page_buttons
from cogs.commands.choices import MAX_CHARS, source_choices
from cogs.interactions.deferred_replies import Promises, Said
from cogs.interactions.permissions import allowed, may
from cogs.interactions.progress import FETCHING, tell_progress, telling
from cogs.interactions.sending import say
from cogs.records.server_settings import Right
from cogs.ui.components import ANSWERED, Box, Card, card, said
from cogs.ui.markdown import fitted
from corpus.errors import CorpusError, FootnoteError, StoreError
from corpus.web.results import FeedHealth
from retrieval.query.scope_resolver import MAX_CHOICES, Offer
from retrieval.render import counted_articles
from retrieval.wording.translations import own, tr, trn

log = logging.getLogger(__name__)

PAGE = 10
NAME_CHARS = 80
SENTENCE_CHARS = 180  # ten feeds, each with a problem, fit on a card
ADD_WITHIN_S = 5 * 60.0
COMPLETE_WITHIN_S = 2.0
THEN_OWN = "This server is answered from its own articles only then."
NO_FEEDS = "This server watches no feeds; `/feed add` takes the address of one, or of its site."

Choices = list[app_commands.Choice[str]]


class Watches(Protocol):
    """Who watches feeds for servers."""

    async def add_feed(self, *, server: int, url: str) -> FeedHealth: ...

    async def remove_feed(self, *, server: int, url: str) -> FeedHealth: ...

    async def feeds(self, server: int) -> list[FeedHealth]: ...


class Feeds(commands.Cog):
    """The commands. Each looks at the rights, and at the server, where it is used."""

    feed = app_commands.Group(
        name="feed",
        description="The feeds whose articles are added by themselves",
        allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=False),
    )

    def __init__(self, watches: Watches, promises: Promises) -> None:
        self._watches = watches
        self._promises = promises

    @feed.command(name="add", description="Watch a feed: its articles become this server's")
    @app_commands.describe(link="RSS, Atom, JSON Feed, a sitemap, or a page that has one")
    async def add(
        self,
        interaction: discord.Interaction[commands.Bot],
        link: app_commands.Range[str, 1, 2000],
    ) -> None:
        async def work(server: int) -> Said:
            feed = await telling(
                lambda on_share: self._watches.add_feed(server=server, url=link.strip()),
                lambda sentence: tell_progress(interaction, sentence),
                first=FETCHING,
            )
            waiting = trn(
                "{count} article of it will be read, the first within minutes.",
                "{count} articles of it will be read, the first within minutes.",
                feed.waiting,
            )
            watched = tr("✅ Watched from now on: **{name}**", name=_name(feed))
            return said(f"{watched}\n-# {waiting} {tr(THEN_OWN)}")

        await self._do(interaction, Right.ADD, work, private=False)

    @feed.command(name="list", description="The feeds that this server watches, and how they do")
    async def list(self, interaction: discord.Interaction[commands.Bot]) -> None:
        async def work(server: int) -> Said:
            return await self.page(server, 0)

        await self._do(interaction, Right.ASK, work)

    async def page(self, server: int, start: int) -> Card:
        """The page of a server's feeds that begins there."""
        return feeds_card(await self._watches.feeds(server), start)

    @feed.command(name="remove", description="Watch a feed no more; its articles stay")
    @app_commands.describe(feed="Choose from what is offered, or give its address")
    async def remove(self, interaction: discord.Interaction[commands.Bot], feed: str) -> None:
        async def work(server: int) -> Said:
            known = {key_of(each.url): each.url for each in await self._watches.feeds(server)}
            gone = await self._watches.remove_feed(server=server, url=known.get(feed, feed))
            return tr("Not watched any more: **{name}**. Its articles stay.", name=_name(gone))

        await self._do(interaction, Right.ADD, work)

    @remove.autocomplete("feed")
    async def complete(self, interaction: discord.Interaction[commands.Bot], typed: str) -> Choices:
        server = interaction.guild_id
        if server is None or not await may(interaction, Right.ADD):
            return []
        try:
            async with asyncio.timeout(COMPLETE_WITHIN_S):
                feeds = await self._watches.feeds(server)
        except (FootnoteError, TimeoutError) as error:
            log.info("No feeds were offered: %r", error)
            return []
        wanted = typed.strip().casefold()
        found = [f for f in feeds if wanted in f"{f.title} {f.url}".casefold()]
        return source_choices(Offer(f.title, key_of(f.url)) for f in found[:MAX_CHOICES])

    async def _do(
        self,
        interaction: discord.Interaction[commands.Bot],
        right: Right,
        work: Callable[[int], Awaitable[Said]],
        *,
        private: bool = True,
    ) -> None:
        server = interaction.guild_id
        if server is None:
            await say(interaction, NO_SERVER)
            return
        if await allowed(interaction, right) is None:
            return

        async def told() -> Said:
            try:
                return await work(server)
            except StoreError:
                raise
            except CorpusError as error:
                return f"⚠️ {fitted(own(str(error)), 2 * SENTENCE_CHARS)}"

        await self._promises.answer(interaction, told, private=private, within_s=ADD_WITHIN_S)


def key_of(url: str) -> str:
    """What stands for a feed in a choice: its address, or where that is too long its hash."""
    return url if len(url) <= MAX_CHARS else f"#{sha256(url.encode()).hexdigest()[:32]}"


def feeds_card(feeds: Sequence[FeedHealth], start: int) -> Card:
    """The feeds from the `start`th on, counted from 0, and how each does."""
    if not feeds:
        return said(tr(NO_FEEDS))
    start = min(start, (len(feeds) - 1) // PAGE * PAGE)
    shown = feeds[start : start + PAGE]
    last = start + len(shown)
    box: Box = ui.Container(accent_colour=ANSWERED)
    where = tr("{first} to {last} of {total}", first=start + 1, last=last, total=len(feeds))
    box.add_item(ui.TextDisplay(f"### {tr('Feeds')}\n-# {where}"))
    box.add_item(ui.TextDisplay("\n".join(_told(feed) for feed in shown)))
    add_page_buttons(box, "feeds", start, PAGE, len(feeds))
    return card(box)


def _told(feed: FeedHealth) -> str:
    counts = [counted_articles(feed.articles)]
    counts += (
        [trn("{count} to be read", "{count} to be read", feed.waiting)] if feed.waiting else []
    )
    counts += [trn("{count} refused", "{count} refused", feed.refused)] if feed.refused else []
    if feed.checked_at is not None:
        when = discord.utils.format_dt(datetime.fromisoformat(feed.checked_at), "R")
        counts.append(tr("looked at {when}", when=when))
    lines = [f"**{_name(feed)}**", f"-# {' · '.join(counts)}"]
    if feed.problem is not None:
        lines.append(f"-# ⚠️ {fitted(own(feed.problem), SENTENCE_CHARS)}")
    return "\n".join(lines)


def _name(feed: FeedHealth) -> str:
    return fitted(feed.title or feed.url, NAME_CHARS)
