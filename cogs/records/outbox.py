"""Replies that are promised and not sent yet, written down so that a crash forgets nobody."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import discord

from cogs.records.database import Records
from corpus.storage.connection import Connection


@dataclass(frozen=True, slots=True)
class Promise:
    """A reply that is promised: Discord shows "thinking…", or a message is being answered.

    Attributes:
        id: The interaction's or the message's; it tells when that was.
        server: None in private.
        channel: Where the reply is due.
        member: Who asked.
        token: The interaction's; a message has none.
        private: Whether only that member may see the reply.
        again: What to ask again after a crash, as JSON can hold it; None where the bot can only
            excuse itself.
    """

    id: int
    server: int | None
    channel: int
    member: int
    token: str | None = None
    private: bool = False
    again: Mapping[str, Any] | None = None

    @property
    def made_at(self) -> datetime:
        """When it was promised, in UTC."""
        return discord.utils.snowflake_time(self.id)


async def add(records: Records, promise: Promise) -> None:
    """Write `promise` down. Raises StoreError, and Busy."""
    row = (
        promise.id,
        promise.server,
        promise.channel,
        promise.member,
        promise.token,
        promise.private,
        None if promise.again is None else json.dumps(promise.again),
    )

    def insert(connection: Connection) -> None:
        connection.execute(
            "INSERT INTO promise VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING",
            *row,
        )

    await records.write(insert)


async def remove(records: Records, promise_id: int) -> None:
    """Delete a promise that was kept, or that nobody waits for. Raises StoreError, and Busy."""

    def delete(connection: Connection) -> None:
        connection.execute("DELETE FROM promise WHERE id = $1", promise_id)

    await records.write(delete)


async def pending(records: Records) -> list[Promise]:
    """All promises that are written down, oldest first. Raises StoreError, and Busy."""

    def select(connection: Connection) -> list[Promise]:
        rows = connection.rows(
            "SELECT id, server, channel, member, token, private, again FROM promise ORDER BY id"
        )
        return [
            Promise(
                number,
                server,
                channel,
                member,
                token,
                bool(private),
                None if again is None else json.loads(again),
            )
            for number, server, channel, member, token, private, again in rows
        ]

    return await records.read(select)
