"""The cards of a server's articles: the list, one article, and the question before a removal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

import discord
from discord import ui

from cogs.cards.pagination import NO_SERVER, PageButton, Start, add_page_buttons
from cogs.interactions.deferred_replies import promises_of
from cogs.interactions.permissions import require
from cogs.records.server_settings import Right
from cogs.services import Services, services_of
from cogs.ui.components import (
    ANSWERED,
    BYLINE_CHARS,
    MAX_LINK_CHARS,
    REFUSED,
    TITLE_CHARS,
    Box,
    Card,
    Row,
    card,
    sentence_card,
)
from cogs.ui.custom_id import ArticleId, CustomId
from cogs.ui.markdown import fit
from cogs.ui.persistent_button import PersistentButton
from corpus.article import ArticleInfo
from retrieval.render import byline_of
from retrieval.serving.server_libraries import ArticlePage, ArticleVersions, ServerLibraries
from retrieval.wording.formatting import format_date
from retrieval.wording.translations import tr, trn

PAGE = 10
VERSIONS = 10  # of one article, the newest
OPENING_CHARS = 600
NO_ARTICLE = "There is no such article here; choose one from the list that appears while you type."
NOT_OWN = "That article is not in this server's own library, so it cannot be removed here."
REMOVED = "Removed: **{title}**. Answers no longer quote it, and no file contains it."
COMMON = "the common library: this server has no articles of its own yet"


def titled(info: ArticleInfo) -> str:
    """The title, and below it the source and date."""
    return f"**{fit(info.title, TITLE_CHARS)}**\n-# {fit(byline_of(info), BYLINE_CHARS)}"


def list_card(page: ArticlePage, start: int) -> Card:
    """A page of the articles, newest first, from number `start`, counted from 0."""
    box: Box = ui.Container(accent_colour=ANSWERED)
    last = start + len(page.articles)
    where = tr("this server's own library") if page.is_own else tr(COMMON)
    shown = tr("None")
    if page.articles:
        shown = tr("{first} to {last} of {total}", first=start + 1, last=last, total=page.total)
    box.add_item(ui.TextDisplay(f"### {tr('Articles')}\n-# {shown} · {where}"))
    if page.articles:
        box.add_item(ui.TextDisplay("\n".join(titled(info) for info in page.articles)))
    add_page_buttons(
        box,
        lambda at, text: ArticlesPageButton(ArticlesPageId(at), text),
        start,
        PAGE,
        page.total,
    )
    return card(box)


def article_card(shown: ArticleVersions) -> Card:
    """One article: its facts, its beginning, and its versions."""
    info, text = shown.article.info, shown.article.text
    box: Box = ui.Container(accent_colour=ANSWERED)
    facts = [tr("by {author}", author=fit(info.author, BYLINE_CHARS))] if info.author else []
    facts.append(trn("{count} word", "{count} words", len(text.split())))
    facts.append(tr("own library") if shown.is_own else tr("common library"))
    box.add_item(ui.TextDisplay(f"{titled(info)}\n-# {' · '.join(facts)}"))
    box.add_item(ui.TextDisplay(f"> {fit(text, OPENING_CHARS)}"))
    versions = shown.versions[-VERSIONS:]
    versions_shown = [
        tr("{number}: added {day}", number=each.version, day=_day(at)) for each, at in versions
    ]
    box.add_item(ui.TextDisplay(f"-# {tr('Version {list}', list=' · '.join(versions_shown))}"))
    if info.url is not None and len(info.url) <= MAX_LINK_CHARS:
        row: Row = ui.ActionRow()
        row.add_item(ui.Button(label=tr("Open"), url=info.url))
        box.add_item(row)
    return card(box)


def remove_card(info: ArticleInfo) -> Card:
    """The question whether to remove an article, with the button that does."""
    box: Box = ui.Container(accent_colour=REFUSED)
    box.add_item(ui.TextDisplay(f"### {tr('Remove this article, with all its versions?')}"))
    box.add_item(ui.TextDisplay(titled(info)))
    row: Row = ui.ActionRow()
    row.add_item(RemoveButton(RemoveId(info.id)))
    box.add_item(row)
    return card(box)


def _day(moment: str) -> str:
    """The day of an ISO 8601 moment, in each reader's own time zone."""
    try:
        return discord.utils.format_dt(datetime.fromisoformat(moment), "d")
    except ValueError:
        return format_date(moment)


async def page_card(articles: ServerLibraries, server: int, start: int) -> Card:
    """A page of the library that answers there; the last page if it has fewer articles by now."""
    page = await articles.page(server=server, start=start, count=PAGE)
    if not page.articles and start > 0:
        start = max(0, (page.total - 1) // PAGE * PAGE)
        page = await articles.page(server=server, start=start, count=PAGE)
    return list_card(page, start)


@dataclass(frozen=True, slots=True)
class ArticlesPageId(CustomId):
    shape: ClassVar[str] = "articles:{start}"
    start: Start


class ArticlesPageButton(PageButton[ArticlesPageId], id_type=ArticlesPageId):
    """Turns the page of a server's articles."""

    async def page(self, services: Services, server: int) -> Card:
        return await page_card(services.articles, server, self.parts.start)


@dataclass(frozen=True, slots=True)
class RemoveId(CustomId):
    shape: ClassVar[str] = "remove:{article_id}"
    article_id: ArticleId


class RemoveButton(PersistentButton[RemoveId], id_type=RemoveId):
    """Removes an article of the server where it is pressed, if the member may."""

    def __init__(self, id: RemoveId) -> None:
        super().__init__(id, tr("Remove"), style=discord.ButtonStyle.danger)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        if await require(interaction, Right.ADD) is None:
            return

        async def work() -> Card:
            if interaction.guild_id is None:
                return sentence_card(tr(NO_SERVER))
            gone = await services_of(interaction).articles.remove(
                server=interaction.guild_id, article_id=self.parts.article_id
            )
            if gone is None:
                return sentence_card(tr(NOT_OWN))
            return sentence_card(tr(REMOVED, title=fit(gone.title, TITLE_CHARS)))

        await promises_of(interaction).answer(interaction, work, private=True, in_place=True)
