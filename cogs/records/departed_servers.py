"""Servers that removed the bot: their data is erased some days later, unless it is invited again.

Only the data of servers that the bot was in: a library that the operator made for another server is
not touched.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection
from typing import Protocol

from cogs.records.database import Records
from cogs.records.server_settings import ServerRules
from corpus.errors import FootnoteError
from corpus.storage.connection import Connection

log = logging.getLogger(__name__)

ERASED_AFTER_DAYS = 14
DAY_S = 24 * 60 * 60


class Erases(Protocol):
    """Who can erase a server's own library."""

    async def erase(self, server: int) -> bool:
        """Erase it; False where there is none."""


class DepartedServers:
    """Which servers the bot has left, and since when. Every method may raise FootnoteError."""

    def __init__(
        self,
        records: Records,
        articles: Erases,
        rules: ServerRules,
        *,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Erase from the records and `articles`; evict from `rules`. `now` is in seconds."""
        self._records = records
        self._articles = articles
        self._rules = rules
        self._now = now
        self._left: set[int] = set()

    def has_left(self, server: int) -> bool:
        """Whether the bot has left this server since it started, and is not back."""
        return server in self._left

    async def record_present(
        self, servers: Collection[int], among: Callable[[int], bool] = lambda server: False
    ) -> None:
        """Record the current servers.

        Args:
            servers: The ids of servers that the bot is in.
            among: The other known servers of which this is true are marked as left.
        """
        now = self._now()

        def write(connection: Connection) -> None:
            known = {one for (one,) in connection.rows("SELECT server FROM present_server")}
            for server in servers:
                connection.execute("DELETE FROM left_server WHERE server = $1", server)
                connection.execute(
                    "INSERT INTO present_server VALUES ($1) ON CONFLICT DO NOTHING", server
                )
            for server in filter(among, known.difference(servers)):
                _record_departure(connection, server, now)

        await self._records.write(write)
        self._left.difference_update(servers)

    async def record_departure(self, server: int) -> None:
        """Mark a server as left."""
        now = self._now()
        self._left.add(server)
        await self._records.write(lambda connection: _record_departure(connection, server, now))

    async def erase_departed(self) -> list[int]:
        """Erase the libraries and records of servers left long ago; returns the servers' ids.

        One that cannot be erased is logged, and tried again the next time.
        """
        before = self._now() - ERASED_AFTER_DAYS * DAY_S
        rows = await self._records.read(
            lambda connection: connection.rows(
                "SELECT server FROM left_server WHERE left_at < $1 ORDER BY server", before
            )
        )
        gone = []
        for (server,) in rows:
            try:
                await self._articles.erase(server)
                await self._records.forget_server(server)
            except FootnoteError as error:
                log.warning("What server %d left could not be erased yet: %s", server, error)
                continue
            self._rules.forget(server)
            log.info("Server %d left over %d days ago; erased", server, ERASED_AFTER_DAYS)
            gone.append(server)
        return gone


async def departed_servers(records: Records) -> frozenset[str]:
    """The ids of the servers that are left and not erased yet; none where they cannot be read."""
    try:
        rows = await records.read(
            lambda connection: connection.rows("SELECT server FROM left_server")
        )
    except FootnoteError as error:
        log.warning("Nobody knows which servers left: %s", error)
        return frozenset()
    return frozenset(str(server) for (server,) in rows)


def _record_departure(connection: Connection, server: int, now: float) -> None:
    connection.execute("DELETE FROM present_server WHERE server = $1", server)
    connection.execute(
        "INSERT INTO left_server VALUES ($1, $2) ON CONFLICT DO NOTHING", server, now
    )
