"""The button that turns a list's page. What it shows is of the server where it is pressed."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Self

import discord
from discord import ui

from cogs.interactions.deferred_replies import Promises
from cogs.interactions.permissions import allowed
from cogs.records.server_settings import Right
from cogs.ui.components import Box, Card, Row, said
from retrieval.wording.translations import tr

NO_SERVER = "What is listed here is a server's own; please do this in one."

ShowPage = Callable[[int, int], Awaitable[Card]]
"""The page of a server's list that begins with its `start`th entry, counted from 0."""


class PageButton(
    ui.DynamicItem[ui.Button[Any]], template=r"(?P<of>articles|feeds):(?P<start>[0-9]{1,6})"
):
    """Turns to the page of `of`, a key of the client's `pages`, that begins at `start`."""

    def __init__(self, of: str, start: int, label: str = "") -> None:
        self.of = of
        self.start = start
        super().__init__(
            ui.Button(
                label=label or tr("Next"),
                style=discord.ButtonStyle.secondary,
                custom_id=f"{of}:{start}",
            )
        )

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str]
    ) -> Self:
        return cls(match["of"], int(match["start"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        pages: Mapping[str, ShowPage] = interaction.client.pages
        promises: Promises = interaction.client.promises
        if await allowed(interaction, Right.ASK) is None:
            return

        async def work() -> Card:
            if interaction.guild_id is None:
                return said(tr(NO_SERVER))
            return await pages[self.of](interaction.guild_id, self.start)

        await promises.answer(interaction, work, private=True, in_place=True)


def add_page_buttons(box: Box, of: str, start: int, size: int, total: int) -> None:
    """Below a page of `size` entries at most, what turns to those before and after it."""
    row: Row = ui.ActionRow()
    if start > 0:
        row.add_item(PageButton(of, max(0, start - size), tr("Back")))
    if start + size < total:
        row.add_item(PageButton(of, start + size))
    if row.children:
        box.add_item(row)
