"""How many questions a day: counted only where a server sets a limit, and for that day only."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from cogs.kept import Spot
from cogs.records import Records
from cogs.rules import Rules
from retrieval.errors import AskerError

EVERYBODY = 0
"""Stands in the place of a member for all of a server."""


class QuotaSpent(AskerError):
    """As many questions as a day may have were asked; the sentence says until when."""


class Quotas:
    """The questions of today, in the records. May raise StoreError and Busy."""

    def __init__(self, records: Records) -> None:
        self._records = records

    async def take(self, spot: Spot, rules: Rules, at: datetime) -> None:
        """Count a question asked at that moment. Raises QuotaSpent, and then counts none."""
        server = spot.server
        limits = {spot.member: rules.member_quota, EVERYBODY: rules.server_quota}
        limited = {whom: limit for whom, limit in limits.items() if limit is not None}
        if server is None or not limited:
            return
        today = at.astimezone(rules.zone).date().isoformat()

        def write(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM usage WHERE server = ? AND day <> ?", (server, today))
            for whom, limit in limited.items():
                (asked,) = connection.execute(
                    "INSERT INTO usage VALUES (?, ?, ?, 1) "
                    "ON CONFLICT DO UPDATE SET questions = questions + 1 RETURNING questions",
                    (server, whom, today),
                ).fetchone()
                if asked > limit:
                    raise QuotaSpent(_spent(whom, limit, rules))

        await self._records.write(write)


def _spent(whom: int, limit: int, rules: Rules) -> str:
    who = "This server has" if whom == EVERYBODY else "You have"
    counted = f"{limit:,} question{'' if limit == 1 else 's'}"
    return (
        f"{who} asked the {counted} of today that are allowed here; please ask again after "
        f"midnight ({rules.time_zone})."
    )
