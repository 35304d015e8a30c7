"""*Timeline*: the picture of who reported when, for whoever presses the button on a summary."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol, Self

import discord
from discord import ui

from cogs.interactions.deferred_replies import Promises
from cogs.records.answers import GONE, KEY, KeptAnswers, Spot
from cogs.ui.components import ANSWERED, TITLE_CHARS, Box, Card, Pictured, card, said
from cogs.ui.markdown import fitted
from retrieval.serving.fair_queue import Turn
from retrieval.summaries.timeline import Timeline
from retrieval.summaries.timeline_plot import draw
from retrieval.wording.translations import own, tr

FILE_NAME = "timeline.png"


class Timelines(Protocol):
    """Who knows when articles told what."""

    async def timeline(
        self, *, server: int | None, articles: Sequence[str], turn: Turn | None = None
    ) -> Timeline: ...


class TimelineButton(ui.DynamicItem[ui.Button[Any]], template=rf"timeline:(?P<key>{KEY})"):
    """Draws the coverage of the articles of a summary. It works after a restart too."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(
            ui.Button(
                label=tr("Timeline"),
                style=discord.ButtonStyle.secondary,
                custom_id=f"timeline:{key}",
            )
        )

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str]
    ) -> Self:
        return cls(match["key"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        promises: Promises = interaction.client.promises
        await promises.answer(interaction, lambda: self._drawn(interaction), private=True)

    async def _drawn(self, interaction: discord.Interaction[Any]) -> Card | Pictured:
        answers: KeptAnswers = interaction.client.answers
        service: Timelines = interaction.client.service
        spot = Spot.of(interaction)
        kept = await answers.find(self.key, spot)
        if kept is None or "articles" not in kept.why:
            return said(own(GONE))
        turn = Turn(spot.server, spot.member)
        told = await service.timeline(server=spot.server, articles=kept.why["articles"], turn=turn)
        told = replace(told, title=kept.question)
        return Pictured(timeline_card(told), FILE_NAME, await asyncio.to_thread(draw, told))


def timeline_card(timeline: Timeline) -> Card:
    box: Box = ui.Container(accent_colour=ANSWERED)
    box.add_item(ui.TextDisplay(f"**{fitted(timeline.title, TITLE_CHARS)}**"))
    gallery: ui.MediaGallery[ui.LayoutView] = ui.MediaGallery()
    gallery.add_item(media=f"attachment://{FILE_NAME}", description=timeline.alt)
    box.add_item(gallery)
    return card(box)
