"""The libraries in a PostgreSQL database, each in a schema of its own: which, where, since when."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import psycopg
from psycopg import sql

from corpus.storage.connection import Connection
from corpus.storage.migrations import LayoutStamp, Migrations, migrate, read_steps
from corpus.storage.page_state import next_due_query
from corpus.storage.postgres.connection import PostgresConnection
from corpus.storage.postgres.errors import store_errors

PREFIX = "library_"
MAX_PLAIN_CHARS = 54
"""Of a name that stands in a schema's as it is; identifiers have 63 bytes."""
STEPS = read_steps(Path(__file__).with_name("schema"))


def open_library(url: str, name: str) -> PostgresConnection:
    """Open a library to read and write.

    Args:
        url: The database's connection string.
        name: The library's name; it is made where there is none.

    Raises:
        StoreError: The database cannot be reached, lacks pgvector, or has the library of a later
            release.
    """
    connection = PostgresConnection(url, schema_of(name))

    def prepare(_: Connection) -> None:
        connection.wait_for_migrations()
        connection.execute("CREATE EXTENSION IF NOT EXISTS vector SCHEMA public")
        connection.make_schema()

    from_later = (
        f"The library {name} in the database was made by a later release of Footnote; "
        "install that one, or name another database in FOOTNOTE_DATABASE."
    )
    try:
        migrate(connection, Migrations(STEPS, LayoutStamp(), from_later, prepare))
    except BaseException:
        connection.close()
        raise
    return connection


def schema_of(name: str) -> str:
    """The schema of the library of that name: no two names have the same.

    Raises ValueError for what cannot be a library's name.
    """
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", name) is None:
        raise ValueError(f"no library's name: {name!r}")
    if len(name) <= MAX_PLAIN_CHARS:
        return PREFIX + name
    return f"{PREFIX}{name[:20]}~{hashlib.sha256(name.encode()).hexdigest()[:32]}"


def exists(url: str, name: str) -> bool:
    """Whether the database has a library of that name. Raises StoreError."""
    with store_errors(url), psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute(
            "SELECT 1 FROM information_schema.tables "
            "WHERE table_schema = %s AND table_name = 'stamp'",
            (schema_of(name),),
        ).fetchone()
    return found is not None


def names(url: str) -> list[str]:
    """The names of all libraries in the database, sorted, but for those too long for a schema's.

    Raises StoreError.
    """
    with store_errors(url), psycopg.connect(url, autocommit=True) as connection:
        rows = connection.execute(
            "SELECT schema_name FROM information_schema.schemata "
            "WHERE starts_with(schema_name, %s) AND position('~' in schema_name) = 0 "
            "ORDER BY schema_name",
            (PREFIX,),
        ).fetchall()
    return [row[0].removeprefix(PREFIX) for row in rows]


def due(url: str, before: str) -> list[str]:
    """The names of the libraries with a feed or page that was due before a moment (ISO 8601).

    Raises StoreError.
    """
    found = []
    with store_errors(url), psycopg.connect(url, autocommit=True) as connection:
        for name in names(url):
            schema = sql.Identifier(schema_of(name)).as_string(connection)
            try:
                row = connection.execute(next_due_query(schema).encode()).fetchone()
            except psycopg.errors.UndefinedTable:  # erased meanwhile
                continue
            if row is not None and row[0] is not None and row[0] <= before:
                found.append(name)
    return found


def erase(url: str, name: str) -> bool:
    """Delete a library whole. Returns False when there is none. Raises StoreError."""
    if not exists(url, name):
        return False
    with store_errors(url), psycopg.connect(url, autocommit=True) as connection:
        drop = sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(schema_of(name)))
        connection.execute(drop)
    return True
