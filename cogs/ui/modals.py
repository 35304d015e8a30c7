"""Forms of one text field. What is entered is read from the interaction itself.

So a form that was open while the bot started again still arrives, two that are open at once do
not disturb each other, and none that was closed is remembered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import discord
from discord import ui

FIELD = "text"
MAX_DESCRIPTION_CHARS = 100
OPEN_S = 15 * 60  # after that discord.py need not know it any more


def form(
    custom_id: str,
    title: str,
    label: str,
    *,
    description: str = "",
    text: str = "",
    max_chars: int,
    is_long: bool = False,
    is_required: bool = True,
) -> ui.Modal:
    """A form that asks for one text, `text` being there already."""
    field: ui.TextInput[ui.Modal] = ui.TextInput(
        custom_id=FIELD,
        style=discord.TextStyle.paragraph if is_long else discord.TextStyle.short,
        default=text[:max_chars] or None,
        max_length=max_chars,
        required=is_required,
    )
    modal = ui.Modal(title=title, custom_id=custom_id, timeout=OPEN_S)
    told = description
    if len(told) > MAX_DESCRIPTION_CHARS:
        told = told[: MAX_DESCRIPTION_CHARS - 1] + "…"
    modal.add_item(ui.Label(text=label, description=told or None, component=field))
    return modal


def entered(
    interaction: discord.Interaction[Any], template: str
) -> tuple[re.Match[str], str] | None:
    """The match of the form's custom id, and the text; None where it is no form of that kind."""
    if interaction.type is not discord.InteractionType.modal_submit:
        return None
    data: Mapping[str, Any] = interaction.data or {}
    match = re.fullmatch(template, str(data.get("custom_id", "")))
    return None if match is None else (match, _text(data.get("components", ())))


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
