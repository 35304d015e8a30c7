"""Haystack's metadata filters as SQLite's conditions: storage/filters.py says what they mean."""

from __future__ import annotations

import json
from typing import Any

from corpus.storage.filters import FACTS, ID, INDEXED, Parameters, dumped

_MOMENT = "'[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*'"
_CONTENT = (
    "CASE WHEN json_type(document, '$.content') IS NULL THEN (SELECT "
    'substr(text, start + 1, "end" - start) FROM body WHERE body.version_id = version.id) END'
)
_OF_PASSAGES = {
    "id": f"CASE WHEN document IS NULL THEN {ID} ELSE article_id END",
    "content": _CONTENT,
}


class SqliteConditions:
    """Conditions for SQLite."""

    def __init__(self, parameters: Parameters) -> None:
        self._mark = parameters.mark

    def is_null(self, name: str) -> str:
        return f"({self._value(name)}) IS NULL"

    def is_nested(self, name: str, value: list[Any] | dict[str, Any]) -> str:
        return f"({self._nested(name)}) = {self._mark(dumped(value))}"

    def is_text(self, name: str, text: str) -> str:
        return f"({self._text(name)}) = {self._mark(text)}"

    def is_number(self, name: str, number: float) -> str:
        return f"({self._scalar(name)}) = {self._mark(number)}"

    def is_among(self, name: str, texts: list[str]) -> str:
        # As one value: SQLite knows no more than some 32,000.
        texts_mark = self._mark(json.dumps(texts))
        return f"({self._text(name)}) IN (SELECT value FROM json_each({texts_mark}))"

    def is_ordered(self, name: str, operator: str, number: float) -> str:
        field = self._scalar(name)
        is_number = f"typeof({field}) IN ('integer', 'real')"
        return f"{is_number} AND ({field}) {operator} {self._mark(number)}"

    def is_moment(self, name: str, operator: str, moment: str) -> str:
        field = self._text(name)
        at = f"julianday({field}) {operator} julianday({self._mark(moment)})"
        return f"({field}) GLOB {_MOMENT} AND {at}"

    # -- a field as an expression ----------------------------------------------------------

    def _value(self, name: str) -> str:
        """Whatever it is; lists and dictionaries as JSON."""
        if name in _OF_PASSAGES:
            return _OF_PASSAGES[name]
        return _either(name, f"json_extract(document, {self._path(name)})")

    def _scalar(self, name: str) -> str:
        """A number, a text or a truth value; NULL for lists and dictionaries."""
        if name in _OF_PASSAGES:
            return _OF_PASSAGES[name]
        return _either(name, self._of_document(name, "NOT IN"))

    def _text(self, name: str) -> str:
        """The same for texts: where the column has those of Documents too, it has an index."""
        return name if name in INDEXED else self._scalar(name)

    def _nested(self, name: str) -> str:
        """A list or a dictionary as JSON; NULL for anything else."""
        return "NULL" if name in _OF_PASSAGES else self._of_document(name, "IN")

    def _of_document(self, name: str, nested: str) -> str:
        path = self._path(name)
        return (
            f"CASE WHEN json_type(document, {path}) {nested} ('array', 'object') "
            f"THEN json_extract(document, {path}) END"
        )

    def _path(self, name: str) -> str:
        return self._mark("$.meta" + "".join(f'."{part}"' for part in name.split(".")))


def _either(name: str, of_document: str) -> str:
    """An article's column, where it has one of this name, or what a Document has."""
    if name not in (*FACTS, "start", "end"):
        return of_document
    return f'CASE WHEN document IS NULL THEN "{name}" ELSE {of_document} END'
