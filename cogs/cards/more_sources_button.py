"""*More sources*: shows a member the sources that did not fit on the card, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import discord
from discord import ui

from cogs.cards.passage_button import PassageButton
from cogs.cards.why_button import LOST
from cogs.interactions.deferred_replies import promises_of
from cogs.records.answers import GONE, Spot
from cogs.services import services_of
from cogs.ui.components import (
    ANSWERED,
    MAX_CHARS,
    Box,
    Card,
    Row,
    card,
    heading,
    open_button,
    sentence_card,
)
from cogs.ui.custom_id import AnswerKey, CustomId
from cogs.ui.markdown import fit
from cogs.ui.persistent_button import PersistentButton
from retrieval.answering.citation import Citation
from retrieval.serving.fair_queue import Turn
from retrieval.wording.translations import tr, translate_sentence

PAGE = 4
SOURCE_CHARS = 330  # its title, byline and marks, and some reserve
TITLE_CHARS = 100
TITLE = "More sources"


def more_card(key: str, first: int, total: int, found: Sequence[Citation | None]) -> Card:
    """One page of the sources, numbered from `first`, of `total`; None for one that is lost."""
    box: Box = ui.Container(accent_colour=ANSWERED)
    last = first + len(found) - 1
    which = tr("{first} to {last} of {total}", first=first, last=last, total=total)
    box.add_item(ui.TextDisplay(f"### {tr(TITLE)}\n-# {which}"))
    max_chars = (MAX_CHARS - TITLE_CHARS) // PAGE - SOURCE_CHARS
    for number, citation in enumerate(found, start=first):
        if citation is None:
            box.add_item(ui.TextDisplay(rf"\[{number}\] {tr(LOST)}"))
            continue
        text = f"{heading(citation, f'[{number}]')}\n> {fit(citation.quote, max_chars)}"
        accessory = open_button(citation) or PassageButton.of(citation)
        box.add_item(ui.Section(ui.TextDisplay(text), accessory=accessory))
    row: Row = ui.ActionRow()
    if first > 1:
        row.add_item(MoreButton(MoreId("page", key, max(1, first - PAGE)), tr("Earlier sources")))
    if last < total:
        row.add_item(MoreButton(MoreId("page", key, last + 1), tr("Later sources")))
    if row.children:
        box.add_item(row)
    return card(box)


@dataclass(frozen=True, slots=True)
class MoreId(CustomId):
    """`on` says what was pressed: "more" on the answer, "page" on a page of its sources."""

    shape: ClassVar[str] = "{on}:{key}:{first}"
    on: Annotated[str, "more|page"]
    key: AnswerKey
    first: Annotated[int, r"[1-9][0-9]{0,3}"]


class MoreButton(PersistentButton[MoreId], id_type=MoreId):
    """Shows the sources from `first` on, beside the card or in place of another page."""

    def __init__(self, id: MoreId, label: str = "") -> None:
        super().__init__(id, label or tr(TITLE))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        await promises_of(interaction).answer(
            interaction,
            lambda: self._found(interaction),
            private=True,
            in_place=self.parts.on == "page",
        )

    async def _found(self, interaction: discord.Interaction[Any]) -> Card:
        services, spot, first = services_of(interaction), Spot.of(interaction), self.parts.first
        kept = await services.answers.find(self.parts.key, spot)
        refs = kept.sources[first - 1 : first - 1 + PAGE] if kept else ()
        if kept is None or not refs:
            return sentence_card(translate_sentence(GONE))
        turn = Turn(spot.server, spot.member)
        found = await services.asking.citations(server=spot.server, refs=refs, turn=turn)
        return more_card(self.parts.key, first, len(kept.sources), found)
