"""What the bot remembers of Discord, beside the libraries: opened once, in a thread of its own.

Settings, quotas, feedback and the like, in an SQLite file or in a PostgreSQL database; the articles
are in the libraries. What is written about a server has its id in a column `server`, what is
written about a member has the member's id in a column `member`: by these it is found when it is to
be forgotten.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self, TypeVar

from cogs.records import migrations
from corpus.errors import StoreError
from corpus.storage.connection import Connection
from corpus.storage.locations import Database, Folder
from retrieval.errors import Busy

FILE_NAME = "discord.db"
MAX_WAITING = 1000  # at some 0.1 ms each the last of them waits a tenth of a second
KEPT_OF_MEMBERS = frozenset({"usage"})
"""Tables that forgetting a member leaves, so that deleting one's data resets no quota."""

T = TypeVar("T")
Work = Callable[[Connection], T]


class Records:
    """The open records. Made by `of`, `open`, `open_in` or `in_memory`; to be closed.

    Every method may raise StoreError, and Busy when too much waits already.
    """

    def __init__(self, connect: Callable[[], Connection], max_waiting: int = MAX_WAITING) -> None:
        """Not open yet: `opened` does that.

        Args:
            connect: Opens the database, brought up to date. It is called in the records' thread.
            max_waiting: How many pieces of work may wait at a time.
        """
        self._connect = connect
        self._max_waiting = max_waiting
        self._waiting = 0
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="records")
        self._connection: Connection | None = None

    @classmethod
    async def of(cls, home: Folder | Database) -> Self:
        """Those that go with a home's libraries: a file beside them, or in their database."""
        if isinstance(home, Database):
            return await cls.open_in(home.url)
        return await cls.open(home.data_dir / FILE_NAME)

    @classmethod
    async def open(cls, path: Path) -> Self:
        """Open the file at `path`, made or brought up to date where that is needed."""
        return await cls(lambda: migrations.open_file(path)).opened()

    @classmethod
    async def open_in(cls, url: str) -> Self:
        """The same in a PostgreSQL database, for several bots to share."""
        return await cls(lambda: migrations.open_database(url)).opened()

    @classmethod
    async def in_memory(cls) -> Self:
        """Records that are gone when they are closed."""
        return await cls(lambda: migrations.open_file(None)).opened()

    async def opened(self) -> Self:
        """Open them; returns itself."""
        try:
            self._connection = await self._run(self._connect)
        except BaseException:
            self._worker.shutdown(wait=False)
            raise
        return self

    async def read(self, work: Work[T]) -> T:
        """What `work` finds, all of it of one moment. It runs in the thread of the records."""

        def read() -> T:
            connection = self._open_connection()
            with connection.reading():
                return work(connection)

        return await self._run(read)

    async def write(self, work: Work[T]) -> T:
        """Do `work` in one transaction: when it raises, nothing is written."""

        def write() -> T:
            connection = self._open_connection()
            with connection.writing():
                return work(connection)

        return await self._run(write)

    async def wipe(self) -> None:
        """Have deleted rows leave the write-ahead log too; the file itself has them no more."""
        await self._run(lambda: self._open_connection().wipe(()))

    async def forget_member(self, member: int) -> int:
        """Delete what was written about a member, from every page of the file.

        Returns how many rows went. What is in KEPT_OF_MEMBERS stays.
        """
        return await self._run(lambda: self._forget("member", member, KEPT_OF_MEMBERS))

    async def forget_server(self, server: int) -> int:
        """Delete what was written about a server and in it, likewise."""
        return await self._run(lambda: self._forget("server", server, frozenset()))

    async def close(self) -> None:
        """Finish what waits, then close the database."""
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

    def _forget(self, column: str, value: int, spared: frozenset[str]) -> int:
        connection = self._open_connection()
        with connection.writing():
            gone = sum(
                connection.execute(
                    f'DELETE FROM "{table}" WHERE {column} = $1',  # noqa: S608  names of ours
                    value,
                )
                for table in connection.tables_with(column)
                if table not in spared
            )
        connection.wipe(())
        return gone

    def _open_connection(self) -> Connection:
        if self._connection is None:
            raise StoreError("What the bot remembers is closed already; start the bot again.")
        return self._connection

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
