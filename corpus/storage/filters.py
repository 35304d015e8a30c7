"""Haystack's metadata filters as SQL conditions: they choose passages before any search.

The grammar is that of https://docs.haystack.deepset.ai/docs/metadata-filtering: comparisons
{"field", "operator", "value"} and, around them, {"operator": "AND" | "OR" | "NOT",
"conditions": [...]}. Dates and times are compared as moments, to the millisecond; one without
an offset is in UTC.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Protocol

FACTS = (
    "article_id",
    "version",
    "title",
    "url",
    "source",
    "author",
    "published",
    "updated",
    "language",
)
"""The article's facts in a passage's meta; besides, it has "start" and "end" of its own."""

ID = "article_id || ':' || version || ':' || start || ':' || \"end\""
"""The id that a passage of an article has; a Document keeps its own."""

INDEXED = ("source", "published")
"""Facts that a Document has in the article's column too, where they are texts: with an index."""

_UNHINTED = {"id", "content", "start", "end", *FACTS} - {"source", "author"}

_ORDER = (">", ">=", "<", "<=")
_COMPARISONS = ("==", "!=", *_ORDER, "in", "not in")
_DEEPEST = 50
_NEVER = "FALSE"


class Parameters:
    """The values of a statement, in the order of their marks $1, $2 and so on."""

    def __init__(self) -> None:
        """Begin with none."""
        self.values: list[object] = []

    def mark(self, value: object) -> str:
        """The mark that stands for one more value."""
        self.values.append(value)
        return f"${len(self.values)}"


class FilterFault(ValueError):
    """A filter that is not in the grammar, or compares what has no order."""


class Conditions(Protocol):
    """A database's conditions on one field, over `passage` and `version`; `name` is the field's.

    Their values become Parameters.
    """

    def is_null(self, name: str) -> str:
        """The field has no value."""

    def is_nested(self, name: str, value: list[Any] | dict[str, Any]) -> str:
        """Equal to a list or a dictionary."""

    def is_text(self, name: str, text: str) -> str:
        """Equal to a text."""

    def is_number(self, name: str, number: float) -> str:
        """Equal to a number, or to a truth value, which counts as one."""

    def is_among(self, name: str, texts: list[str]) -> str:
        """One of these texts, of which there may be very many."""

    def is_ordered(self, name: str, operator: str, number: float) -> str:
        """A number on that side of another."""

    def is_moment(self, name: str, operator: str, moment: str) -> str:
        """A date or time on that side of another, or at it."""


def condition(filters: dict[str, Any], conditions: Conditions, *, depth: int = 0) -> str:
    """The condition in SQL that a passage must meet.

    Args:
        filters: Haystack's filters, as the module's docstring has them.
        conditions: Those of the database that is asked.
        depth: How many levels it is inside of another filter.

    Raises:
        FilterFault: The filters are not in the grammar, or compare what has no order.
    """
    _expect(depth < _DEEPEST, f"A filter may have {_DEEPEST} levels, and this one has more.")
    _expect(isinstance(filters, dict), f"A filter is a dictionary, and this is not: {filters!r}")
    if "field" in filters:
        return _comparison(filters, conditions)
    _expect("operator" in filters, f"'operator' is missing in the filter {filters!r}")
    _expect("conditions" in filters, f"'conditions' is missing in the filter {filters!r}")
    operator = filters["operator"]
    _expect(operator in ("AND", "OR", "NOT"), f"No filter has the operator {operator!r}")
    parts = [condition(part, conditions, depth=depth + 1) for part in filters["conditions"]]
    if operator == "NOT":
        return _not(_joined("AND", parts))
    return _joined(operator, parts)


def hints(filters: dict[str, Any]) -> frozenset[tuple[str, object]]:
    """Facts of which every match has at least one; empty if unknown."""
    if "field" in filters:
        operator, value = filters.get("operator"), filters.get("value")
        if operator not in ("==", "in"):
            return frozenset()
        values = [value] if operator == "==" else value
        made = [fact(filters["field"].removeprefix("meta."), one) for one in values or ()]
        return frozenset() if None in made else frozenset(one for one in made if one)
    parts = [hints(part) for part in filters.get("conditions", ())]
    if filters.get("operator") == "AND":
        return min((part for part in parts if part), key=len, default=frozenset())
    if filters.get("operator") == "OR" and all(parts):
        return frozenset().union(*parts)
    return frozenset()


def facts(meta: dict[str, Any], within: str = "") -> frozenset[tuple[str, object]]:
    """All facts that `hints` may name for a passage with this meta.

    Args:
        meta: A passage's meta; dictionaries in it count by their inner keys.
        within: The keys that lead to this part of it, each with a dot behind it.
    """
    found: set[tuple[str, object]] = set()
    for key, value in meta.items():
        if isinstance(value, dict):
            found |= facts(value, f"{within}{key}.")
        elif (made := fact(f"{within}{key}", value)) is not None:
            found.add(made)
    return frozenset(found)


def fact(field: str, value: object) -> tuple[str, object] | None:
    """A field with its value, equal where the values are; None for dates and for what is no fact.

    Dates are left out because different texts may be one moment.
    """
    if field in _UNHINTED:
        return None
    if isinstance(value, bool | int | float):
        return field, float(value)
    if isinstance(value, str) and not _is_moment(value):
        return field, value
    return None


def _comparison(filters: dict[str, Any], conditions: Conditions) -> str:
    for key in ("operator", "value"):
        _expect(key in filters, f"{key!r} is missing in the filter {filters!r}")
    name, operator, value = filters["field"], filters["operator"], filters["value"]
    _expect(operator in _COMPARISONS, f"No filter has the operator {operator!r}")
    _expect(isinstance(name, str), f"No field is called {name!r}")
    _expect('"' not in name and "\0" not in name, f"No field is called {name!r}")
    name = name if name in ("id", "content") else name.removeprefix("meta.")
    if operator in _ORDER:
        return _ordered(conditions, name, operator, value)
    if operator in ("==", "!="):
        found = _equal(conditions, name, value)
    else:
        _expect(isinstance(value, list), f"{operator!r} wants a list, not {value!r}")
        found = _among(conditions, name, value)
    return _not(found) if operator.startswith(("!", "not")) else found


def _equal(conditions: Conditions, name: str, value: object) -> str:
    if value is None:
        return conditions.is_null(name)
    if isinstance(value, list | dict):
        return conditions.is_nested(name, value)
    if isinstance(value, datetime):
        value = value.isoformat()
    if isinstance(value, str):
        same = conditions.is_text(name, value)
        if _is_moment(value):
            moment = conditions.is_moment(name, "=", datetime.fromisoformat(value).isoformat())
            return _joined("OR", [same, moment])
        return same
    _expect(isinstance(value, bool | int | float), f"A filter cannot compare with {value!r}")
    assert isinstance(value, bool | int | float)  # noqa: S101  for the type
    return conditions.is_number(name, value)


def _among(conditions: Conditions, name: str, values: list[object]) -> str:
    texts = [one for one in values if isinstance(one, str) and not _is_moment(one)]
    others = [one for one in values if not isinstance(one, str) or _is_moment(one)]
    parts = [_equal(conditions, name, one) for one in others]
    if texts:
        parts.append(conditions.is_among(name, texts))
    return _joined("OR", parts)


def _ordered(conditions: Conditions, name: str, operator: str, value: object) -> str:
    if value is None:
        return _NEVER
    if isinstance(value, datetime):
        value = value.isoformat()
    wrong = f"{operator!r} compares numbers and dates, not {value!r}"
    if isinstance(value, str):
        _expect(_is_moment(value), wrong)
        return conditions.is_moment(name, operator, datetime.fromisoformat(value).isoformat())
    _expect(isinstance(value, bool | int | float), wrong)
    assert isinstance(value, bool | int | float)  # noqa: S101  for the type
    return conditions.is_ordered(name, operator, value)


def _is_moment(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return value[4:5] == "-"  # 20260101 is a number to whoever wrote it


def _joined(operator: str, parts: list[str]) -> str:
    if not parts:
        return "TRUE" if operator == "AND" else _NEVER
    return f" {operator} ".join(f"({part})" for part in parts)


def _not(part: str) -> str:
    return f"NOT coalesce(({part}), FALSE)"  # what is unknown is not met


def dumped(value: object) -> str:
    """JSON that is the same for equal values. Raises ValueError for what JSON cannot hold."""
    try:
        return json.dumps(
            value, sort_keys=True, allow_nan=False, ensure_ascii=False, separators=(",", ":")
        )
    except TypeError as error:
        raise ValueError(f"Only what JSON can hold can be stored: {error}") from error


def _expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise FilterFault(otherwise)
