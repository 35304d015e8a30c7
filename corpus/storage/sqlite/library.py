"""Opening a library's file: to write or to read, brought up to date where that is needed."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from corpus.errors import StoreError
from corpus.storage.connection import Connection
from corpus.storage.migrations import Migrations, UserVersion, migrate, read_steps
from corpus.storage.sqlite.connection import SqliteConnection
from corpus.storage.text_hash import text_hash

STEPS = read_steps(Path(__file__).with_name("schema"))
SCHEMA_VERSION = max(STEPS)
BUSY_TIMEOUT_S = 30  # how long one writer waits for another


def to_write(path: Path | str) -> sqlite3.Connection:
    """Open a library to read and write.

    Args:
        path: Its file, made where there is none; ":memory:" for a library that is gone when it
            is closed.

    Raises:
        StoreError: A later release made it.
        sqlite3.Error: It cannot be opened or brought up to date.
    """
    connection = sqlite3.connect(
        path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
    )
    try:
        if schema_version(connection) > SCHEMA_VERSION:
            raise StoreError(_from_later_release(path))
        _know_hashes(connection)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")  # a reported article is kept
        connection.execute("PRAGMA secure_delete = ON")  # what is forgotten is overwritten
        _bring_up_to_date(connection, path)
        connection.execute("PRAGMA foreign_keys = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def to_read(path: Path) -> sqlite3.Connection:
    """Open a library that exists, without writing: the folder may be read-only.

    One of an earlier release is migrated first, and for that it must be writable. Raises as
    `to_write` does.
    """
    try:
        connection = _to_read(path, "mode=ro")
    except sqlite3.OperationalError:
        # WAL needs to write beside the file, unless nobody else can write either.
        if path.with_name(path.name + "-wal").exists():
            raise
        connection = _to_read(path, "immutable=1")
    try:
        version = schema_version(connection)
        if version > SCHEMA_VERSION:
            raise StoreError(_from_later_release(path))
        if version == SCHEMA_VERSION:
            return connection
    except BaseException:
        connection.close()
        raise
    connection.close()
    to_write(path).close()
    return to_read(path)


def _to_read(path: Path, how: str) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?{how}"
    connection = sqlite3.connect(
        uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
    )
    try:
        schema_version(connection)
        _know_hashes(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _know_hashes(connection: sqlite3.Connection) -> None:
    connection.create_function("text_hash", 1, text_hash, deterministic=True)


def schema_version(connection: sqlite3.Connection) -> int:
    """The number of the last step that the file has had; 0 for a new one."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _bring_up_to_date(connection: sqlite3.Connection, path: Path | str) -> None:
    run = migrate(
        SqliteConnection(connection, Path(path)),
        Migrations(STEPS, UserVersion(), _from_later_release(path), check=_check_references),
    )
    if run and run[0] == 2:
        # The first release left what was replaced in free pages; nothing may outlive forgetting.
        connection.execute("VACUUM")


def _check_references(connection: Connection) -> None:
    if connection.rows("PRAGMA foreign_key_check"):
        raise sqlite3.DatabaseError("malformed: a row refers to one that is not there")


def _from_later_release(path: Path | str) -> str:
    return (
        f"{path} was made by a later release of Footnote; install that one, or name another "
        "folder in FOOTNOTE_DATA_DIR."
    )
