"""Forms with one text field. The text is read from the interaction itself.

So a form that was open during a restart still arrives, two open forms do not disturb each other,
and a form that a member closes leaves nothing in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import discord
from discord import ui

from cogs.ui.custom_id import CustomId

FIELD = "text"
MAX_DESCRIPTION_CHARS = 100
OPEN_S = 15 * 60  # then discord.py may forget the form


Id = TypeVar("Id", bound=CustomId)


@dataclass(frozen=True, slots=True)
class TextField:
    """The field of a form. `text` is filled in; `is_long` makes room for several lines."""

    label: str
    max_chars: int
    description: str = ""
    text: str = ""
    is_long: bool = False
    is_required: bool = True


def form(custom_id: CustomId, title: str, field: TextField) -> ui.Modal:
    """A form that asks for one text."""
    text_input: ui.TextInput[ui.Modal] = ui.TextInput(
        custom_id=FIELD,
        style=discord.TextStyle.paragraph if field.is_long else discord.TextStyle.short,
        default=field.text[: field.max_chars] or None,
        max_length=field.max_chars,
        required=field.is_required,
    )
    description = field.description
    if len(description) > MAX_DESCRIPTION_CHARS:
        description = description[: MAX_DESCRIPTION_CHARS - 1] + "…"
    modal = ui.Modal(title=title, custom_id=str(custom_id), timeout=OPEN_S)
    modal.add_item(
        ui.Label(text=field.label, description=description or None, component=text_input)
    )
    return modal


def read_form(interaction: discord.Interaction[Any], id_type: type[Id]) -> tuple[Id, str] | None:
    """The id and the text of a submitted form; None if it is no form of that type."""
    if interaction.type is not discord.InteractionType.modal_submit:
        return None
    data: Mapping[str, Any] = interaction.data or {}
    found = id_type.parse(str(data.get("custom_id", "")))
    return None if found is None else (found, _text(data.get("components", ())))


def _text(components: Iterable[Mapping[str, Any]]) -> str:
    for component in components:
        if component.get("custom_id") == FIELD:
            return str(component.get("value") or "")
        below = list(component.get("components", ()))
        if "component" in component:
            below.append(component["component"])
        if found := _text(below):
            return found
    return ""
