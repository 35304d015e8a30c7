"""*More sources*: those that found no room on the card, a page at a time, for whoever asks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Self

import discord
from discord import ui

from cogs.cards.passage_button import PassageButton
from cogs.cards.why_button import LOST, Citations
from cogs.interactions.deferred_replies import Promises
from cogs.records.answers import GONE, KEY, KeptAnswers, Spot
from cogs.ui.components import ANSWERED, MAX_CHARS, Box, Card, Row, card, heading, open_button, said
from cogs.ui.markdown import fitted
from retrieval.answering.citation import Citation
from retrieval.serving.fair_queue import Turn
from retrieval.wording.translations import own, tr

PAGE = 4
SOURCE_CHARS = 330  # its title, byline and marks, with some room
TITLE_CHARS = 100
TITLE = "More sources"


def more_card(key: str, first: int, total: int, found: Sequence[Citation | None]) -> Card:
    """The sources of one page, numbered from `first`, of `total` in all."""
    box: Box = ui.Container(accent_colour=ANSWERED)
    last = first + len(found) - 1
    told = tr("{first} to {last} of {total}", first=first, last=last, total=total)
    box.add_item(ui.TextDisplay(f"### {tr(TITLE)}\n-# {told}"))
    max_chars = (MAX_CHARS - TITLE_CHARS) // PAGE - SOURCE_CHARS
    for number, citation in enumerate(found, start=first):
        if citation is None:
            box.add_item(ui.TextDisplay(rf"\[{number}\] {tr(LOST)}"))
            continue
        text = f"{heading(citation, f'[{number}]')}\n> {fitted(citation.quote, max_chars)}"
        accessory = open_button(citation) or PassageButton.of(citation)
        box.add_item(ui.Section(ui.TextDisplay(text), accessory=accessory))
    row: Row = ui.ActionRow()
    if first > 1:
        row.add_item(MoreButton(key, max(1, first - PAGE), tr("Earlier sources"), is_page=True))
    if last < total:
        row.add_item(MoreButton(key, last + 1, tr("Later sources"), is_page=True))
    if row.children:
        box.add_item(row)
    return card(box)


class MoreButton(
    ui.DynamicItem[ui.Button[Any]],
    template=rf"(?P<on>more|page):(?P<key>{KEY}):(?P<first>[1-9][0-9]{{0,3}})",
):
    """Shows the sources from the `first` on: beside a card, or in place of another such page."""

    def __init__(self, key: str, first: int, label: str = "", *, is_page: bool = False) -> None:
        self.key = key
        self.first = first
        self.is_page = is_page
        super().__init__(
            ui.Button(
                label=label or tr(TITLE),
                style=discord.ButtonStyle.secondary,
                custom_id=f"{'page' if is_page else 'more'}:{key}:{first}",
            )
        )

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str]
    ) -> Self:
        return cls(match["key"], int(match["first"]), is_page=match["on"] == "page")

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        promises: Promises = interaction.client.promises
        await promises.answer(
            interaction, lambda: self._found(interaction), private=True, in_place=self.is_page
        )

    async def _found(self, interaction: discord.Interaction[Any]) -> Card:
        answers: KeptAnswers = interaction.client.answers
        service: Citations = interaction.client.service
        spot = Spot.of(interaction)
        kept = await answers.find(self.key, spot)
        refs = kept.sources[self.first - 1 : self.first - 1 + PAGE] if kept else ()
        if kept is None or not refs:
            return said(own(GONE))
        turn = Turn(spot.server, spot.member)
        found = await service.citations(server=spot.server, refs=refs, turn=turn)
        return more_card(self.key, self.first, len(kept.sources), found)
