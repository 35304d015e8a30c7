"""Opening a library's file: to write, to read, in memory; and bringing an old one up to date.

The schema is the sequence of steps in schema/, each run once; `PRAGMA user_version` says how
many have been. https://www.sqlite.org/pragma.html#pragma_user_version
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from corpus.errors import StoreError
from corpus.storage.text_hash import text_hash

_STEPS = Path(__file__).with_name("schema")
SCHEMA_VERSION = len(list(_STEPS.glob("*.sql")))
BUSY_TIMEOUT_S = 30  # how long one writer waits for another


def to_write(path: Path | str) -> sqlite3.Connection:
    """Open the library at `path`, made or migrated where that is needed; ":memory:" for none."""
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
        _migrate(connection)
        connection.execute("PRAGMA foreign_keys = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def to_read(path: Path) -> sqlite3.Connection:
    """Open a library that exists, without writing: the folder may be read-only.

    One of an earlier release is migrated first, and for that it must be writable.
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
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _migrate(connection: sqlite3.Connection) -> None:
    """All missing steps in one transaction: after a crash the old layout is still there."""
    if schema_version(connection) == SCHEMA_VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        before = schema_version(connection)  # another process may have been faster
        for step in range(before + 1, SCHEMA_VERSION + 1):
            script = (_STEPS / f"{step}.sql").read_text(encoding="utf-8")
            for statement in statements(script):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        if connection.execute("PRAGMA foreign_key_check").fetchone():
            raise sqlite3.DatabaseError("malformed: a row refers to one that is not there")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
    if before == 1:
        # That release left what was replaced in free pages; nothing may outlive forgetting.
        connection.execute("VACUUM")


def statements(script: str) -> Iterator[str]:
    """The statements of an SQL script, one by one."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _from_later_release(path: Path | str) -> str:
    return (
        f"{path} was made by a later release of Footnote; install that one, or name another "
        "folder in FOOTNOTE_DATA_DIR."
    )
