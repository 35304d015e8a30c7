"""The records in a PostgreSQL database, for several bots to share: the same tables in a schema."""

from __future__ import annotations

import re
import sqlite3
from typing import cast

import psycopg
from psycopg import sql

from corpus.errors import StoreError
from corpus.storage.postgres.connection import Connection
from corpus.storage.postgres.library import told

SCHEMA = "footnote"
_WORDS = (
    (r"\b(private|is_\w+) INTEGER\b", r"\1 BOOLEAN"),
    (r"\bINTEGER\b", "BIGINT"),  # Discord's ids have 64 bits
    (r"\bREAL\b", "DOUBLE PRECISION"),
    (r"\) STRICT(, WITHOUT ROWID)?;", ");"),
)


def connected(url: str) -> sqlite3.Connection:
    """Asked in the same words as SQLite's. Raises StoreError."""
    with told(url):
        _migrate(url)
        # Rows are locked where they are written; nobody waits for all others.
        return cast(sqlite3.Connection, Connection(url, SCHEMA, is_alone=False))


def tables_with(connection: sqlite3.Connection, column: str) -> list[str]:
    """The names of the tables that have a column of that name."""
    rows = connection.execute(
        "SELECT table_name FROM information_schema.columns WHERE table_schema = ? "
        "AND column_name = ? ORDER BY table_name",
        (SCHEMA, column),
    )
    return [name for (name,) in rows]


def _migrate(url: str) -> None:
    """All missing steps in one transaction. Raises StoreError for a later release's."""
    from cogs.records.database import STEPS

    with psycopg.connect(url, autocommit=True) as connection, connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('footnote', 0))")
        connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(SCHEMA)))
        connection.execute(sql.SQL("SET LOCAL search_path TO {}").format(sql.Identifier(SCHEMA)))
        connection.execute("CREATE TABLE IF NOT EXISTS step (number BIGINT PRIMARY KEY)")
        done = {number for (number,) in connection.execute("SELECT number FROM step")}
        steps = {int(file.stem): file for file in STEPS.glob("*.sql")}
        if done - steps.keys():
            raise StoreError(
                "What the bot remembers in the database was made by a later release of Footnote; "
                "install that one, or name another database in FOOTNOTE_DATABASE."
            )
        for number in sorted(steps.keys() - done):
            connection.execute(in_its_words(steps[number].read_text(encoding="utf-8")))
            connection.execute("INSERT INTO step VALUES (%s)", (number,))


def in_its_words(script: str) -> str:
    """A step of cogs/records/schema as PostgreSQL has it."""
    for pattern, words in _WORDS:
        script = re.sub(pattern, words, script)
    return script
