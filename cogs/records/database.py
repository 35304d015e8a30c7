"""What the bot remembers of Discord: one SQLite file beside the libraries, in a thread of its own.

Settings, quotas, feedback and the like; the articles are in the libraries. The schema is the
numbered steps in schema/, each run once, in their order; numbers may be missing. Whatever is
written about a server has its id in a column `server`, whatever is written about a member has
the member's id in a column `member`: that is how it is found when it is to be forgotten.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Self, TypeVar

from corpus.errors import StoreError
from corpus.storage.locations import Database, Folder, needs_psycopg
from corpus.storage.sqlite.errors import told
from corpus.storage.sqlite.library import BUSY_TIMEOUT_S, statements
from retrieval.errors import Busy

FILE_NAME = "discord.db"
MAX_WAITING = 1000  # at some 0.1 ms each the last of them waits a tenth of a second
STEPS = Path(__file__).with_name("schema") / "sqlite"
KEPT_OF_MEMBERS = frozenset({"usage"})
"""Tables that forgetting a member leaves: a quota would be none if it could be begun again."""

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]


class Records:
    """The open file. Made by `open` or `in_memory`; to be closed.

    Every method may raise StoreError, and Busy when too much waits already.
    """

    def __init__(
        self, path: Path | None, max_waiting: int = MAX_WAITING, *, url: str | None = None
    ) -> None:
        self.path = path
        self._url = url
        self._max_waiting = max_waiting
        self._waiting = 0
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="records")
        self._connection: sqlite3.Connection | None = None

    @classmethod
    async def of(cls, home: Folder | Database) -> Self:
        """Those that go with a home's libraries: a file beside them, or in their database."""
        if isinstance(home, Database):
            return await cls.open_in(home.url)
        return await cls.open(home.data_dir / FILE_NAME)

    @classmethod
    async def open(cls, path: Path) -> Self:
        """Open the file at `path`, made or brought up to date where that is needed."""
        return await cls(path)._opened()

    @classmethod
    async def open_in(cls, url: str) -> Self:
        """The same in a PostgreSQL database, for several bots to share."""
        return await cls(None, url=url)._opened()

    @classmethod
    async def in_memory(cls) -> Self:
        """Records that are gone when they are closed."""
        return await cls(None)._opened()

    async def _opened(self) -> Self:
        try:
            self._connection = await self._run(self._open)
        except BaseException:
            self._worker.shutdown(wait=False)
            raise
        return self

    async def read(self, work: Work[T]) -> T:
        """What `work` finds, all of it of one moment. It runs in the thread of the records."""
        return await self._run(lambda: self._in_transaction("BEGIN", work))

    async def write(self, work: Work[T]) -> T:
        """Do `work` in one transaction: when it raises, nothing is written."""
        return await self._run(lambda: self._in_transaction("BEGIN IMMEDIATE", work))

    async def wipe(self) -> None:
        """Have what was deleted go from the write-ahead log too; the file itself has it no more."""
        await self._run(self._wipe)

    async def forget_member(self, member: int) -> int:
        """Delete what was written about a member, from every page of the file.

        Returns how many rows went. What is in KEPT_OF_MEMBERS stays.
        """
        return await self._run(lambda: self._forget("member", member, KEPT_OF_MEMBERS))

    async def forget_server(self, server: int) -> int:
        """Delete what was written about a server and in it, likewise."""
        return await self._run(lambda: self._forget("server", server, frozenset()))

    async def close(self) -> None:
        """Finish what waits, then close the file."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._worker, self._close)
        await asyncio.to_thread(self._worker.shutdown)

    async def _run(self, work: Callable[[], T]) -> T:
        if self._waiting >= self._max_waiting:
            raise Busy("Too much is waiting to be written down; please try again in a moment.")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._worker, work)
        finally:
            self._waiting -= 1

    # -- in the thread -------------------------------------------------------------------

    def _open(self) -> sqlite3.Connection:
        if self._url is None:
            return _open(self.path)
        needs_psycopg()
        from cogs.records.postgres import connected

        return connected(self._url)

    def _told(self) -> AbstractContextManager[None]:
        if self._url is None:
            return told(self.path or Path("memory"), what="file")
        from corpus.storage.postgres.library import told as told_of

        return told_of(self._url)

    def _in_transaction(self, begin: str, work: Work[T]) -> T:
        connection = self._open_connection()
        with self._told():
            connection.execute(begin)
            try:
                done = work(connection)
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
            return done

    def _forget(self, column: str, value: int, kept: frozenset[str]) -> int:
        def delete(connection: sqlite3.Connection) -> int:
            return sum(
                connection.execute(
                    f'DELETE FROM "{table}" WHERE {column} = ?',  # noqa: S608  names of ours
                    (value,),
                ).rowcount
                for table in self._tables_with(connection, column)
                if table not in kept
            )

        gone = self._in_transaction("BEGIN IMMEDIATE", delete)
        self._wipe()
        return gone

    def _wipe(self) -> None:
        # Deleted rows are overwritten where they lay; what the log holds of them goes here.
        with self._told():
            if self._url is None:
                self._open_connection().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def _tables_with(self, connection: sqlite3.Connection, column: str) -> list[str]:
        if self._url is None:
            return tables_with(connection, column)
        from cogs.records.postgres import tables_with as tables_there_with

        return tables_there_with(connection, column)

    @property
    def clock(self) -> str:
        """A query for the seconds since 1970, by the clock that all who share it have."""
        if self._url is None:
            return "SELECT (julianday('now') - 2440587.5) * 86400.0"
        return "SELECT extract(epoch FROM clock_timestamp())::float8"

    def _open_connection(self) -> sqlite3.Connection:
        if self._connection is None:
            raise StoreError("What the bot remembers is closed already; start the bot again.")
        return self._connection

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def tables_with(connection: sqlite3.Connection, column: str) -> list[str]:
    """The names of the tables that have a column of that name."""
    rows = connection.execute(
        "SELECT m.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c "
        "WHERE m.type = 'table' AND c.name = ? ORDER BY m.name",
        (column,),
    )
    return [name for (name,) in rows]


def _open(path: Path | None) -> sqlite3.Connection:
    with told(path or Path("memory"), what="file"):
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
            _migrate(connection, path)
            connection.execute("PRAGMA foreign_keys = ON")
        except BaseException:
            connection.close()
            raise
        return connection


def _migrate(connection: sqlite3.Connection, path: Path | None) -> None:
    """All missing steps in one transaction. Raises StoreError for a later release's file."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute("CREATE TABLE IF NOT EXISTS step (number INTEGER PRIMARY KEY) STRICT")
        done = {number for (number,) in connection.execute("SELECT number FROM step")}
        steps = {int(file.stem): file for file in STEPS.glob("*.sql")}
        if done - steps.keys():
            raise StoreError(
                f"{path} was made by a later release of Footnote; install that one, or name "
                "another folder in FOOTNOTE_DATA_DIR."
            )
        for number in sorted(steps.keys() - done):
            for statement in statements(steps[number].read_text(encoding="utf-8")):
                connection.execute(statement)
            connection.execute("INSERT INTO step VALUES (?)", (number,))
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
