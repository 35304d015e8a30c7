"""Bringing a database up to date: numbered steps, each run once, and a ledger of those that were.

There is one runner for all: libraries in SQLite and in PostgreSQL, and the bot's records in both.
They differ in their steps and in where their ledger is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from corpus.errors import StoreError
from corpus.storage.connection import Connection


class Ledger(Protocol):
    """Where a database has written which steps were run."""

    def done(self, connection: Connection) -> set[int]:
        """The numbers of the steps that were run; empty for a new database."""

    def note(self, connection: Connection, number: int) -> None:
        """Write down that a step was run."""


class StepTable:
    """A table with a row for each step. Numbers may be missing, and come later."""

    def done(self, connection: Connection) -> set[int]:
        """The numbers in the table."""
        if not connection.has_table("step"):
            return set()
        return {number for (number,) in connection.rows("SELECT number FROM step")}

    def note(self, connection: Connection, number: int) -> None:
        """Add a row, and the table where it is missing."""
        connection.execute("CREATE TABLE IF NOT EXISTS step (number INTEGER PRIMARY KEY)")
        connection.execute("INSERT INTO step VALUES ($1)", number)


class UserVersion:
    """SQLite's own number in the file: https://www.sqlite.org/pragma.html#pragma_user_version.

    All steps up to it were run.
    """

    def done(self, connection: Connection) -> set[int]:
        """All numbers up to the file's."""
        return set(range(1, connection.rows("PRAGMA user_version")[0][0] + 1))

    def note(self, connection: Connection, number: int) -> None:
        """Set the file's number."""
        connection.execute(f"PRAGMA user_version = {number:d}")


class LayoutStamp:
    """The row "layout" of a library's table `stamp`: all steps up to its number were run."""

    def done(self, connection: Connection) -> set[int]:
        """All numbers up to the stamp's."""
        if not connection.has_table("stamp"):
            return set()
        rows = connection.rows("SELECT value FROM stamp WHERE name = 'layout'")
        return set(range(1, int(rows[0][0]) + 1)) if rows else set()

    def note(self, connection: Connection, number: int) -> None:
        """Set the stamp."""
        connection.execute(
            "INSERT INTO stamp VALUES ('layout', $1) "
            "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            str(number),
        )


def read_steps(folder: Path) -> dict[int, str]:
    """The scripts 1.sql, 2.sql, … of a folder by their numbers."""
    return {int(file.stem): file.read_text(encoding="utf-8") for file in folder.glob("*.sql")}


@dataclass(frozen=True, slots=True)
class Migrations:
    """How one kind of database is brought up to date.

    Attributes:
        steps: The scripts by their numbers, which are their order.
        ledger: Where the database says which of them were run.
        from_later: The sentence for one with a step that is not known here: it was made by a later
            release.
        prepare: Comes first in the transaction, where steps are to be run.
        check: Comes last in it; what it raises undoes all of it.
    """

    steps: Mapping[int, str]
    ledger: Ledger
    from_later: str
    prepare: Callable[[Connection], None] = lambda connection: None
    check: Callable[[Connection], None] = lambda connection: None


def migrate(connection: Connection, migrations: Migrations) -> list[int]:
    """Run the steps that are missing, in one transaction: after a crash the old layout is there.

    Args:
        connection: The database, outside of a transaction.
        migrations: What to run.

    Returns:
        The numbers of the steps that were run now, in order; [] when none was missing.

    Raises:
        StoreError: A later release made the database, or a step failed.
    """
    if not _missing(connection, migrations):
        return []
    with connection.writing():
        migrations.prepare(connection)
        missing = _missing(connection, migrations)  # another process may have been faster
        for number in missing:
            connection.run_script(migrations.steps[number])
            migrations.ledger.note(connection, number)
        migrations.check(connection)
    return missing


def _missing(connection: Connection, migrations: Migrations) -> list[int]:
    """The numbers of the steps to run, in order. Raises StoreError for a later release's."""
    done = migrations.ledger.done(connection)
    if done - migrations.steps.keys():
        raise StoreError(migrations.from_later)
    return sorted(migrations.steps.keys() - done)
