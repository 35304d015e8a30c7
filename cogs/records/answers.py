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
"""How long an answer's buttons work."""
RATED_DAYS = 90
"""How long votes are kept, and the question with them."""
DAY_S = 24 * 60 * 60
REASON_CHARS = 1000

KEY = r"[A-Za-z0-9_-]{16}"
GONE = f"This answer is not kept any more ({KEPT_DAYS} days are the most); please ask again."


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a member asked or pressed a button: server (None in private), channel, member."""

    server: int | None
    channel: int
    member: int

    @classmethod
    def of(cls, interaction: discord.Interaction[Any]) -> Self:
        """Where an interaction happened, and by whom."""
        return cls(interaction.guild_id, interaction.channel_id or 0, interaction.user.id)


@dataclass(frozen=True, slots=True)
class SavedAnswer:
    """What is kept of an answer.

    `question` is as it was understood, with what it leaves out of the question before; `why` is
    what the why button shows.
    """

    question: str
    within: Scope
    sources: tuple[SpanRef, ...]
    why: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PublicAnswer:
    """An answer in a message that everybody there sees, so that its sources are followed.

    `shown_versions` maps the numbers, from 1, of the sources of which the message says that they
    changed, to the article's version that it says it of.
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
    """What a member thinks of an answer, and why, where they said so."""

    is_good: bool
    reason: str | None = None


class SavedAnswers:
    """The answers and votes in the records. Every method may raise StoreError and Busy."""

    def __init__(self, records: Records, *, now: Callable[[], float] = time.time) -> None:
        """Work on open records; `now` is a clock in seconds since 1970."""
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
        """Save an answer, and delete what is too old.

        Args:
            answer: The answer.
            within: What the question was restricted to.
            why: What the why button is to show, as JSON can hold it.
            spot: Where it was asked, and by whom.
            is_private: Whether only that member may see it.

        Returns:
            Its key, for the buttons.
        """
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
        """The answer with that key; None where there is none for this member here any more."""
        oldest = self._now() - KEPT_DAYS * DAY_S

        def read(connection: Connection) -> SavedAnswer | None:
            row = _found(connection, key, spot)
            return None if row is None or row[0] < oldest else _saved(row)

        return await self._records.read(read)

    async def vote(self, key: str, spot: Spot, *, is_good: bool) -> Vote | None:
        """Record what a member thinks, in place of what they thought before.

        A reason that they gave stays while the verdict is the same.

        Returns:
            Their vote now; None where `find` finds no answer.
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
        """Add a reason to a vote; "" takes it back.

        Returns:
            The vote now; None where `find` finds no answer, or the member has not voted.
        """

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
        """Delete what is too old, from the write-ahead log too."""
        now = self._now()
        if await self._records.write(lambda connection: _delete_old(connection, now)):
            await self._records.wipe()

    async def set_message(self, key: str, server: int | None, message: int) -> None:
        """Record which message shows an answer that everybody may see."""

        def write(connection: Connection) -> None:
            connection.execute(
                "UPDATE answer SET message = $1 WHERE server = $2 AND key = $3 AND NOT is_private",
                message,
                server or 0,
                key,
            )

        await self._records.write(write)

    async def public_answers(self) -> list[PublicAnswer]:
        """The answers that everybody sees, the oldest first."""
        oldest = self._now() - KEPT_DAYS * DAY_S

        def read(connection: Connection) -> list[PublicAnswer]:
            rows = connection.rows(
                "SELECT server, key, channel, message, question, details, told FROM answer "
                "WHERE message IS NOT NULL AND details IS NOT NULL AND at >= $1 ORDER BY at",
                oldest,
            )
            return [answer for row in rows if (answer := _public(row)) is not None]

        return await self._records.read(read)

    async def record_shown(self, answer: PublicAnswer, versions: Mapping[int, int] | None) -> None:
        """Record what an answer's message says of its sources.

        Args:
            answer: The answer.
            versions: The article's version by the source's number, of the sources that it says
                something new of; None where the message is gone.
        """

        def write(connection: Connection) -> None:
            connection.execute(
                "UPDATE answer SET told = $1, message = $2 WHERE server = $3 AND key = $4",
                json.dumps({**answer.shown_versions, **(versions or {})}),
                None if versions is None else answer.message,
                answer.server or 0,
                answer.key,
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
    """Delete what is too old; returns how many rows that deleted or changed."""
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
    """Moment, question and details of an answer, where it was given and for who may see it."""
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
