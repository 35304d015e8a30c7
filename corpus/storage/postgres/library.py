"""PostgresStore: an ArticleStore whose library is a schema of a PostgreSQL database."""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Self, cast

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from corpus.errors import StoreError
from corpus.storage.filters import Sql, condition
from corpus.storage.postgres.conditions import Conditions
from corpus.storage.postgres.connection import Connection
from corpus.storage.store import ArticleStore
from corpus.storage.text_hash import text_hash

PREFIX = "library_"
LAYOUT = "1"
MOST_CHARS = 54  # of a name that stands in a schema's as it is; identifiers have 63 bytes
_SCHEMA = Path(__file__).with_name("schema") / "1.sql"
_CONDITIONS = Conditions()


class PostgresStore(ArticleStore):
    """An open library. Not for two threads at once; any number of processes may open it.

    Every method may raise StoreError, with a sentence that says what to do. `path` is None:
    nothing of it is in files here.
    """

    is_in_database = True

    def __init__(self, connection: Connection, url: str, name: str) -> None:
        super().__init__(cast(sqlite3.Connection, connection), None)  # asked in the same words
        self._database = connection
        self._url = url
        self.name = name

    @classmethod
    def open_in(cls, url: str, name: str) -> Self:
        """Open the library called `name` in the database; made when it is not there."""
        with told(url):
            prepare(url, name)
            return cls(Connection(url, schema_of(name)), url, name)

    def _told(self) -> AbstractContextManager[None]:
        return told(self._url)

    def moment(self) -> tuple[int, int]:
        """As in StoreReader; here it is the number of changes."""
        return self.changes(), 0

    def condition(self, filters: dict[str, Any]) -> Sql:
        return condition(filters, _CONDITIONS)

    def insert(self, query: str, *values: object) -> int:
        row = self.execute(f"{query} RETURNING id", *values).fetchone()
        return int(row[0])

    def remove(self, article_ids: Any) -> int:
        with self._transaction():
            for article_id in article_ids:
                for (url,) in self.rows("SELECT url FROM page WHERE article_id = ?", article_id):
                    self.execute(
                        "INSERT INTO forgotten VALUES (?) ON CONFLICT DO NOTHING", text_hash(url)
                    )
            return super().remove(article_ids)

    def is_there(self) -> bool:
        """Whether the library still is: another bot may have erased it."""
        return bool(self.rows("SELECT to_regclass('article') IS NOT NULL")[0][0])

    @property
    def is_in_transaction(self) -> bool:
        return bool(self._connection.in_transaction)

    def copy(self, into: str, rows: Iterable[Sequence[object]]) -> None:
        """Write many rows at once, inside of `together`; `into` names a table and its columns."""
        self._database.copy(into, rows)

    def insert_many(self, table: str, columns: str, rows: Sequence[tuple[object, ...]]) -> None:
        quoted = ", ".join(f'"{name}"' for name in columns.split(", "))
        self.copy(f"{table} ({quoted})", rows)

    def numbers_from_here(self) -> None:
        """Rows get new numbers above those that were given."""
        for table in ("version", "passage", "copy", "feed"):
            self.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), "
                f"greatest(1, coalesce(max(id), 0)), max(id) IS NOT NULL) FROM {table}"
            )

    def _wipe(self) -> None:
        """Deleted rows leave the tables' pages; the server's log and backups are its operator's."""
        for table in ("sentence", "passage", "body", "version", "word", "nearby"):
            self.execute(f"VACUUM {table}")


def schema_of(name: str) -> str:
    """The schema of the library of that name: no two names have the same."""
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", name) is None:
        raise ValueError(f"no library's name: {name!r}")
    if len(name) <= MOST_CHARS:
        return PREFIX + name
    return f"{PREFIX}{name[:20]}~{hashlib.sha256(name.encode()).hexdigest()[:32]}"


def prepare(url: str, name: str) -> None:
    """Make the library's schema, unless it is there. Raises StoreError for a later layout."""
    schema = schema_of(name)
    with psycopg.connect(url, autocommit=True) as connection, connection.transaction():
        if _layout(connection, schema) == LAYOUT:
            return
        # Two processes may want to make it at once.
        connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('footnote', 0))")
        found = _layout(connection, schema)
        if found == LAYOUT:
            return
        if found is not None:
            raise StoreError(
                f"The library {name} in the database was made by a later release of Footnote; "
                "install that one, or name another database in FOOTNOTE_DATABASE."
            )
        connection.execute("CREATE EXTENSION IF NOT EXISTS vector SCHEMA public")
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
        path = sql.SQL("SET LOCAL search_path TO {}, public").format(sql.Identifier(schema))
        connection.execute(path)
        connection.execute(_SCHEMA.read_text(encoding="utf-8"))
        connection.execute("INSERT INTO stamp VALUES ('layout', %s)", (LAYOUT,))


def _layout(connection: psycopg.Connection[Any], schema: str) -> str | None:
    """The layout of the library in a schema; None where there is none."""
    exists = connection.execute(
        "SELECT 1 FROM information_schema.tables WHERE table_schema = %s AND table_name = 'stamp'",
        (schema,),
    ).fetchone()
    if exists is None:
        return None
    query = sql.SQL("SELECT value FROM {}.stamp WHERE name = 'layout'")
    row = connection.execute(query.format(sql.Identifier(schema))).fetchone()
    return None if row is None else str(row[0])


def exists(url: str, name: str) -> bool:
    """Whether the database has a library of that name. Raises StoreError."""
    with told(url), psycopg.connect(url, autocommit=True) as connection:
        return _layout(connection, schema_of(name)) is not None


def names(url: str) -> list[str]:
    """The names of all libraries in the database, but for those too long to be told."""
    with told(url), psycopg.connect(url, autocommit=True) as connection:
        rows = connection.execute(
            "SELECT schema_name FROM information_schema.schemata "
            "WHERE starts_with(schema_name, %s) AND position('~' in schema_name) = 0 "
            "ORDER BY schema_name",
            (PREFIX,),
        ).fetchall()
    return [row[0].removeprefix(PREFIX) for row in rows]


def due(url: str, before: str) -> list[str]:
    """The names of the libraries in which something was to be looked at before a moment."""
    found = []
    with told(url), psycopg.connect(url, autocommit=True) as connection:
        for name in names(url):
            query = sql.SQL(
                "SELECT least((SELECT min(next_at) FROM {schema}.feed), "
                "(SELECT min(next_at) FROM {schema}.page))"
            ).format(schema=sql.Identifier(schema_of(name)))
            try:
                row = connection.execute(query).fetchone()
            except psycopg.errors.UndefinedTable:  # erased meanwhile
                continue
            if row is not None and row[0] is not None and row[0] <= before:
                found.append(name)
    return found


def erase(url: str, name: str) -> bool:
    """Delete a library whole; False when there is none."""
    if not exists(url, name):
        return False
    with told(url), psycopg.connect(url, autocommit=True) as connection:
        drop = sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(schema_of(name)))
        connection.execute(drop)
    return True


@contextmanager
def told(url: str) -> Iterator[None]:
    """Raises StoreError for what a person can do something about; without the password."""
    try:
        yield
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName) as error:
        raise StoreError(
            f"That library is not in the database {_place(url)} any more; ask again."
        ) from error
    except psycopg.errors.DiskFull as error:
        raise StoreError(f"The database {_place(url)} has no room; free some.") from error
    except psycopg.errors.InsufficientPrivilege as error:
        raise StoreError(
            f"The database {_place(url)} does not let its user do that ({_first(error)}); the user "
            "has to own the database, with the extension vector in it."
        ) from error
    except (psycopg.errors.UndefinedFile, psycopg.errors.FeatureNotSupported) as error:
        raise StoreError(
            f"The database {_place(url)} has no pgvector ({_first(error)}); install that there."
        ) from error
    except psycopg.OperationalError as error:
        raise StoreError(
            f"The database {_place(url)} cannot be reached ({_first(error)}); start it, or look at "
            "FOOTNOTE_DATABASE."
        ) from error


def _place(url: str) -> str:
    """Where it is, without who asks and their password."""
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        return "that FOOTNOTE_DATABASE names"
    where = parts.get("host") or parts.get("hostaddr") or "this machine"
    return f"{parts.get('dbname') or 'postgres'} at {where}"


def _first(error: psycopg.Error) -> str:
    """The first line of what the server says; it names no password."""
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
