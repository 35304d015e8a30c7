"""*Show passage*: shows a citation within the text around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import discord
from discord import ui

from cogs.interactions.deferred_replies import promises_of
from cogs.services import services_of
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
from cogs.ui.custom_id import ArticleId, Count, CustomId
from cogs.ui.markdown import fit
from cogs.ui.persistent_button import PersistentButton
from corpus.article import SpanRef
from retrieval.answering.citation import Citation, Excerpt
from retrieval.serving.fair_queue import Turn
from retrieval.wording.translations import tr


@dataclass(frozen=True, slots=True)
class PassageId(CustomId):
    """The place of a citation: its article and version, and its first and last character there."""

    shape: ClassVar[str] = "passage:{article_id}:{version}:{start}:{end}"
    article_id: ArticleId
    version: Count
    start: Count
    end: Count

    @classmethod
    def of(cls, ref: SpanRef) -> Self:
        return cls(ref.article_id, ref.version, ref.start, ref.end)

    @property
    def ref(self) -> SpanRef:
        return SpanRef(self.article_id, self.version, self.start, self.end)


class PassageButton(PersistentButton[PassageId], id_type=PassageId):
    """Shows a passage to whoever presses it.

    It is looked up where it is pressed: an id from another server finds nothing in this server's
    library.
    """

    def __init__(self, id: PassageId, label: str = "") -> None:
        super().__init__(id, label or tr("Show passage"))

    @classmethod
    def of(cls, citation: Citation, label: str = "") -> Self:
        return cls(PassageId.of(citation.ref), label)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        async def work() -> Card:
            excerpt = await services_of(interaction).asking.excerpt(
                server=interaction.guild_id,
                ref=self.parts.ref,
                turn=Turn(interaction.guild_id, interaction.user.id),
            )
            return passage_card(excerpt)

        await promises_of(interaction).answer(interaction, work, private=True)


def passage_card(excerpt: Excerpt) -> Card:
    """The quotation in bold, within the text around it."""
    citation = excerpt.citation
    share = (MAX_CHARS - TITLE_CHARS - BYLINE_CHARS) // 4
    before, after = fit(excerpt.before, share), fit(excerpt.after, share)
    quotation = fit(citation.quote, 2 * share - 10)
    box: Box = ui.Container(accent_colour=ANSWERED)
    box.add_item(ui.TextDisplay(heading(citation)))
    text = " ".join(part for part in (before, f"**{quotation}**", after) if part)
    box.add_item(ui.TextDisplay(text))
    if link := open_button(citation):
        row: Row = ui.ActionRow()
        row.add_item(link)
        box.add_item(row)
    return card(box)
