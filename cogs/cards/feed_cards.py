"""The list of a server's feeds, in pages, each feed with its state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

import discord
from discord import ui

from cogs.cards.pagination import PageButton, Start, add_page_buttons
from cogs.services import Services
from cogs.ui.components import ANSWERED, Box, Card, card, sentence_card
from cogs.ui.custom_id import CustomId
from cogs.ui.markdown import fit
from corpus.web.results import FeedHealth
from retrieval.render import counted_articles
from retrieval.wording.translations import tr, translate_sentence, trn

PAGE = 10
NAME_CHARS = 80
SENTENCE_CHARS = 180  # ten feeds, each with a problem, fit on a card
NO_FEEDS = (
    "This server watches no feeds. Add one with `/feed add` and its address, or the "
    "address of its site."
)


@dataclass(frozen=True, slots=True)
class FeedsPageId(CustomId):
    shape: ClassVar[str] = "feeds:{start}"
    start: Start


class FeedsPageButton(PageButton[FeedsPageId], id_type=FeedsPageId):
    """Turns the page of a server's feeds."""

    async def page(self, services: Services, server: int) -> Card:
        return feeds_card(await services.articles.feeds(server), self.parts.start)


def feeds_card(feeds: Sequence[FeedHealth], start: int) -> Card:
    """A page of the feeds and their state, from number `start`, counted from 0."""
    if not feeds:
        return sentence_card(tr(NO_FEEDS))
    start = min(start, (len(feeds) - 1) // PAGE * PAGE)
    shown = feeds[start : start + PAGE]
    last = start + len(shown)
    box: Box = ui.Container(accent_colour=ANSWERED)
    where = tr("{first} to {last} of {total}", first=start + 1, last=last, total=len(feeds))
    box.add_item(ui.TextDisplay(f"### {tr('Feeds')}\n-# {where}"))
    box.add_item(ui.TextDisplay("\n".join(_lines(feed) for feed in shown)))
    add_page_buttons(
        box, lambda at, label: FeedsPageButton(FeedsPageId(at), label), start, PAGE, len(feeds)
    )
    return card(box)


def _lines(feed: FeedHealth) -> str:
    counts = [counted_articles(feed.articles)]
    counts += (
        [trn("{count} waiting to be read", "{count} waiting to be read", feed.waiting)]
        if feed.waiting
        else []
    )
    counts += [trn("{count} refused", "{count} refused", feed.refused)] if feed.refused else []
    if feed.checked_at is not None:
        when = discord.utils.format_dt(datetime.fromisoformat(feed.checked_at), "R")
        counts.append(tr("checked {when}", when=when))
    lines = [f"**{feed_name(feed)}**", f"-# {' · '.join(counts)}"]
    if feed.problem is not None:
        lines.append(f"-# ⚠️ {fit(translate_sentence(feed.problem), SENTENCE_CHARS)}")
    return "\n".join(lines)


def feed_name(feed: FeedHealth) -> str:
    return fit(feed.title or feed.url, NAME_CHARS)
