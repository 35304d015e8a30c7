"""The buttons that turn a list's page, for the server where they are pressed."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import discord
from discord import ui

from cogs.interactions.deferred_replies import promises_of
from cogs.interactions.permissions import require
from cogs.records.server_settings import Right
from cogs.services import Services, services_of
from cogs.ui.components import Box, Card, Row, sentence_card
from cogs.ui.custom_id import CustomId
from cogs.ui.persistent_button import PersistentButton
from retrieval.wording.translations import tr

NO_SERVER = "Articles and feeds belong to a server; please do this in one."

Id = TypeVar("Id", bound=CustomId)
Start = Annotated[int, r"[0-9]{1,6}"]
"""Which entry a page begins with, counted from 0."""


class PageButton(PersistentButton[Id]):
    """Turns to another page of a server's list."""

    def __init__(self, id: Id, label: str = "") -> None:
        super().__init__(id, label or tr("Next"))

    @abstractmethod
    async def page(self, services: Services, server: int) -> Card:
        """The page that the button's id names."""

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        if await require(interaction, Right.ASK) is None:
            return

        async def work() -> Card:
            if interaction.guild_id is None:
                return sentence_card(tr(NO_SERVER))
            return await self.page(services_of(interaction), interaction.guild_id)

        await promises_of(interaction).answer(interaction, work, private=True, in_place=True)


def add_page_buttons(
    box: Box, button: Callable[[int, str], PageButton[Any]], start: int, size: int, total: int
) -> None:
    """Add the buttons to the pages before and after, below a page of at most `size` entries.

    `button` makes one of the start of its page and its label.
    """
    row: Row = ui.ActionRow()
    if start > 0:
        row.add_item(button(max(0, start - size), tr("Back")))
    if start + size < total:
        row.add_item(button(start + size, tr("Next")))
    if row.children:
        box.add_item(row)
