"""Which articles a channel's summaries had, so that the next one says what is new."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

from cogs.records.answers import DAY_S, Spot
from cogs.records.database import Records
from corpus.storage.connection import Connection
from retrieval.summaries.summary import SummaryRequest

SEEN_DAYS = 90
"""How long that is remembered."""
DIGEST = "digest"
MAX_ARTICLES = 2000  # of one subject: those that came last


@dataclass(frozen=True, slots=True)
class LastSummary:
    """When a channel had its last summary of a subject, in seconds since 1970, and the articles."""

    at: float
    articles: frozenset[str]


def subject(brief: SummaryRequest) -> str:
    """A hash of what is summed up, whatever the days and the length."""
    named = [brief.article, (brief.topic or "").casefold(), (brief.within.source or "").casefold()]
    return hashlib.sha256(json.dumps(named).encode()).hexdigest()[:24]


class SummaryHistory:
    """In the records. Every method may raise StoreError and Busy."""

    def __init__(self, records: Records, *, now: Callable[[], float] = time.time) -> None:
        """Work on open records; `now` is a clock in seconds since 1970."""
        self._records = records
        self.now = now

    async def last(self, spot: Spot, subject: str) -> LastSummary | None:
        """The channel's last summary of a subject; None where there is none, or it is too old."""
        oldest = self.now() - SEEN_DAYS * DAY_S
        place = (spot.server or 0, spot.channel, subject)

        def read(connection: Connection) -> LastSummary | None:
            rows = connection.rows(
                "SELECT at, articles FROM summed "
                "WHERE server = $1 AND channel = $2 AND subject = $3",
                *place,
            )
            if not rows or rows[0][0] < oldest:
                return None
            return LastSummary(rows[0][0], frozenset(json.loads(rows[0][1])))

        return await self._records.read(read)

    async def record(self, spot: Spot, subject: str, articles: Collection[str]) -> None:
        """Record that the channel had a summary of a subject with these articles."""
        now = self.now()
        place = (spot.server or 0, spot.channel, subject)
        member = spot.member if spot.server is None else 0

        def write(connection: Connection) -> None:
            connection.execute("DELETE FROM summed WHERE at < $1", now - SEEN_DAYS * DAY_S)
            rows = connection.rows(
                "SELECT articles FROM summed WHERE server = $1 AND channel = $2 AND subject = $3",
                *place,
            )
            known = dict.fromkeys([*(json.loads(rows[0][0]) if rows else []), *articles])
            connection.execute(
                "INSERT INTO summed VALUES ($1, $2, $3, $4, $5, $6) "
                "ON CONFLICT (server, channel, subject) DO UPDATE SET member = excluded.member, "
                "at = excluded.at, articles = excluded.articles",
                *place,
                member,
                now,
                json.dumps(list(known)[-MAX_ARTICLES:]),
            )

        await self._records.write(write)
