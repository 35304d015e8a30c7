"""Leases: only one of several bots does a thing at a time; the shared records say which.

A lease holds for some seconds and is renewed, so that a bot that dies loses it. After Gray and
Cheriton, Leases: An Efficient Fault-Tolerant Mechanism for Distributed File Cache Consistency,
SOSP 1989. The clock is the database's.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from cogs.records.database import Records
from corpus.errors import FootnoteError
from corpus.storage.connection import Connection

log = logging.getLogger(__name__)

TTL_S = 12.0
RENEW_S = 3.0


class Leases:
    """The leases that this process takes. Methods may raise StoreError and Busy."""

    def __init__(self, records: Records, holder: str | None = None) -> None:
        """Take leases as `holder`, a random name by default."""
        self._records = records
        self.holder = holder or secrets.token_hex(8)

    async def hold(self, name: str, for_s: float = TTL_S) -> bool:
        """Take or renew a lease for some seconds from now; False where another process has it."""

        def write(connection: Connection) -> bool:
            now = connection.clock_s()
            held = connection.rows(
                "INSERT INTO lease VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE "
                "SET holder = excluded.holder, until = excluded.until "
                "WHERE lease.until < $4 OR lease.holder = excluded.holder RETURNING holder",
                name,
                self.holder,
                now + for_s,
                now,
            )
            return bool(held)

        return await self._records.write(write)

    async def release(self, name: str) -> None:
        """Give a lease back, if this process has it."""
        query = "DELETE FROM lease WHERE name = $1 AND holder = $2"
        await self._records.write(lambda connection: connection.execute(query, name, self.holder))

    async def count(self, prefix: str) -> int:
        """How many leases with names that begin so are held now, by any process."""

        def read(connection: Connection) -> int:
            ((count,),) = connection.rows(
                "SELECT count(*) FROM lease WHERE substr(name, 1, $1) = $2 AND until > $3",
                len(prefix),
                prefix,
                connection.clock_s(),
            )
            return int(count)

        return await self._records.read(read)

    @asynccontextmanager
    async def holding(self, name: str) -> AsyncIterator[bool]:
        """Try to hold a lease, renewed while the work inside goes on; yields whether it is held."""
        try:
            is_held = await self.hold(name)
        except FootnoteError as error:
            log.warning("Nobody knows who does %s: %s", name, error)
            is_held = False
        if not is_held:
            yield False
            return
        renewing = asyncio.create_task(self._renew(name))
        try:
            yield True
        finally:
            renewing.cancel()
            with suppress(FootnoteError):  # then it ends by itself
                await self.release(name)

    async def _renew(self, name: str) -> None:
        while True:
            await asyncio.sleep(RENEW_S)
            with suppress(FootnoteError):
                await self.hold(name)
