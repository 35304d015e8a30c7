"""Buttons that work after a restart: everything that they need is in their custom ids."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Generic, Self, TypeVar, cast

import discord
from discord import ui

from cogs.ui.custom_id import CustomId

Id = TypeVar("Id", bound=CustomId)

NOTHING = r"(?!)"


class PersistentButton(ui.DynamicItem[ui.Button[Any]], Generic[Id], template=NOTHING):
    """A button that discord.py makes again from the custom id of the one pressed.

    A subclass names the type of its id, as in `class WhyButton(PersistentButton[WhyId],
    id_type=WhyId)`, can be made from an id alone, and does its work in `callback`. The client
    must register it: see cogs/cards/persistent.py.
    """

    id_type: ClassVar[type[CustomId]]

    def __init_subclass__(cls, *, id_type: type[CustomId] | None = None) -> None:
        super().__init_subclass__(template=NOTHING if id_type is None else id_type.pattern())
        if id_type is not None:
            cls.id_type = id_type

    def __init__(
        self,
        id: Id,
        label: str | None = None,
        *,
        emoji: str | None = None,
        style: discord.ButtonStyle = discord.ButtonStyle.secondary,
    ) -> None:
        self.parts = id
        super().__init__(ui.Button(label=label, emoji=emoji, style=style, custom_id=str(id)))

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str]
    ) -> Self:
        return cls(cast(Id, cls.id_type.from_match(match)))
