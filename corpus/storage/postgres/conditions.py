"""Haystack's metadata filters as PostgreSQL's conditions: storage/filters.py says what they mean.

A field is JSON here, made of an article's column or out of a Document's meta, so that numbers,
texts and lists keep their kinds. The functions are those of schema/1.sql.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from corpus.storage.filters import FACTS, ID, INDEXED, Parameters, dumped

_OF_PASSAGES = {
    "id": f"to_jsonb(CASE WHEN document IS NULL THEN {ID} ELSE article_id END)",
    "content": (
        "CASE WHEN document IS NULL OR NOT jsonb_exists(document::jsonb, 'content') THEN "
        '(SELECT to_jsonb(substr(text, start + 1, "end" - start)) FROM body '
        "WHERE body.version_id = version.id) END"
    ),
}


class PostgresConditions:
    """Conditions for PostgreSQL."""

    def __init__(self, parameters: Parameters) -> None:
        self._mark = parameters.mark

    def is_null(self, name: str) -> str:
        return f"coalesce({self._field(name)}, 'null'::jsonb) = 'null'::jsonb"

    def is_nested(self, name: str, value: list[Any] | dict[str, Any]) -> str:
        return f"({self._field(name)}) = {self._mark(dumped(value))}::jsonb"

    def is_text(self, name: str, text: str) -> str:
        return f"({self._text(name)}) = {self._mark(text)}"

    def is_number(self, name: str, number: float) -> str:
        return self.is_ordered(name, "=", number)

    def is_among(self, name: str, texts: list[str]) -> str:
        chosen = f"SELECT json_array_elements_text({self._mark(json.dumps(texts))}::json)"
        return f"({self._text(name)}) IN ({chosen})"

    def is_ordered(self, name: str, operator: str, number: float) -> str:
        # JSON's numbers are decimal, and compared as such; as text, for a cast to keep all digits.
        exact = str(int(number) if isinstance(number, bool | int) else Decimal(repr(number)))
        return f"footnote_number({self._field(name)}) {operator} {self._mark(exact)}::numeric"

    def is_moment(self, name: str, operator: str, moment: str) -> str:
        given = f"footnote_moment({self._mark(moment)})"
        return f"footnote_moment({self._text(name)}) {operator} {given}"

    # -- a field as an expression ----------------------------------------------------------

    def _field(self, name: str) -> str:
        """As JSON; NULL or JSON's null where there is none."""
        if name in _OF_PASSAGES:
            return _OF_PASSAGES[name]
        path = self._mark(["meta", *name.split(".")])
        of_document = f"document::jsonb #> {path}::text[]"
        if name in (*FACTS, "start", "end"):
            return f'CASE WHEN document IS NULL THEN to_jsonb("{name}") ELSE {of_document} END'
        return f"CASE WHEN document IS NOT NULL THEN {of_document} END"

    def _text(self, name: str) -> str:
        """As text; NULL where it is none."""
        return name if name in INDEXED else f"footnote_text({self._field(name)})"
