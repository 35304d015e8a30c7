"""Discord's shards, shared out among the bots that run: each is one bot's, by a lease.

https://discord.com/developers/docs/events/gateway#sharding. With one shard, the first bot answers
and the others stand by. A bot that dies loses its shards within seconds, and others take them; one
that is told to stop gives them back.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

import discord

from cogs.records.leases import RENEW_S, TTL_S, Leases
from corpus.errors import FootnoteError

log = logging.getLogger(__name__)

IDENTIFY_S = 5.5  # Discord lets one client of a bot identify every 5 s
MARGIN_S = 3.0  # before its lease ends, a shard that could not be renewed is given up

RunShard = Callable[[int, asyncio.Event], Coroutine[Any, Any, None]]
"""Keeps a client of that shard running until the event is set."""


def owns(client: discord.Client, server: int | None) -> bool:
    """Whether a server is of the client's shard; direct messages are the first one's."""
    return shard_of(server, client.shard_count or 1) == (client.shard_id or 0)


def shard_of(server: int | None, count: int) -> int:
    return ((server or 0) >> 22) % count


class Shards:
    """The shards that this process runs, of `count` in all."""

    def __init__(self, leases: Leases, count: int, run_shard: RunShard) -> None:
        self._leases = leases
        self._count = count
        self._run_shard = run_shard
        self._running: dict[int, tuple[asyncio.Task[None], asyncio.Event]] = {}
        self._renewed_at: dict[int, float] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set. Raises what a shard's client died of for good."""
        try:
            while not stop.is_set():
                try:
                    await self._look()
                except FootnoteError as error:
                    log.warning("Nobody knows whose shards are whose: %s", error)
                await self._give_up_late()
                self._raise_failed()
                with suppress(TimeoutError):
                    async with asyncio.timeout(RENEW_S):
                        await stop.wait()
        finally:
            await asyncio.gather(*(self._end(shard) for shard in list(self._running)))
            with suppress(FootnoteError):
                await self._leases.release(self._process)

    @property
    def _process(self) -> str:
        return f"process/{self._leases.holder}"

    async def _look(self) -> None:
        """Renew what is ours, take what is free, give what is too much."""
        await self._leases.hold(self._process)
        others = max(1, await self._leases.count("process/"))
        mine = math.ceil(self._count / others)
        for shard in list(self._running):
            if await self._leases.hold(_lease(shard)):
                self._renewed_at[shard] = time.monotonic()
            else:
                log.warning("Shard %d is another bot's now", shard)
                await self._end(shard)
        while len(self._running) > mine:
            await self._end(max(self._running))
        for shard in range(self._count):
            if len(self._running) >= mine:
                return
            if shard not in self._running and await self._leases.hold(_lease(shard)):
                if not await self._leases.hold("identify", IDENTIFY_S):
                    await self._leases.release(_lease(shard))
                    return
                self._begin(shard)
                return  # the next one after that pause

    def _begin(self, shard: int) -> None:
        log.info("Shard %d of %d is ours", shard, self._count)
        ended = asyncio.Event()
        task = asyncio.create_task(self._run_shard(shard, ended), name=f"shard {shard}")
        self._running[shard] = task, ended
        self._renewed_at[shard] = time.monotonic()

    async def _end(self, shard: int) -> None:
        """Answer what is under way there, and let another have it."""
        task, ended = self._running.pop(shard)
        ended.set()
        await asyncio.wait([task])
        with suppress(FootnoteError):
            await self._leases.release(_lease(shard))

    async def _give_up_late(self) -> None:
        for shard, at in list(self._renewed_at.items()):
            if shard in self._running and time.monotonic() - at > TTL_S - MARGIN_S:
                log.warning("Shard %d could not be kept; another bot may have it", shard)
                await self._end(shard)

    def _raise_failed(self) -> None:
        for task, _ in self._running.values():
            if task.done() and not task.cancelled() and (error := task.exception()) is not None:
                raise error


def _lease(shard: int) -> str:
    return f"shard/{shard}"
