"""*Timeline*: draws who reported when, for the articles of a summary."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import discord
from discord import ui

from cogs.interactions.deferred_replies import promises_of
from cogs.records.answers import GONE, Spot
from cogs.services import services_of
from cogs.ui.components import (
    ANSWERED,
    TITLE_CHARS,
    Box,
    Card,
    CardWithPicture,
    card,
    sentence_card,
)
from cogs.ui.custom_id import AnswerKey, CustomId
from cogs.ui.markdown import fit
from cogs.ui.persistent_button import PersistentButton
from retrieval.serving.fair_queue import Turn
from retrieval.summaries.timeline import Timeline
from retrieval.summaries.timeline_plot import draw_timeline
from retrieval.wording.translations import tr, translate_sentence

FILE_NAME = "timeline.png"


@dataclass(frozen=True, slots=True)
class TimelineId(CustomId):
    shape: ClassVar[str] = "timeline:{key}"
    key: AnswerKey


class TimelineButton(PersistentButton[TimelineId], id_type=TimelineId):
    """Draws the coverage of the articles of a summary."""

    def __init__(self, id: TimelineId) -> None:
        super().__init__(id, tr("Timeline"))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        await promises_of(interaction).answer(
            interaction, lambda: self._drawn(interaction), private=True
        )

    async def _drawn(self, interaction: discord.Interaction[Any]) -> Card | CardWithPicture:
        services, spot = services_of(interaction), Spot.of(interaction)
        kept = await services.answers.find(self.parts.key, spot)
        if kept is None or "articles" not in kept.why:
            return sentence_card(translate_sentence(GONE))
        timeline = await services.asking.timeline(
            server=spot.server,
            articles=kept.why["articles"],
            turn=Turn(spot.server, spot.member),
        )
        timeline = replace(timeline, title=kept.question)
        picture = await asyncio.to_thread(draw_timeline, timeline)
        return CardWithPicture(timeline_card(timeline), FILE_NAME, picture)


def timeline_card(timeline: Timeline) -> Card:
    box: Box = ui.Container(accent_colour=ANSWERED)
    box.add_item(ui.TextDisplay(f"**{fit(timeline.title, TITLE_CHARS)}**"))
    gallery: ui.MediaGallery[ui.LayoutView] = ui.MediaGallery()
    gallery.add_item(media=f"attachment://{FILE_NAME}", description=timeline.alt)
    box.add_item(gallery)
    return card(box)
