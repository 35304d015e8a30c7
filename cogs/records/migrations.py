"""Opening the bot's records, in a file or in a PostgreSQL database, brought up to date."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from corpus.storage.connection import Connection
from corpus.storage.locations import needs_psycopg
from corpus.storage.migrations import Migrations, StepTable, migrate, read_steps
from corpus.storage.sqlite.connection import SqliteConnection
from corpus.storage.sqlite.errors import store_errors
from corpus.storage.sqlite.library import BUSY_TIMEOUT_S

STEPS = Path(__file__).with_name("schema")
"""A folder of steps for each kind of database. Numbers may be missing, and come later."""
SCHEMA = "footnote"
"""The schema in a PostgreSQL database."""


def open_file(path: Path | None) -> SqliteConnection:
    """Open the records in a file.

    Args:
        path: The file, made where there is none; None for records in memory.

    Raises:
        StoreError: The file cannot be used, or a later release made it.
    """
    with store_errors(path or Path("memory"), what="file"):
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(
            path or ":memory:", timeout=BUSY_TIMEOUT_S, isolation_level=None
        )
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            # A killed process loses nothing; when the machine's power goes, the last moments may.
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA secure_delete = ON")  # what is forgotten is overwritten
            made = SqliteConnection(connection, path, what="file")
            from_later = (
                f"{path} was made by a later release of Footnote; install that one, or name "
                "another folder in FOOTNOTE_DATA_DIR."
            )
            migrate(made, Migrations(read_steps(STEPS / "sqlite"), StepTable(), from_later))
            connection.execute("PRAGMA foreign_keys = ON")
        except BaseException:
            connection.close()
            raise
        return made


def open_database(url: str) -> Connection:
    """Open the records in a PostgreSQL database, which several bots may share.

    Raises StoreError: psycopg is missing, the database cannot be reached, or a later release made
    what is there.
    """
    needs_psycopg()
    from corpus.storage.postgres.connection import PostgresConnection

    # Rows are locked where they are written; nobody waits for all others.
    connection = PostgresConnection(url, SCHEMA, is_alone=False)

    def prepare(_: Connection) -> None:
        connection.wait_for_migrations()
        connection.make_schema()

    from_later = (
        "What the bot remembers in the database was made by a later release of Footnote; "
        "install that one, or name another database in FOOTNOTE_DATABASE."
    )
    steps = read_steps(STEPS / "postgres")
    try:
        migrate(connection, Migrations(steps, StepTable(), from_later, prepare))
    except BaseException:
        connection.close()
        raise
    return connection
