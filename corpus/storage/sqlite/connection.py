"""A connection to SQLite: what the store asks of a database, in SQLite's words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from corpus.storage.filters import Parameters
from corpus.storage.sqlite.conditions import SqliteConditions
from corpus.storage.sqlite.errors import store_errors

_NAMES = tuple(str(number) for number in range(1, 100))


class SqliteConnection:
    """A Connection to an SQLite database, in a file or in memory."""

    is_server = False

    def __init__(
        self, connection: sqlite3.Connection, path: Path | None, *, what: str = "library"
    ) -> None:
        """Take over an open connection.

        Args:
            connection: One in autocommit mode.
            path: Its file, for the sentences of its errors; None in memory.
            what: What the file is, in a word, for the same.
        """
        self._connection = connection
        self._path = path or Path("memory")
        self._what = what

    def _errors(self) -> AbstractContextManager[None]:
        return store_errors(self._path, what=self._what)

    @property
    def in_transaction(self) -> bool:
        return self._connection.in_transaction

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with self._errors():
            return self._connection.execute(statement, _named(values)).fetchall()

    def stream(self, statement: str, *values: object) -> Iterator[tuple[Any, ...]]:
        with self._errors():
            yield from self._connection.execute(statement, _named(values))

    def execute(self, statement: str, *values: object) -> int:
        with self._errors():
            return self._connection.execute(statement, _named(values)).rowcount

    def insert_rows(
        self, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]
    ) -> None:
        named = ", ".join(f'"{column}"' for column in columns)
        marks = ", ".join("?" * len(columns))
        with self._errors():
            self._connection.executemany(f"INSERT INTO {table} ({named}) VALUES ({marks})", rows)

    def run_script(self, script: str) -> None:
        # sqlite3's executescript would end the transaction.
        with self._errors():
            for statement in _statements(script):
                self._connection.execute(statement)

    @contextmanager
    def reading(self) -> Iterator[None]:
        with self._transaction("BEGIN"):
            yield

    @contextmanager
    def writing(self) -> Iterator[None]:
        if self._connection.in_transaction:
            yield
            return
        with self._transaction("BEGIN IMMEDIATE"):
            yield

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[None]:
        self.execute(begin)
        try:
            yield
        except BaseException:
            if self._connection.in_transaction:  # a full disk has ended it already
                self.execute("ROLLBACK")
            raise
        self.execute("COMMIT")

    def numbers(self, mark: str) -> str:
        return f"json_each({mark})"

    def texts(self, mark: str) -> str:
        return f"json_each({mark})"

    def conditions(self, parameters: Parameters) -> SqliteConditions:
        return SqliteConditions(parameters)

    def has_table(self, name: str) -> bool:
        query = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = $1"
        return bool(self.rows(query, name))

    def tables_with(self, column: str) -> list[str]:
        rows = self.rows(
            "SELECT m.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c "
            "WHERE m.type = 'table' AND c.name = $1 ORDER BY m.name",
            column,
        )
        return [name for (name,) in rows]

    def clock_s(self) -> float:
        return float(self.rows("SELECT (julianday('now') - 2440587.5) * 86400.0")[0][0])

    def change_token(self) -> tuple[int, int]:
        # The first tells of other connections, total_changes of this one:
        # https://www.sqlite.org/pragma.html#pragma_data_version
        return self.rows("PRAGMA data_version")[0][0], self._connection.total_changes

    def continue_numbers(self, tables: Sequence[str]) -> None:
        """SQLite sees to that itself."""

    def wipe(self, tables: Sequence[str]) -> bool:
        # Deleted rows are overwritten where they lay; what the log holds of them goes here.
        return not self.rows("PRAGMA wal_checkpoint(TRUNCATE)")[0][0]

    def close(self) -> None:
        self._connection.close()


def _named(values: Sequence[object]) -> dict[str, object]:
    """Values by the names of their marks: to SQLite, $1 is a parameter called 1."""
    names = _NAMES if len(values) <= len(_NAMES) else map(str, range(1, len(values) + 1))
    return dict(zip(names, values, strict=False))


def _statements(script: str) -> Iterator[str]:
    """The statements of an SQL script, one by one."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
