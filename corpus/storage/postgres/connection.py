"""A connection to PostgreSQL that is asked as one to SQLite is: the store's queries stay one text.

What differs between the two is put into PostgreSQL's words here, query by query: question marks,
the column "end", lists that come as JSON, how a transaction begins. The schema of a library is
the only one on the connection's path, besides that of the extension: no query names another.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any

import psycopg
from psycopg import ClientCursor, sql

CONNECT_S = 10
LOCK_S = 30  # how long one writer waits for another, as in SQLite
_NAMED = re.compile(r"\?(\d+)?")
_WORDS = (
    (
        r"passage\.id IN \(SELECT value FROM json_each\(\?\)\)",
        "passage.id IN (SELECT json_array_elements_text(?::json)::bigint)",
    ),
    (r"IN \(SELECT value FROM json_each\(\?\)\)", "IN (SELECT json_array_elements_text(?::json))"),
    (
        r"json_each\(\?\) JOIN",
        "(SELECT json_array_elements_text(?::json)::bigint AS value) AS listed JOIN",
    ),
    (r"(?<![\w\"])end(?![\w\"])", '"end"'),
    (r"^BEGIN$", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"),
    (r"^BEGIN IMMEDIATE$", "BEGIN"),
)


class Connection:
    """What ArticleStore and Records ask of SQLite's connection. For one thread at a time."""

    def __init__(self, url: str, schema: str, *, is_alone: bool = True) -> None:
        """Raises psycopg.Error where the database cannot be reached.

        With `is_alone`, whoever writes to the schema waits for all others who do.
        """
        self._is_alone = is_alone
        self._url = url
        self._schema = schema
        self._connection = self._connected()
        self.in_transaction = False

    def _connected(self) -> psycopg.Connection[Any]:
        made = psycopg.connect(
            self._url, autocommit=True, cursor_factory=ClientCursor, connect_timeout=CONNECT_S
        )
        path = sql.SQL("SET search_path TO {}, public").format(sql.Identifier(self._schema))
        made.execute(path)
        made.execute(f"SET lock_timeout = '{LOCK_S}s'")
        return made

    def execute(self, query: str, values: Sequence[object] = ()) -> psycopg.Cursor[Any]:
        """Asked again where the connection was lost, unless that was in a transaction."""
        written, order = translated(query)
        given = values if order is None else [values[at] for at in order]
        if query in ("COMMIT", "ROLLBACK"):
            self.in_transaction = False
            if query == "ROLLBACK" and self._connection.closed:
                return self._connected_again().cursor()  # the server has undone it
        try:
            return self._execute(written, given)
        except psycopg.OperationalError:
            if not self._connection.closed or self.in_transaction or query == "COMMIT":
                raise
        self._connected_again()
        return self._execute(written, given)

    def _connected_again(self) -> psycopg.Connection[Any]:
        self._connection = self._connected()
        return self._connection

    def _execute(self, query: str, values: Sequence[object]) -> psycopg.Cursor[Any]:
        cursor = self._connection.execute(query, values or None)
        if query.startswith("BEGIN"):
            self.in_transaction = True
        if query == "BEGIN" and self._is_alone:
            # One writer of a library at a time: its passages are numbered in a row.
            lock = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
            self._connection.execute(lock, (self._schema,))
        return cursor

    def executemany(self, query: str, rows: Iterable[Sequence[object]]) -> None:
        """Rows for an INSERT, all in one: a journey for each would be most of the time."""
        written, _ = translated(query)
        head, values, row = written.partition(" VALUES ")
        given = list(rows)
        if given:
            every = f"{head}{values}{', '.join([row] * len(given))}"
            self._connection.execute(every, [value for one in given for value in one])

    def copy(self, into: str, rows: Iterable[Sequence[object]]) -> None:
        """Write many rows at once; `into` names a table and its columns."""
        with self._connection.cursor() as cursor, cursor.copy(f"COPY {into} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def close(self) -> None:
        with suppress(psycopg.Error):
            self._connection.close()


@lru_cache(1000)
def translated(query: str) -> tuple[str, tuple[int, ...] | None]:
    """The query in PostgreSQL's words, and which values go where, None for as they are."""
    text = query.strip()
    for pattern, word in _WORDS:
        text = re.sub(pattern, word, text)
    order = [int(number) - 1 for number in _NAMED.findall(text) if number]
    return _NAMED.sub("%s", text), tuple(order) or None
