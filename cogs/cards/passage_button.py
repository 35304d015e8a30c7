"""The button that shows a citation in the text around it; it works after a restart too."""

from __future__ import annotations

import re
from typing import Any, Protocol, Self

import discord
from discord import ui

from cogs.interactions.deferred_replies import Promises
from cogs.ui.components import (
    ANSWERED,
    BYLINE_CHARS,
    MAX_CHARS,
    TITLE_CHARS,
    Box,
    Card,
    Row,
    card,
    heading,
    open_button,
)
from cogs.ui.markdown import fitted
from corpus.article import SpanRef
from retrieval.answering.citation import Citation, Excerpt
from retrieval.serving.fair_queue import Turn
from retrieval.wording.translations import tr


class Excerpts(Protocol):
    """Who can show a citation in its text."""

    async def excerpt(
        self,
        *,
        server: int | None,
        ref: SpanRef,
        turn: Turn | None = None,
    ) -> Excerpt: ...


class PassageButton(
    ui.DynamicItem[ui.Button[Any]],
    template=(
        r"passage:(?P<id>[a-z0-9-]{1,40}):(?P<version>[0-9]{1,9})"
        r":(?P<start>[0-9]{1,9}):(?P<end>[0-9]{1,9})"
    ),
):
    """Shows a passage to whoever presses it.

    Everything it needs is in its custom id, and is looked up where it is pressed: an id from
    another server finds nothing in this server's library.
    """

    def __init__(self, ref: SpanRef, label: str) -> None:
        self.ref = ref
        super().__init__(
            ui.Button(
                label=label or tr("Show passage"),
                style=discord.ButtonStyle.secondary,
                custom_id=f"passage:{ref.article_id}:{ref.version}:{ref.start}:{ref.end}",
            )
        )

    @classmethod
    def of(cls, citation: Citation, label: str = "") -> Self:
        return cls(citation.ref, label)

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str]
    ) -> Self:
        version, start, end = (int(match[name]) for name in ("version", "start", "end"))
        label = item.label if isinstance(item, ui.Button) else None
        return cls(SpanRef(match["id"], version, start, end), label or "")

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        excerpts: Excerpts = interaction.client.service
        promises: Promises = interaction.client.promises

        async def work() -> Card:
            excerpt = await excerpts.excerpt(
                server=interaction.guild_id,
                ref=self.ref,
                turn=Turn(interaction.guild_id, interaction.user.id),
            )
            return passage_card(excerpt)

        await promises.answer(interaction, work, private=True)


def passage_card(excerpt: Excerpt) -> Card:
    """A quotation in bold within the text around it, for reading on."""
    citation = excerpt.citation
    share = (MAX_CHARS - TITLE_CHARS - BYLINE_CHARS) // 4
    before, after = fitted(excerpt.before, share), fitted(excerpt.after, share)
    quotation = fitted(citation.quote, 2 * share - 10)
    box: Box = ui.Container(accent_colour=ANSWERED)
    box.add_item(ui.TextDisplay(heading(citation)))
    text = " ".join(part for part in (before, f"**{quotation}**", after) if part)
    box.add_item(ui.TextDisplay(text))
    if link := open_button(citation):
        row: Row = ui.ActionRow()
        row.add_item(link)
        box.add_item(row)
    return card(box)
