"""The answers that buttons on cards refer to, also after a restart, and what members think of them.

A card's buttons carry a random key. It finds the answer only where the answer was given: in that
server and channel, and for a private answer only by the member who asked. What is saved is the
question and where in the articles to look, never a text of theirs. So what is forgotten in a
library cannot come back from here, and what is shown comes from the library of the place where a
button is pressed.
"""

from __future__ import annotations

import json
import logging
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass
from datetime import date
from typing import Any, Self

import discord

from cogs.records.database import Records
from corpus.article import SpanRef
from corpus.storage.connection import Connection
from retrieval.answering.answer import Answer
from retrieval.query.scope import Scope

log = logging.getLogger(__name__)

KEPT_DAYS = 7
"""How long an answer is kept."""
RATED_DAYS = 90
"""How long what members thought of it is kept, and the question with it."""
DAY_S = 24 * 60 * 60
REASON_CHARS = 1000

KEY = r"[A-Za-z0-9_-]{16}"
GONE = f"This answer is not kept any more ({KEPT_DAYS} days are the most); please ask again."


@dataclass(frozen=True, slots=True)
class Spot:
    """Where something is asked or pressed, and by whom. `server` is None in private."""

    server: int | None
    channel: int
    member: int

    @classmethod
    def of(cls, interaction: discord.Interaction[Any]) -> Self:
        return cls(interaction.guild_id, interaction.channel_id or 0, interaction.user.id)


@dataclass(frozen=True, slots=True)
class SavedAnswer:
    """An answer as it is kept. `question` is as it was understood; `why` is the why button's."""

    question: str
    within: Scope
    sources: tuple[SpanRef, ...]
    why: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PublicAnswer:
    """An answer in a message that everybody there sees.

    `told` says of which sources, by their numbers from 1, the message tells what became of them,
    and as of which version.
    """

    server: int | None
    key: str
    channel: int
    message: int
    question: str
    sources: tuple[SpanRef, ...]
    shown_versions: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Vote:
    """What a member thought of an answer, and why where that was said."""

    is_good: bool
    reason: str | None = None


class SavedAnswers:
    """The answers and votes in the records. Every method may raise StoreError and Busy."""

    def __init__(self, records: Records, *, now: Callable[[], float] = time.time) -> None:
        self._records = records
        self._now = now

    async def save(
        self,
        answer: Answer,
        within: Scope,
        why: Mapping[str, Any],
        spot: Spot,
        *,
        is_private: bool,
    ) -> str:
        """Keep it, and let go of what is too old; returns its key."""
        key, now = secrets.token_urlsafe(12), self._now()
        cited = answer.refusal.near if answer.refusal else answer.citations
        details = {
            "within": [within.source, _written(within.since), _written(within.until)],
            "sources": [astuple(citation.ref) for citation in cited],
            "lives": answer.answered and not answer.from_samples,
            "why": why,
        }
        row = (
            spot.server or 0,
            key,
            spot.member,
            spot.channel,
            is_private,
            now,
            answer.understood_as or answer.question,
            json.dumps(details, ensure_ascii=False),
        )

        def write(connection: Connection) -> None:
            _delete_old(connection, now)
            connection.execute(
                "INSERT INTO answer (server, key, member, channel, is_private, at, question, "
                "details) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                *row,
            )

        await self._records.write(write)
        return key

    async def find(self, key: str, spot: Spot) -> SavedAnswer | None:
        """The answer; None where none of that key stands, or only for another, or too long."""
        oldest = self._now() - KEPT_DAYS * DAY_S

        def read(connection: Connection) -> SavedAnswer | None:
            row = _found(connection, key, spot)
            return None if row is None or row[0] < oldest else _saved(row)

        return await self._records.read(read)

    async def vote(self, key: str, spot: Spot, *, is_good: bool) -> Vote | None:
        """Note what a member thinks, in place of what they thought before; None as in `find`.

        A reason that was given stays with the verdict that it was given for.
        """
        now = self._now()

        def write(connection: Connection) -> Vote | None:
            if _found(connection, key, spot) is None:
                return None
            place = (spot.server or 0, key, spot.member)
            connection.execute(
                "INSERT INTO feedback VALUES ($1, $2, $3, $4, NULL, $5) "
                "ON CONFLICT (server, key, member) DO UPDATE SET reason = "
                "CASE WHEN feedback.is_good = excluded.is_good THEN feedback.reason END, "
                "is_good = excluded.is_good, at = excluded.at",
                *place,
                is_good,
                now,
            )
            return _vote(connection, place)

        return await self._records.write(write)

    async def give_reason(self, key: str, spot: Spot, reason: str) -> Vote | None:
        """Add why; no reason takes it back. None as in `find`, or where there is no vote."""

        def write(connection: Connection) -> Vote | None:
            if _found(connection, key, spot) is None:
                return None
            place = (spot.server or 0, key, spot.member)
            connection.execute(
                "UPDATE feedback SET reason = $1 WHERE server = $2 AND key = $3 AND member = $4",
                reason.strip()[:REASON_CHARS] or None,
                *place,
            )
            return _vote(connection, place)

        return await self._records.write(write)

    async def expire(self) -> None:
        """Let go of what is too old, of the write-ahead log's copies of it too."""
        now = self._now()
        if await self._records.write(lambda connection: _delete_old(connection, now)):
            await self._records.wipe()

    async def set_message(self, key: str, server: int | None, message: int) -> None:
        """The answer is shown in this message."""

        def write(connection: Connection) -> None:
            connection.execute(
                "UPDATE answer SET message = $1 WHERE server = $2 AND key = $3 AND NOT is_private",
                message,
                server or 0,
                key,
            )

        await self._records.write(write)

    async def public_answers(self) -> list[PublicAnswer]:
        """The answers that everybody sees, the oldest first, and what they rest on."""
        oldest = self._now() - KEPT_DAYS * DAY_S

        def read(connection: Connection) -> list[PublicAnswer]:
            rows = connection.rows(
                "SELECT server, key, channel, message, question, details, told FROM answer "
                "WHERE message IS NOT NULL AND details IS NOT NULL AND at >= $1 ORDER BY at",
                oldest,
            )
            return [living for row in rows if (living := _public(row)) is not None]

        return await self._records.read(read)

    async def record_shown(self, living: PublicAnswer, versions: Mapping[int, int] | None) -> None:
        """The answer says what became of its sources, as of these versions; None: it is gone."""

        def write(connection: Connection) -> None:
            connection.execute(
                "UPDATE answer SET told = $1, message = $2 WHERE server = $3 AND key = $4",
                json.dumps({**living.shown_versions, **(versions or {})}),
                None if versions is None else living.message,
                living.server or 0,
                living.key,
            )

        await self._records.write(write)


def _public(row: tuple[Any, ...]) -> PublicAnswer | None:
    server, key, channel, message, question, details, told = row
    kept = json.loads(details)
    if not kept.get("lives"):
        return None
    sources = tuple(SpanRef(*source) for source in kept["sources"])
    known = {int(number): version for number, version in json.loads(told or "{}").items()}
    return PublicAnswer(server or None, key, channel, message, question, sources, known)


def _delete_old(connection: Connection, now: float) -> int:
    """Delete what is older than may be kept; returns how many rows that changed."""
    oldest = now - KEPT_DAYS * DAY_S
    changed = connection.execute("DELETE FROM feedback WHERE at < $1", now - RATED_DAYS * DAY_S)
    changed += connection.execute(
        "DELETE FROM answer WHERE at < $1 AND NOT EXISTS (SELECT 1 FROM feedback "
        "WHERE feedback.server = answer.server AND feedback.key = answer.key)",
        oldest,
    )
    changed += connection.execute(
        "UPDATE answer SET details = NULL WHERE at < $1 AND details IS NOT NULL", oldest
    )
    return changed


def _found(connection: Connection, key: str, spot: Spot) -> tuple[Any, ...] | None:
    """Moment, question and details of the answer that stands there, for whoever may see it."""
    rows = connection.rows(
        "SELECT at, question, details FROM answer WHERE server = $1 AND key = $2 "
        "AND channel = $3 AND (NOT is_private OR member = $4)",
        spot.server or 0,
        key,
        spot.channel,
        spot.member,
    )
    return rows[0] if rows else None


def _saved(row: tuple[Any, ...]) -> SavedAnswer | None:
    _, question, written = row
    if written is None:
        return None
    details = json.loads(written)
    source, since, until = details["within"]
    within = Scope(source, _read(since), _read(until))
    sources = tuple(SpanRef(*source) for source in details["sources"])
    return SavedAnswer(question, within, sources, details["why"])


def _vote(connection: Connection, place: tuple[int, str, int]) -> Vote | None:
    rows = connection.rows(
        "SELECT is_good, reason FROM feedback WHERE server = $1 AND key = $2 AND member = $3",
        *place,
    )
    return Vote(bool(rows[0][0]), rows[0][1]) if rows else None


def _written(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _read(day: str | None) -> date | None:
    return None if day is None else date.fromisoformat(day)
