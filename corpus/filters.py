"""Haystack's metadata filters as SQL conditions: which passages are meant, before any search.

The grammar is that of https://docs.haystack.deepset.ai/docs/metadata-filtering: comparisons
{"field", "operator", "value"} and, around them, {"operator": "AND" | "OR" | "NOT",
"conditions": [...]}. Dates and times are compared as moments, to the millisecond; one without
an offset is in UTC.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

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
"""What a passage's meta has of its article; "start" and "end" it has of its own."""

ID = "article_id || ':' || version || ':' || start || ':' || end"
"""The id that a passage of an article has; a Document keeps its own."""

_INDEXED = ("source", "published")
_UNHINTED = {"id", "content", "start", "end", *FACTS} - {"source", "author"}
_MOMENT = "'[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*'"
_ORDER = (">", ">=", "<", "<=")
_COMPARISONS = ("==", "!=", *_ORDER, "in", "not in")
_DEEPEST = 50
_NEVER = ("FALSE", ())

Sql = tuple[str, tuple[object, ...]]
"""An expression over `passage` and `version`, and the values of its question marks."""


class FilterFault(ValueError):
    """A filter that is not in the grammar, or compares what has no order."""


def condition(filters: dict[str, Any], *, depth: int = 0) -> Sql:
    """The condition that a passage must meet. Raises FilterFault."""
    _expect(depth < _DEEPEST, f"A filter may have {_DEEPEST} levels, and this one has more.")
    _expect(isinstance(filters, dict), f"A filter is a dictionary, and this is not: {filters!r}")
    if "field" in filters:
        return _comparison(filters)
    _expect("operator" in filters, f"'operator' is missing in the filter {filters!r}")
    _expect("conditions" in filters, f"'conditions' is missing in the filter {filters!r}")
    operator = filters["operator"]
    _expect(operator in ("AND", "OR", "NOT"), f"No filter has the operator {operator!r}")
    parts = [condition(part, depth=depth + 1) for part in filters["conditions"]]
    if operator == "NOT":
        return _not(_joined("AND", parts))
    return _joined(operator, parts)


def hints(filters: dict[str, Any]) -> frozenset[tuple[str, object]]:
    """Facts, of which each passage that is meant has one at least; none where that is not sure."""
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
    """All that `hints` may say of a passage with this meta."""
    found: set[tuple[str, object]] = set()
    for key, value in meta.items():
        if isinstance(value, dict):
            found |= facts(value, f"{within}{key}.")
        elif (made := fact(f"{within}{key}", value)) is not None:
            found.add(made)
    return frozenset(found)


def fact(field: str, value: object) -> tuple[str, object] | None:
    """What equal values of a field have in common; None where nothing is made of them."""
    if field in _UNHINTED:
        return None
    if isinstance(value, bool | int | float):
        return field, float(value)
    if isinstance(value, str) and not _is_moment(value):
        return field, value
    return None


def _comparison(filters: dict[str, Any]) -> Sql:
    for key in ("operator", "value"):
        _expect(key in filters, f"{key!r} is missing in the filter {filters!r}")
    name, operator, value = filters["field"], filters["operator"], filters["value"]
    _expect(operator in _COMPARISONS, f"No filter has the operator {operator!r}")
    _expect(isinstance(name, str), f"No field is called {name!r}")
    _expect('"' not in name and "\0" not in name, f"No field is called {name!r}")
    field = _Field.of(name)
    if operator in _ORDER:
        return _ordered(field, operator, value)
    if operator in ("==", "!="):
        found = _equal(field, value)
    else:
        _expect(isinstance(value, list), f"{operator!r} wants a list, not {value!r}")
        found = _among(field, value)
    return _not(found) if operator.startswith(("!", "not")) else found


@dataclass(frozen=True, slots=True)
class _Field:
    """One field as an expression: `scalar` is NULL for lists and dictionaries, `value` is not.

    `nested` is for those alone, as JSON, and `text`, which may use an index, for texts.
    """

    scalar: Sql
    value: Sql
    text: Sql
    nested: Sql

    @classmethod
    def of(cls, name: str) -> _Field:
        if name == "id":
            return cls._always(f"CASE WHEN document IS NULL THEN {ID} ELSE article_id END")
        if name == "content":
            return cls._always(
                "CASE WHEN json_type(document, '$.content') IS NULL THEN (SELECT "
                "substr(text, start + 1, end - start) FROM body "
                "WHERE body.version_id = version.id) END"
            )
        name = name.removeprefix("meta.")
        path = "$.meta" + "".join(f'."{part}"' for part in name.split("."))
        scalar: Sql = (
            "CASE WHEN json_type(document, ?) NOT IN ('array', 'object') "
            "THEN json_extract(document, ?) END",
            (path, path),
        )
        value: Sql = ("json_extract(document, ?)", (path,))
        if name in (*FACTS, "start", "end"):
            scalar, value = (_either(name, of_document) for of_document in (scalar, value))
        text: Sql = (name, ()) if name in _INDEXED else scalar
        nested: Sql = (
            "CASE WHEN json_type(document, ?) IN ('array', 'object') "
            "THEN json_extract(document, ?) END",
            (path, path),
        )
        return cls(scalar, value, text, nested)

    @classmethod
    def _always(cls, expression: str) -> _Field:
        return cls((expression, ()), (expression, ()), (expression, ()), ("NULL", ()))


def _either(column: str, of_document: Sql) -> Sql:
    return f"CASE WHEN document IS NULL THEN {column} ELSE {of_document[0]} END", of_document[1]


def _equal(field: _Field, value: object) -> Sql:
    if value is None:
        return f"({field.value[0]}) IS NULL", field.value[1]
    if isinstance(value, list | dict):
        return f"({field.nested[0]}) = ?", (*field.nested[1], dumped(value))
    if isinstance(value, datetime):
        value = value.isoformat()
    if isinstance(value, str):
        same: Sql = (f"({field.text[0]}) = ?", (*field.text[1], value))
        if _is_moment(value):
            return _joined("OR", [same, _moments(field, "=", value)])
        return same
    _expect(isinstance(value, bool | int | float), f"A filter cannot compare with {value!r}")
    return f"({field.scalar[0]}) = ?", (*field.scalar[1], value)


def _among(field: _Field, values: list[object]) -> Sql:
    texts = [one for one in values if isinstance(one, str) and not _is_moment(one)]
    others = [one for one in values if not isinstance(one, str) or _is_moment(one)]
    parts = [_equal(field, one) for one in others]
    if texts:  # as one value: SQLite knows no more than some 32,000
        sql, held = field.text
        chosen = f"({sql}) IN (SELECT value FROM json_each(?))"
        parts.append((chosen, (*held, json.dumps(texts))))
    return _joined("OR", parts)


def _ordered(field: _Field, operator: str, value: object) -> Sql:
    if value is None:
        return _NEVER
    if isinstance(value, datetime):
        value = value.isoformat()
    if isinstance(value, str):
        _expect(_is_moment(value), f"{operator!r} compares numbers and dates, not {value!r}")
        return _moments(field, operator, value)
    _expect(
        isinstance(value, bool | int | float),
        f"{operator!r} compares numbers and dates, not {value!r}",
    )
    sql, values = field.scalar
    return (
        f"typeof({sql}) IN ('integer', 'real') AND ({sql}) {operator} ?",
        (*values, *values, value),
    )


def _moments(field: _Field, operator: str, value: str) -> Sql:
    sql, values = field.text
    return (
        f"({sql}) GLOB {_MOMENT} AND julianday({sql}) {operator} julianday(?)",
        (*values, *values, datetime.fromisoformat(value).isoformat()),
    )


def _is_moment(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return value[4:5] == "-"  # 20260101 is a number to whoever wrote it


def _joined(operator: str, parts: list[Sql]) -> Sql:
    if not parts:
        return ("TRUE", ()) if operator == "AND" else _NEVER
    sql = f" {operator} ".join(f"({part})" for part, _ in parts)
    return sql, tuple(value for _, values in parts for value in values)


def _not(part: Sql) -> Sql:
    return f"NOT coalesce(({part[0]}), FALSE)", part[1]  # what is unknown is not met


def dumped(value: object) -> str:
    """JSON of which equal values have the same. Raises ValueError for what JSON cannot hold."""
    try:
        return json.dumps(
            value, sort_keys=True, allow_nan=False, ensure_ascii=False, separators=(",", ":")
        )
    except TypeError as error:
        raise ValueError(f"Only what JSON can hold can be stored: {error}") from error


def _expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise FilterFault(otherwise)
