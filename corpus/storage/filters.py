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
"""What a passage's meta has of its article; "start" and "end" it has of its own."""

ID = "article_id || ':' || version || ':' || start || ':' || end"
"""The id that a passage of an article has; a Document keeps its own."""

INDEXED = ("source", "published")
"""Facts that Documents have in an article's column too, where they are texts."""

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


class Dialect(Protocol):
    """What a database's conditions on one field look like; `name` is the field's."""

    def is_null(self, name: str) -> Sql: ...

    def is_nested(self, name: str, value: list[Any] | dict[str, Any]) -> Sql:
        """Equal to a list or a dictionary."""

    def is_text(self, name: str, text: str) -> Sql: ...

    def is_number(self, name: str, number: float) -> Sql: ...

    def is_among(self, name: str, texts: list[str]) -> Sql:
        """One of these texts, of which there may be very many."""

    def is_ordered(self, name: str, operator: str, number: float) -> Sql:
        """A number on that side of another."""

    def is_moment(self, name: str, operator: str, moment: str) -> Sql:
        """A date or time on that side of another, or at it."""


def condition(filters: dict[str, Any], dialect: Dialect | None = None, *, depth: int = 0) -> Sql:
    """The condition that a passage must meet, for SQLite or another. Raises FilterFault."""
    dialect = dialect or _SQLITE
    _expect(depth < _DEEPEST, f"A filter may have {_DEEPEST} levels, and this one has more.")
    _expect(isinstance(filters, dict), f"A filter is a dictionary, and this is not: {filters!r}")
    if "field" in filters:
        return _comparison(filters, dialect)
    _expect("operator" in filters, f"'operator' is missing in the filter {filters!r}")
    _expect("conditions" in filters, f"'conditions' is missing in the filter {filters!r}")
    operator = filters["operator"]
    _expect(operator in ("AND", "OR", "NOT"), f"No filter has the operator {operator!r}")
    parts = [condition(part, dialect, depth=depth + 1) for part in filters["conditions"]]
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


def _comparison(filters: dict[str, Any], dialect: Dialect) -> Sql:
    for key in ("operator", "value"):
        _expect(key in filters, f"{key!r} is missing in the filter {filters!r}")
    name, operator, value = filters["field"], filters["operator"], filters["value"]
    _expect(operator in _COMPARISONS, f"No filter has the operator {operator!r}")
    _expect(isinstance(name, str), f"No field is called {name!r}")
    _expect('"' not in name and "\0" not in name, f"No field is called {name!r}")
    name = name if name in ("id", "content") else name.removeprefix("meta.")
    if operator in _ORDER:
        return _ordered(dialect, name, operator, value)
    if operator in ("==", "!="):
        found = _equal(dialect, name, value)
    else:
        _expect(isinstance(value, list), f"{operator!r} wants a list, not {value!r}")
        found = _among(dialect, name, value)
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
        path = "$.meta" + "".join(f'."{part}"' for part in name.split("."))
        scalar: Sql = (
            "CASE WHEN json_type(document, ?) NOT IN ('array', 'object') "
            "THEN json_extract(document, ?) END",
            (path, path),
        )
        value: Sql = ("json_extract(document, ?)", (path,))
        if name in (*FACTS, "start", "end"):
            scalar, value = (_either(name, of_document) for of_document in (scalar, value))
        text: Sql = (name, ()) if name in INDEXED else scalar
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


def _equal(dialect: Dialect, name: str, value: object) -> Sql:
    if value is None:
        return dialect.is_null(name)
    if isinstance(value, list | dict):
        return dialect.is_nested(name, value)
    if isinstance(value, datetime):
        value = value.isoformat()
    if isinstance(value, str):
        same = dialect.is_text(name, value)
        if _is_moment(value):
            moment = dialect.is_moment(name, "=", datetime.fromisoformat(value).isoformat())
            return _joined("OR", [same, moment])
        return same
    _expect(isinstance(value, bool | int | float), f"A filter cannot compare with {value!r}")
    assert isinstance(value, bool | int | float)  # noqa: S101  for the type
    return dialect.is_number(name, value)


def _among(dialect: Dialect, name: str, values: list[object]) -> Sql:
    texts = [one for one in values if isinstance(one, str) and not _is_moment(one)]
    others = [one for one in values if not isinstance(one, str) or _is_moment(one)]
    parts = [_equal(dialect, name, one) for one in others]
    if texts:
        parts.append(dialect.is_among(name, texts))
    return _joined("OR", parts)


def _ordered(dialect: Dialect, name: str, operator: str, value: object) -> Sql:
    if value is None:
        return _NEVER
    if isinstance(value, datetime):
        value = value.isoformat()
    wrong = f"{operator!r} compares numbers and dates, not {value!r}"
    if isinstance(value, str):
        _expect(_is_moment(value), wrong)
        return dialect.is_moment(name, operator, datetime.fromisoformat(value).isoformat())
    _expect(isinstance(value, bool | int | float), wrong)
    assert isinstance(value, bool | int | float)  # noqa: S101  for the type
    return dialect.is_ordered(name, operator, value)


class _Sqlite:
    """SQLite's conditions."""

    def is_null(self, name: str) -> Sql:
        sql, values = _Field.of(name).value
        return f"({sql}) IS NULL", values

    def is_nested(self, name: str, value: list[Any] | dict[str, Any]) -> Sql:
        sql, values = _Field.of(name).nested
        return f"({sql}) = ?", (*values, dumped(value))

    def is_text(self, name: str, text: str) -> Sql:
        sql, values = _Field.of(name).text
        return f"({sql}) = ?", (*values, text)

    def is_number(self, name: str, number: float) -> Sql:
        sql, values = _Field.of(name).scalar
        return f"({sql}) = ?", (*values, number)

    def is_among(self, name: str, texts: list[str]) -> Sql:
        sql, values = _Field.of(name).text
        # As one value: SQLite knows no more than some 32,000.
        return f"({sql}) IN (SELECT value FROM json_each(?))", (*values, json.dumps(texts))

    def is_ordered(self, name: str, operator: str, number: float) -> Sql:
        sql, values = _Field.of(name).scalar
        return (
            f"typeof({sql}) IN ('integer', 'real') AND ({sql}) {operator} ?",
            (*values, *values, number),
        )

    def is_moment(self, name: str, operator: str, moment: str) -> Sql:
        sql, values = _Field.of(name).text
        return (
            f"({sql}) GLOB {_MOMENT} AND julianday({sql}) {operator} julianday(?)",
            (*values, *values, moment),
        )


_SQLITE = _Sqlite()


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
