"""Scheduled digests: sends what is new to the channels that asked for it.

Every half minute it looks which digests are due. After a time offline, one digest makes up for all
that were missed. A digest is recorded as done after it was sent. A crash in between sends it again
with the same nonce, and for some minutes Discord drops the second one.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import discord
from discord.ext import commands, tasks

from cogs.background.rounds import one_round
from cogs.background.shards import owns
from cogs.background.source_changes import LivingAnswers
from cogs.commands.summarizing import Summarizing
from cogs.interactions.sending import CONNECTION_ERRORS
from cogs.records.answers import Spot
from cogs.records.digest_schedule import Schedule
from cogs.records.seen_summaries import DIGEST
from cogs.records.server_settings import WHOLE_SERVER, check_place
from cogs.services import ServiceClient
from cogs.ui.locale import use_language_in
from corpus.errors import FootnoteError
from corpus.storage.connection import Connection
from retrieval.errors import AskerError

log = logging.getLogger(__name__)

LOOK_S = 30.0


@dataclass(frozen=True, slots=True)
class DueDigest:
    """A channel's digest, due at `since`; `before` is when the one before was due. Both in UTC."""

    server: int
    channel: int
    since: datetime
    before: datetime | None = None

    @property
    def nonce(self) -> int:
        """The nonce of every attempt to send this digest."""
        identity = f"{self.server} {self.channel} {self.since.isoformat()}"
        return int.from_bytes(hashlib.sha256(identity.encode()).digest()[:7])


class Digests(commands.Cog):
    """Sends the digests for the servers of one client."""

    def __init__(
        self,
        client: ServiceClient,
        summarizing: Summarizing,
        living: LivingAnswers,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._client = client
        self._records = client.services.records
        self._rules = client.services.rules
        self._seen = client.services.seen
        self._summarizing = summarizing
        self._living = living
        self._now = now

    async def cog_load(self) -> None:
        self.repeat.start()

    async def cog_unload(self) -> None:
        self.repeat.cancel()

    @tasks.loop(seconds=LOOK_S, name="digests")
    async def repeat(self) -> None:
        with one_round("Looking for digests that are due"):
            await self.look()

    @repeat.before_loop
    async def _wait(self) -> None:
        await self._client.wait_until_ready()

    async def look(self) -> None:
        """Send the digests that are due. Raises FootnoteError if the records cannot be read."""
        for due in await self.due():
            try:
                await self._send(due)
            except (FootnoteError, *CONNECTION_ERRORS, discord.DiscordServerError) as error:
                log.warning(
                    "The digest of channel %d failed and is tried again: %r", due.channel, error
                )
            except discord.HTTPException as error:
                log.warning("No digest can be sent to channel %d: %s", due.channel, error)
                await self._done(due)

    async def due(self) -> list[DueDigest]:
        """The digests that are due and not done. A new schedule begins with its next time."""
        now = self._now()
        wanted = await self._records.read(
            lambda connection: connection.rows(
                "SELECT server, channel, value FROM setting "
                "WHERE name = 'digest' AND channel <> $1",
                WHOLE_SERVER,
            )
        )
        done = await self._records.read(
            lambda connection: {
                (server, channel): due
                for server, channel, due in connection.rows("SELECT * FROM digest")
            }
        )
        found = []
        for server, channel, value in wanted:
            if not owns(self._client, server):
                continue
            rules = await self._rules.of(server)
            last = Schedule.parse(json.loads(value)).last_due(now, rules.zone)
            before = done.get((server, channel))
            if before is None:
                await self._done(DueDigest(server, channel, last))
            elif last.timestamp() > before:
                found.append(DueDigest(server, channel, last, datetime.fromtimestamp(before, UTC)))
        return found

    async def _send(self, due: DueDigest) -> None:
        await use_language_in(self._client, due.server, due.channel)
        spot = Spot(due.server, due.channel, 0)
        rules = await self._rules.of(due.server, due.channel)
        try:
            check_place(rules)
        except AskerError:
            await self._done(due)
            return
        seen = await self._seen.last(spot, DIGEST)
        articles = await self._summarizing.find_news(spot, seen, due.before)
        if articles:
            at = self._now().astimezone(rules.zone)
            card, key = await self._summarizing.make_digest(spot, articles, at)
            channel = self._client.get_partial_messageable(due.channel, guild_id=due.server)
            message = None if card is None else await channel.send(view=card, nonce=due.nonce)
            await self._seen.record(spot, DIGEST, articles)
            if key is not None and message is not None:
                await self._living.stands(key, due.server, message)
        await self._done(due)

    async def _done(self, due: DueDigest) -> None:
        def write(connection: Connection) -> None:
            connection.execute(
                "INSERT INTO digest VALUES ($1, $2, $3) "
                "ON CONFLICT (server, channel) DO UPDATE SET due = excluded.due",
                due.server,
                due.channel,
                due.since.timestamp(),
            )

        await self._records.write(write)
