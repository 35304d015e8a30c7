"""The parts of cards, and the limits that Discord sets."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Any

import discord
from discord import ui

from cogs.ui.markdown import escape, fit
from retrieval.answering.citation import Citation
from retrieval.render import byline
from retrieval.wording.translations import tr

MAX_CHARS = 3900  # of the 4,000 that a message may show
TITLE_CHARS = 150
BYLINE_CHARS = 120
MAX_LINK_CHARS = 512  # of a button's address

ANSWERED = discord.Colour(0x3BA55D)
REFUSED = discord.Colour(0x747F8D)

Card = ui.LayoutView


@dataclass(frozen=True, slots=True)
class CardWithPicture:
    """A card and the picture that it shows as attachment://`name`."""

    card: Card
    name: str
    picture: bytes

    def file(self) -> discord.File:
        """The picture, opened to be sent; each attempt needs a new one."""
        return discord.File(BytesIO(self.picture), self.name)


Box = ui.Container[ui.LayoutView]
Row = ui.ActionRow[ui.LayoutView]


def card(box: Box) -> Card:
    """A message of one box. Its buttons keep no state in memory."""
    view = ui.LayoutView(timeout=None)
    view.add_item(box)
    view.stop()  # or discord.py would keep it for ever; persistent buttons do not need it
    return view


def sentence_card(sentence: str) -> Card:
    """A card of one sentence; a message with a card cannot have plain text."""
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.TextDisplay(sentence))
    view.stop()
    return view


def heading(citation: Citation, mark: str = "") -> str:
    """The article's title after `mark`, and below it its source and date."""
    title = fit(citation.article.title, TITLE_CHARS)
    lead = f"{escape(mark)} " if mark else ""
    return f"{lead}**{title}**\n-# {fit(byline(citation), BYLINE_CHARS)}"


def open_button(citation: Citation) -> ui.Button[Any] | None:
    """A link button to the sentence on its page; None without an address, or if it is too long."""
    if citation.link is None or len(citation.link) > MAX_LINK_CHARS:
        return None
    return ui.Button(label=tr("Open"), url=citation.link)
