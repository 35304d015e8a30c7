"""Walking the tree of buttons, selects, sections and text that hangs under a message or a form."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from typing import Any

from tests.discord.errors import Impossible

ACTION_ROW = 1
BUTTON = 2
STRING_SELECT = 3
TEXT_INPUT = 4
USER_SELECT = 5
CHANNEL_SELECT = 8
SECTION = 9
TEXT_DISPLAY = 10
CONTAINER = 17
LABEL = 18
FILE_UPLOAD = 19
RADIO_GROUP = 21
CHECKBOX_GROUP = 22
CHECKBOX = 23

SELECTS = frozenset({3, 5, 6, 7, 8})
LINK_STYLE, PREMIUM_STYLE = 5, 6


def children(component: dict[str, Any]) -> list[dict[str, Any]]:
    """Its direct parts, whatever key they hang under: rows, sections' accessories, labels."""
    below = list(component.get("components") or [])
    below += [component[key] for key in ("accessory", "component") if component.get(key)]
    return below


def walk(components: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Every component, parents before their parts, in the order a reader meets them."""
    for component in components:
        yield component
        yield from walk(children(component))


def numbered(components: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A copy in which each component has an `id`, as Discord gives one to those that came without.

    Clients match a click to its component by this number when the layout repeats itself.
    """
    copied = copy.deepcopy(components)
    taken = {component["id"] for component in walk(copied) if component.get("id")}
    fresh = 0
    for component in walk(copied):
        if not component.get("id"):
            fresh += 1
            while fresh in taken:
                fresh += 1
            component["id"] = fresh
        if emoji := component.get("emoji"):  # one of Unicode's comes back without an id
            component["emoji"] = {key: value for key, value in emoji.items() if value is not None}
    return copied


def find(components: Iterable[dict[str, Any]], custom_id: str) -> dict[str, Any]:
    """The component with this custom id; Impossible names the ones there are."""
    found = [component for component in walk(components) if component.get("custom_id")]
    for component in found:
        if component["custom_id"] == custom_id:
            return component
    raise Impossible(f"no component {custom_id!r} among {[c['custom_id'] for c in found]}")
