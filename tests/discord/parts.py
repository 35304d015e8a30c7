"""What Discord refuses in a single component: a button, a select, a section, a text field."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from tests.discord.components import (
    ACTION_ROW,
    BUTTON,
    CONTAINER,
    LABEL,
    LINK_STYLE,
    PREMIUM_STYLE,
    SECTION,
    SELECTS,
    STRING_SELECT,
    TEXT_DISPLAY,
    TEXT_INPUT,
    walk,
)
from tests.discord.errors import bad_length, invalid_form, too_long
from tests.discord.values import JSON

MAX_BUTTON_LABEL_CHARS = 80
MAX_TEXT_CHARS = 4000
_MOST_CHARS = {"custom_id": 100, "placeholder": 150}
_TEXT_INPUT_MOST_CHARS = {"placeholder": 100, "label": 45}


def check_parts(components: Iterable[JSON], where: str) -> None:
    """Each component by itself, and that no custom id and no id is there twice."""
    seen: dict[str, set[Any]] = {"custom_id": set(), "id": set()}
    for component in walk(components):
        for key, most in _MOST_CHARS.items():
            if len(component.get(key) or "") > most:
                raise too_long(f"{where}.{key}", most)
        for key, known in seen.items():
            value = component.get(key)
            if value and value in known:
                problem = f"Component {key.replace('_', ' ')} cannot be duplicated"
                code = f"COMPONENT_{key.upper()}_DUPLICATED"
                raise invalid_form(where, code, problem)
            known.add(value)
        if (check := _CHECKS.get(component["type"])) is not None:
            check(component, where)


def _check_button(button: JSON, where: str) -> None:
    if len(button.get("label") or "") > MAX_BUTTON_LABEL_CHARS:
        raise too_long(f"{where}.label", MAX_BUTTON_LABEL_CHARS)
    style = button.get("style")
    if style == LINK_STYLE and not button.get("url"):
        raise invalid_form(where, "BUTTON_COMPONENT_URL_REQUIRED", "A url is required")
    if style == LINK_STYLE and button.get("custom_id"):
        problem = "A custom id and url cannot both be specified"
        raise invalid_form(where, "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", problem)
    if style not in (LINK_STYLE, PREMIUM_STYLE) and not button.get("custom_id"):
        problem = "A custom id is required"
        raise invalid_form(where, "BUTTON_COMPONENT_CUSTOM_ID_REQUIRED", problem)
    if style != PREMIUM_STYLE and not (button.get("label") or button.get("emoji")):
        problem = "A label or emoji is required"
        raise invalid_form(where, "BUTTON_COMPONENT_INVALID_DISPLAY", problem)


def _check_select(select: JSON, where: str) -> None:
    options = select.get("options") or []
    if not 1 <= len(options) <= 25:
        raise bad_length(f"{where}.options", 1, 25)
    if len({option["value"] for option in options}) != len(options):
        problem = "The specified option value is already used"
        raise invalid_form(f"{where}.options", "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", problem)
    for option in options:
        for key in ("label", "value", "description"):
            if len(option.get(key) or "") > 100:
                raise too_long(f"{where}.options.{key}", 100)
    least, most = select.get("min_values"), select.get("max_values")
    least, most = 1 if least is None else least, 1 if most is None else most
    if not 0 <= least <= most <= min(25, len(options)):
        raise bad_length(f"{where}.max_values", least, len(options))
    if sum(bool(option.get("default")) for option in options) > most:
        raise bad_length(f"{where}.options", least, most)


def _check_section(section: JSON, where: str) -> None:
    inside = section.get("components") or []
    if not 1 <= len(inside) <= 3 or any(part["type"] != TEXT_DISPLAY for part in inside):
        raise bad_length(f"{where}.components", 1, 3)
    if not section.get("accessory"):
        problem = "This field is required"
        raise invalid_form(f"{where}.accessory", "BASE_TYPE_REQUIRED", problem)


def _check_text(text: JSON, where: str) -> None:
    if not 1 <= len(text.get("content") or "") <= MAX_TEXT_CHARS:
        raise bad_length(f"{where}.content", 1, MAX_TEXT_CHARS)


def _check_container(container: JSON, where: str) -> None:
    inside = container.get("components") or []
    if not inside:
        raise bad_length(f"{where}.components", 1, 40)
    if any(part["type"] in (CONTAINER, LABEL, TEXT_INPUT) for part in inside):
        problem = "A container cannot hold that component"
        raise invalid_form(f"{where}.components", "UNION_TYPE_CHOICES", problem)


def _check_text_input(field: JSON, where: str) -> None:
    for key, most in _TEXT_INPUT_MOST_CHARS.items():
        if len(field.get(key) or "") > most:
            raise too_long(f"{where}.{key}", most)
    longest = field.get("max_length")
    longest = MAX_TEXT_CHARS if longest is None else longest
    if not 1 <= longest <= MAX_TEXT_CHARS:
        raise bad_length(f"{where}.max_length", 1, MAX_TEXT_CHARS)
    if not 0 <= (field.get("min_length") or 0) <= longest:
        raise bad_length(f"{where}.min_length", 0, longest)
    if len(field.get("value") or "") > longest:
        raise too_long(f"{where}.value", longest)


def _check_label(label: JSON, where: str) -> None:
    if not 1 <= len(label.get("label") or "") <= 45:
        raise bad_length(f"{where}.label", 1, 45)
    if len(label.get("description") or "") > 100:
        raise too_long(f"{where}.description", 100)
    inside = label.get("component") or {}
    if inside.get("type") not in {TEXT_INPUT, *SELECTS, *range(19, 24)}:
        problem = "A label holds one input"
        raise invalid_form(f"{where}.component", "UNION_TYPE_CHOICES", problem)
    if inside.get("label"):  # it would stand there twice
        problem = "A label cannot be specified inside of a label"
        raise invalid_form(f"{where}.component.label", "TEXT_INPUT_LABEL_IN_LABEL", problem)


def check_form_parts(parts: list[JSON], where: str) -> None:
    """At the top of a form are labels and texts, or rows of one text field as they used to be."""
    for part in parts:
        is_row = part["type"] == ACTION_ROW
        inside = part.get("components") or []
        if part["type"] not in (LABEL, TEXT_DISPLAY) and not is_row:
            problem = 'Value of field "type" must be one of (1, 10, 18).'
            raise invalid_form(f"{where}.type", "UNION_TYPE_CHOICES", problem)
        if is_row and [field["type"] for field in inside] != [TEXT_INPUT]:
            raise bad_length(f"{where}.components", 1, 1)
    check_parts(parts, where)


_CHECKS: dict[int, Callable[[JSON, str], None]] = {
    BUTTON: _check_button,
    STRING_SELECT: _check_select,
    TEXT_INPUT: _check_text_input,
    SECTION: _check_section,
    TEXT_DISPLAY: _check_text,
    CONTAINER: _check_container,
    LABEL: _check_label,
}
