"""A connection to PostgreSQL: what the store asks of a database, in PostgreSQL's words.

A library's schema is the only one on the connection's path, besides that of the extensions: no
statement names another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from psycopg import RawCursor, sql

from corpus.storage.filters import Parameters
from corpus.storage.postgres.conditions import PostgresConditions
from corpus.storage.postgres.errors import store_errors

CONNECT_S = 10
LOCK_S = 30  # how long one writer waits for another, as in SQLite
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"


class PostgresConnection:
    """A Connection to one schema of a PostgreSQL database."""

    is_server = True

    def __init__(self, url: str, schema: str, *, is_alone: bool = True) -> None:
        """Connect.

        Args:
            url: The database's connection string.
            schema: The schema whose tables are meant; it need not be there yet.
            is_alone: Whether a writer to the schema waits for all others. A library's passages
                are numbered in a row, which takes that. Otherwise only rows are locked.

        Raises:
            StoreError: The database cannot be reached.
        """
        self._url = url
        self._schema = schema
        self._is_alone = is_alone
        with store_errors(url):
            self._connection = self._connected()
        self.in_transaction = False

    def _connected(self) -> psycopg.Connection[Any]:
        # RawCursor reads $1, $2, …. Nothing is prepared on the server, for its plans would be
        # made without the values, and would not outlive a library that is erased and made again.
        made = psycopg.connect(
            self._url,
            autocommit=True,
            cursor_factory=RawCursor,
            connect_timeout=CONNECT_S,
            prepare_threshold=None,
        )
        path = sql.SQL("SET search_path TO {}, public").format(sql.Identifier(self._schema))
        made.execute(path)
        made.execute(f"SET lock_timeout = '{LOCK_S}s'")
        return made

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with store_errors(self._url):
            return self._asked(statement, values).fetchall()

    def stream(self, statement: str, *values: object) -> Iterator[tuple[Any, ...]]:
        yield from self.rows(statement, *values)

    def execute(self, statement: str, *values: object) -> int:
        with store_errors(self._url):
            return self._asked(statement, values).rowcount

    def _asked(self, statement: str, values: Sequence[object] = ()) -> psycopg.Cursor[Any]:
        """Asked again where the connection was lost, unless that was in a transaction."""
        try:
            return self._connection.execute(statement, values or None)
        except psycopg.OperationalError:
            if not self._connection.closed or self.in_transaction:
                raise
        self._connection = self._connected()
        return self._connection.execute(statement, values or None)

    def insert_rows(
        self, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]
    ) -> None:
        into = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
        )
        with (
            store_errors(self._url),
            self._connection.cursor() as cursor,
            cursor.copy(into) as copy,
        ):
            for row in rows:
                copy.write_row(row)

    def run_script(self, script: str) -> None:
        with store_errors(self._url):
            self._connection.execute(script)

    @contextmanager
    def reading(self) -> Iterator[None]:
        with self._transaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"):
            yield

    @contextmanager
    def writing(self) -> Iterator[None]:
        if self.in_transaction:
            yield
            return
        with self._transaction("BEGIN"):
            if self._is_alone:
                self._asked(_LOCK, (self._schema,))
            yield

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[None]:
        self.execute(begin)
        self.in_transaction = True
        try:
            yield
        except BaseException:
            self.in_transaction = False
            with store_errors(self._url):
                if self._connection.closed:
                    self._connection = self._connected()  # the server has undone it
                else:
                    self._connection.execute("ROLLBACK")
            raise
        self.in_transaction = False
        with store_errors(self._url):
            self._connection.execute("COMMIT")

    def wait_for_migrations(self) -> None:
        """In a transaction: nobody else makes or changes a schema until its end."""
        with store_errors(self._url):
            self._asked(_LOCK, ("footnote",))

    def make_schema(self) -> None:
        """Make the connection's schema, unless it is there."""
        with store_errors(self._url):
            made = sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(self._schema))
            self._connection.execute(made)

    def numbers(self, mark: str) -> str:
        return f"(SELECT json_array_elements_text({mark}::json)::bigint AS value) AS listed"

    def texts(self, mark: str) -> str:
        return f"(SELECT json_array_elements_text({mark}::json) AS value) AS listed"

    def conditions(self, parameters: Parameters) -> PostgresConditions:
        return PostgresConditions(parameters)

    def has_table(self, name: str) -> bool:
        return bool(
            self.rows(
                "SELECT 1 FROM information_schema.tables "
                "WHERE table_schema = $1 AND table_name = $2",
                self._schema,
                name,
            )
        )

    def tables_with(self, column: str) -> list[str]:
        rows = self.rows(
            "SELECT table_name FROM information_schema.columns WHERE table_schema = $1 "
            "AND column_name = $2 ORDER BY table_name",
            self._schema,
            column,
        )
        return [name for (name,) in rows]

    def clock_s(self) -> float:
        return float(self.rows("SELECT extract(epoch FROM clock_timestamp())::float8")[0][0])

    def change_token(self) -> None:
        return None

    def continue_numbers(self, tables: Sequence[str]) -> None:
        for table in tables:
            self.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), "
                f"greatest(1, coalesce(max(id), 0)), max(id) IS NOT NULL) FROM {table}"
            )

    def wipe(self, tables: Sequence[str]) -> bool:
        # Rows leave the tables' pages; the server's log and backups are its operator's.
        for table in tables:
            self.execute(f"VACUUM {table}")
        return True

    def close(self) -> None:
        with suppress(psycopg.Error):
            self._connection.close()
