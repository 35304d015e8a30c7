"""Splits Discord's shards among the running bots; a lease says which bot has a shard.

See https://discord.com/developers/docs/events/gateway#sharding. With one shard, one bot is active
and the rest stand by. A bot that dies loses its shards within seconds to the others. A bot that
is stopped gives them back.
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
MARGIN_S = 3.0  # a shard that could not be renewed is given up so long before its lease ends

RunShard = Callable[[int, asyncio.Event], Coroutine[Any, Any, None]]
"""Keeps the client of a shard running until the event is set."""


def owns(client: discord.Client, server: int | None) -> bool:
    """Whether a server belongs to the client's shard; direct messages (None) belong to shard 0."""
    return shard_of(server, client.shard_count or 1) == (client.shard_id or 0)


def shard_of(server: int | None, count: int) -> int:
    """Discord's rule: the shard of a server, of `count` shards in all."""
    """Discord's rule: the shard of a server, of `count` shards in all."""
    return ((server or 0) >> 22) % count


class Shards:
    """The shards that this process runs, of `count` shards in all."""

    def __init__(self, leases: Leases, count: int, run_shard: RunShard) -> None:
        self._leases = leases
        self._count = count
        self._run_shard = run_shard
        self._running: dict[int, tuple[asyncio.Task[None], asyncio.Event]] = {}
        self._renewed_at: dict[int, float] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Run shards until `stop` is set. Raises the error that ended a shard's client for good."""
        try:
            while not stop.is_set():
                try:
                    await self._balance()
                except FootnoteError as error:
                    log.warning("The leases of the shards could not be read: %s", error)
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

    async def _balance(self) -> None:
        """Renew our shards, give back those above our share, and take a free one."""
        await self._leases.hold(self._process)
        others = max(1, await self._leases.count("process/"))
        mine = math.ceil(self._count / others)
        for shard in list(self._running):
            if await self._leases.hold(_lease(shard)):
                self._renewed_at[shard] = time.monotonic()
            else:
                log.warning("Another bot has shard %d now", shard)
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
                return  # the next shard comes after IDENTIFY_S

    def _begin(self, shard: int) -> None:
        log.info("This bot runs shard %d of %d", shard, self._count)
        ended = asyncio.Event()
        task = asyncio.create_task(self._run_shard(shard, ended), name=f"shard {shard}")
        self._running[shard] = task, ended
        self._renewed_at[shard] = time.monotonic()

    async def _end(self, shard: int) -> None:
        """Let the shard finish its answers, then release it."""
        task, ended = self._running.pop(shard)
        ended.set()
        await asyncio.wait([task])
        with suppress(FootnoteError):
            await self._leases.release(_lease(shard))

    async def _give_up_late(self) -> None:
        for shard, at in list(self._renewed_at.items()):
            if shard in self._running and time.monotonic() - at > TTL_S - MARGIN_S:
                log.warning("The lease of shard %d was not renewed; another bot may take it", shard)
                await self._end(shard)

    def _raise_failed(self) -> None:
        for task, _ in self._running.values():
            if task.done() and not task.cancelled() and (error := task.exception()) is not None:
                raise error


def _lease(shard: int) -> str:
    return f"shard/{shard}"
