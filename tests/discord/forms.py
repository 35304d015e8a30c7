"""Filling in a select menu or a form (modal) as Discord's client does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.discord.components import (
    CHANNEL_SELECT,
    CHECKBOX,
    CHECKBOX_GROUP,
    FILE_UPLOAD,
    RADIO_GROUP,
    SELECTS,
    STRING_SELECT,
    TEXT_INPUT,
    USER_SELECT,
    walk,
)
from tests.discord.errors import Impossible
from tests.discord.options import Filler
from tests.discord.values import JSON, Upload, User

_INPUTS = SELECTS | {TEXT_INPUT, FILE_UPLOAD, RADIO_GROUP, CHECKBOX_GROUP, CHECKBOX}


def select_values(select: JSON, chosen: Sequence[object], filler: Filler) -> list[str]:
    """What choosing these gives; Impossible when there are too many, or one is not offered."""
    least, most = select.get("min_values"), select.get("max_values")
    if not (1 if least is None else least) <= len(chosen) <= (1 if most is None else most):
        raise Impossible(f"{len(chosen)} values chosen in {select['custom_id']!r}")
    if select["type"] in (STRING_SELECT, CHECKBOX_GROUP):
        offered = [option["value"] for option in select["options"]]
        if wrong := [value for value in chosen if value not in offered]:
            raise Impossible(f"{wrong} are not among {offered}")
        return [str(value) for value in chosen]
    return [_resolved(select, value, filler) for value in chosen]


def _resolved(select: JSON, value: object, filler: Filler) -> str:
    kind = select["type"]
    if kind == USER_SELECT and isinstance(value, User):
        return filler.user(value)
    if kind == CHANNEL_SELECT and isinstance(value, int):
        return filler.channel(value)
    if kind == FILE_UPLOAD and isinstance(value, Upload):
        return filler.attachment(value)
    raise Impossible(f"{value!r} cannot be chosen in a component of type {kind}")


def fill_modal(modal: JSON, values: Sequence[object], filler: Filler) -> list[JSON]:
    """The submitted components: `values` go to the inputs in the order they are shown."""
    inputs = [part for part in walk(modal["components"]) if part["type"] in _INPUTS]
    if len(inputs) != len(values):
        raise Impossible(f"the form has {len(inputs)} inputs, {len(values)} values were given")
    left = iter(values)
    return [_filled(part, left, filler) for part in modal["components"]]


def _filled(part: JSON, values: Iterator[object], filler: Filler) -> JSON:
    done: JSON = {"type": part["type"], "id": part.get("id", 0)}
    if "component" in part:
        return {**done, "component": _filled(part["component"], values, filler)}
    if "components" in part:
        return {**done, "components": [_filled(p, values, filler) for p in part["components"]]}
    if part["type"] not in _INPUTS:
        return done
    return {**done, "custom_id": part["custom_id"], **_entered(part, next(values), filler)}


def _entered(part: JSON, value: object, filler: Filler) -> JSON:
    kind = part["type"]
    if kind == TEXT_INPUT:
        text = str(value)
        least = part.get("min_length") or (1 if part.get("required", True) else 0)
        most = part.get("max_length") or 4000
        if not least <= len(text) <= most:
            raise Impossible(f"{len(text)} characters typed where {least}-{most} fit")
        return {"value": text}
    if kind == CHECKBOX:
        return {"value": bool(value)}
    if kind == RADIO_GROUP:
        if value not in [option["value"] for option in part["options"]]:
            raise Impossible(f"{value!r} is not offered")
        return {"value": value}
    chosen = value if isinstance(value, list | tuple) else [value]
    return {"values": select_values(part, chosen, filler)}
