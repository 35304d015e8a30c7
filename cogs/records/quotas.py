"""Quotas: how many questions a day a member or a server may ask.

They are counted only where a server sets a limit, and kept for that day only.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import datetime

from cogs.records.answers import Spot
from cogs.records.database import Records
from cogs.records.server_settings import Rules
from corpus.errors import FootnoteError
from corpus.storage.connection import Connection
from retrieval.errors import AskerError
from retrieval.wording.translations import tr

EVERYBODY = 0
"""In place of a member's id: all members of the server together."""
MEMBER_SPENT = (
    "You have asked as many questions today as are allowed here ({limit}); please ask again after "
    "midnight ({zone})."
)
SERVER_SPENT = (
    "This server has asked as many questions today as are allowed here ({limit}); please ask "
    "again after midnight ({zone})."
)


class QuotaSpent(AskerError):
    """The quota of the day is used up; the sentence says until when."""


class Quotas:
    """Counts the questions of the day in the records. May raise StoreError and Busy."""

    def __init__(self, records: Records) -> None:
        """Work on open records."""
        self._records = records

    @asynccontextmanager
    async def counted(self, spot: Spot, rules: Rules, at: datetime) -> AsyncIterator[None]:
        """Count a question, unless what happens inside raises an error.

        One that is cancelled or takes too long counts, for it was worked on.

        Args:
            spot: Where it is asked, and by whom.
            rules: The server's limits and time zone.
            at: When, with its offset from UTC.

        Raises:
            QuotaSpent: The quota is used up; the question is not counted.
        """
        limited = _limited(spot, rules)
        if spot.server is None or not limited:
            yield
            return
        today = at.astimezone(rules.zone).date().isoformat()
        await self._take(spot.server, limited, today, rules)
        try:
            yield
        except Exception:
            with suppress(FootnoteError):  # the first error is the one to report
                await self._give_back(spot.server, limited, today)
            raise

    async def _take(
        self, server: int, limited: Mapping[int, int], today: str, rules: Rules
    ) -> None:
        def write(connection: Connection) -> None:
            connection.execute("DELETE FROM usage WHERE server = $1 AND day <> $2", server, today)
            for whom, limit in limited.items():
                ((asked,),) = connection.rows(
                    "INSERT INTO usage VALUES ($1, $2, $3, 1) "
                    "ON CONFLICT (server, member, day) "
                    "DO UPDATE SET questions = usage.questions + 1 RETURNING questions",
                    server,
                    whom,
                    today,
                )
                if asked > limit:
                    raise QuotaSpent(_spent(whom, limit, rules))

        await self._records.write(write)

    async def _give_back(self, server: int, limited: Mapping[int, int], today: str) -> None:
        def write(connection: Connection) -> None:
            for whom in limited:
                connection.execute(
                    "UPDATE usage SET questions = questions - 1 "
                    "WHERE server = $1 AND member = $2 AND day = $3 AND questions > 0",
                    server,
                    whom,
                    today,
                )

        await self._records.write(write)


def _limited(spot: Spot, rules: Rules) -> dict[int, int]:
    """The limits that apply, by member or EVERYBODY."""
    limits = {spot.member: rules.member_quota, EVERYBODY: rules.server_quota}
    return {whom: limit for whom, limit in limits.items() if limit is not None}


def _spent(whom: int, limit: int, rules: Rules) -> str:
    text = SERVER_SPENT if whom == EVERYBODY else MEMBER_SPENT
    return tr(text, limit=f"{limit:,}", zone=rules.time_zone)
