"""Haystack's metadata filters as PostgreSQL's conditions: storage/filters.py says what they mean.

A field is JSON here, made of an article's column or out of a Document's meta, so that numbers,
texts and lists keep their kinds; the functions are those of schema.sql.
"""

from __future__ import annotations

import json
from typing import Any

from corpus.storage.filters import FACTS, ID, INDEXED, Sql, dumped


class Conditions:
    """PostgreSQL's conditions, as corpus.storage.filters.Dialect wants them."""

    def is_null(self, name: str) -> Sql:
        sql, values = _field(name)
        return f"coalesce({sql}, 'null'::jsonb) = 'null'::jsonb", values

    def is_nested(self, name: str, value: list[Any] | dict[str, Any]) -> Sql:
        sql, values = _field(name)
        return f"({sql}) = ?::jsonb", (*values, dumped(value))

    def is_text(self, name: str, text: str) -> Sql:
        sql, values = _text(name)
        return f"({sql}) = ?", (*values, text)

    def is_number(self, name: str, number: float) -> Sql:
        return self.is_ordered(name, "=", number)

    def is_among(self, name: str, texts: list[str]) -> Sql:
        sql, values = _text(name)
        chosen = "SELECT json_array_elements_text(?::json)"
        return f"({sql}) IN ({chosen})", (*values, json.dumps(texts))

    def is_ordered(self, name: str, operator: str, number: float) -> Sql:
        sql, values = _field(name)
        given = int(number) if isinstance(number, bool) else number
        return f"footnote_number({sql}) {operator} ?", (*values, given)

    def is_moment(self, name: str, operator: str, moment: str) -> Sql:
        sql, values = _text(name)
        return (
            f"footnote_moment({sql}) {operator} footnote_moment(?)",
            (*values, moment),
        )


def _field(name: str) -> Sql:
    if name == "id":
        return f"to_jsonb(CASE WHEN document IS NULL THEN {ID} ELSE article_id END)", ()
    if name == "content":
        return (
            "CASE WHEN document IS NULL OR NOT jsonb_exists(document::jsonb, 'content') THEN "
            "(SELECT to_jsonb(substr(text, start + 1, end - start)) FROM body "
            "WHERE body.version_id = version.id) END",
            (),
        )
    of_document: Sql = ("document::jsonb #> ?::text[]", (["meta", *name.split(".")],))
    if name in (*FACTS, "start", "end"):
        sql = f"CASE WHEN document IS NULL THEN to_jsonb({name}) ELSE {of_document[0]} END"
        return sql, of_document[1]
    return f"CASE WHEN document IS NOT NULL THEN {of_document[0]} END", of_document[1]


def _text(name: str) -> Sql:
    if name in INDEXED:
        return name, ()
    sql, values = _field(name)
    return f"footnote_text({sql})", values
