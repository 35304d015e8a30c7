"""Keeping the bot connected: start, start again, stop when told to."""

from __future__ import annotations

import asyncio
import logging
import math
import os
import random
import re
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import discord

from cogs.background.http_monitor import Monitor
from cogs.background.shards import Shards
from cogs.client import FootnoteClient
from cogs.records.database import Records
from cogs.records.departed_servers import departed_servers
from cogs.records.leases import Leases
from corpus.errors import FootnoteError
from corpus.storage.locations import Database, Folder
from retrieval.monitoring import prometheus
from retrieval.serving.service import AskService
from retrieval.writing.writer import Writer

log = logging.getLogger(__name__)

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
# When it is told to stop: for the answers that are under way, and then for each thing to close.
# With the 2 s for excuses it is less than the 10 s after which Docker and others kill.
SETTLE_S = 5.0
CLOSE_S = 1.0

# discord.py warns at every start that it cannot speak aloud, which this bot never does.
discord.VoiceClient.warn_nacl = False
discord.VoiceClient.warn_dave = False

ADVICE = (
    "copy it from the Bot page of your application in Discord's Developer Portal into "
    "FOOTNOTE_DISCORD_TOKEN"
)
# What may pass by itself.
TRANSIENT_ERRORS = (
    discord.HTTPException,
    discord.GatewayNotFound,
    discord.ConnectionClosed,
    aiohttp.ClientError,
    OSError,
    TimeoutError,
)


class TokenRefused(FootnoteError):
    """There is no token, or not one that Discord takes."""


class IntentRefused(FootnoteError):
    """The bot asks for an intent that its application does not have."""


def check_token(token: str) -> str:
    """The token without the space around it. Raises TokenRefused when it cannot be one."""
    token = token.strip()
    if not token:
        raise TokenRefused(f"The bot has no token; {ADVICE}.")
    if re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+", token, re.ASCII) is None:
        raise TokenRefused(f"This is not a bot's token; {ADVICE}.")
    return token


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How the bot is to run, besides what it needs.

    `posted_links` lets servers have links added that members post; it needs a privileged intent.
    `monitor_port` is the port for the operator's tools, 0 for none; `log_questions` lets the log
    have what members ask. `shards` are Discord's, shared out among the bots of one database.
    """

    posted_links: bool = False
    monitor_port: int = 0
    log_questions: bool = False
    shards: int = 1


def run(
    token: str,
    home: Folder | Database,
    writer: Writer | None = None,
    options: RunOptions = RunOptions(),
) -> None:
    """Answer in Discord until SIGINT or SIGTERM.

    Raises TokenRefused, IntentRefused, StoreError, PortTaken.
    """
    if not asyncio.run(_run(check_token(token), home, writer, options)):
        log.warning("Stopping in the middle of work on a library; it is done again next time")
        logging.shutdown()
        os._exit(0)  # Python itself would wait for the thread; SQLite undoes what is half done


async def _run(
    token: str, home: Folder | Database, writer: Writer | None, options: RunOptions
) -> bool:
    """False when the retrieval thread is still at work in the end.

    Members are heard while the model is loaded and the library opened: they wait in line.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    is_shared = isinstance(home, Database)
    records = await Records.of(home)
    leases = Leases(records)
    service = AskService(home, writer=writer, log_questions=options.log_questions)
    warming = asyncio.create_task(service.warm_up())

    def check(warmed: asyncio.Task[None]) -> None:
        if not warmed.cancelled() and warmed.exception() is not None:
            stop.set()

    warming.add_done_callback(check)
    watching = asyncio.create_task(
        service.articles.collector.watch(
            lambda: departed_servers(records),
            lambda library: leases.holding(f"feeds/{library}") if is_shared else no_lease(),
        )
    )
    watching.add_done_callback(_log_feeds_ended)
    clients: dict[int, FootnoteClient] = {}

    def make_client(shard: int) -> FootnoteClient:
        sharding = {} if options.shards == 1 else {"shard_id": shard, "shard_count": options.shards}
        clients[shard] = FootnoteClient(
            service, records, reads_messages=options.posted_links, **sharding
        )
        return clients[shard]

    async def run_shard(shard: int, ended: asyncio.Event) -> None:
        await keep_running(lambda: make_client(shard), token, ended)
        del clients[shard]

    monitor = _monitor(service, records, warming, clients)
    try:
        if options.monitor_port:
            await monitor.start(options.monitor_port)
        if is_shared or options.shards > 1:
            await Shards(leases, options.shards, run_shard).run(stop)
        else:
            await keep_running(lambda: make_client(0), token, stop)
        if warming.done():
            await warming  # raises what it failed of
    finally:
        watching.cancel()
        await _ends_within(CLOSE_S, monitor.close())
        await _ends_within(CLOSE_S, service.articles.collector.close())
        is_done = await _ends_within(CLOSE_S, service.close())
        await _ends_within(CLOSE_S, records.close())
    return is_done


@asynccontextmanager
async def no_lease() -> AsyncIterator[bool]:
    """There is no other bot."""
    yield True


def _monitor(
    service: AskService,
    records: Records,
    warming: asyncio.Task[None],
    clients: Mapping[int, FootnoteClient],
) -> Monitor:
    """What is checked and counted; `clients` has the one that is connected, once there is one."""

    async def records_answer() -> bool:
        return await records.read(lambda connection: True)

    async def is_warm() -> bool:
        return warming.done() and not warming.cancelled() and warming.exception() is None

    async def is_connected() -> bool:
        here = list(clients.values())
        return bool(here) and all(one.is_ready() and not one.is_closed() for one in here)

    def look() -> None:
        service.look()
        here = list(clients.values())
        prometheus.READY.set(bool(here) and all(client.is_ready() for client in here))
        prometheus.SERVERS.set(sum(len(client.guilds) for client in here))
        prometheus.ANSWERS_UNDER_WAY.set(sum(client.promises.under_way for client in here))
        known = [client.latency for client in here if math.isfinite(client.latency)]
        prometheus.LATENCY_SECONDS.set(max(known, default=0.0))

    ready = {"discord": is_connected, "model": is_warm, "records": records_answer}
    return Monitor({"records": records_answer}, ready, look)


def _log_feeds_ended(watching: asyncio.Task[None]) -> None:
    """The bot answers without its feeds too, but their owner should know."""
    if not watching.cancelled() and watching.exception() is not None:
        log.error("Feeds are not looked at any more", exc_info=watching.exception())


async def _ends_within(seconds: float, work: Awaitable[None]) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await work
    except TimeoutError:
        return False
    return True


async def keep_running(
    make_client: Callable[[], discord.Client],
    token: str,
    stop: asyncio.Event,
    *,
    sleep: Callable[[float], Coroutine[Any, Any, None]] = asyncio.sleep,
) -> None:
    """Run a client until `stop` is set; a new one when it dies of the network.

    discord.py keeps a connection alive that once stood, but dies when the first one is
    refused (Rapptz/discord.py#10520) and of a 503 at login. Raises TokenRefused, IntentRefused.
    """
    pause_s = FIRST_PAUSE_S
    while not stop.is_set():
        client = make_client()
        running = asyncio.create_task(client.start(token))
        await _wait_for_first(running, stop)
        was_ready = client.is_ready()
        if stop.is_set() and isinstance(client, FootnoteClient):
            await client.drain(SETTLE_S)
        await _close(client)
        error = await _ended_with(running)
        if stop.is_set():
            return
        if isinstance(error, discord.LoginFailure) or _is_unauthorised(error):
            raise TokenRefused(f"Discord refused the bot's token; {ADVICE}.") from error
        if isinstance(error, discord.PrivilegedIntentsRequired):
            raise IntentRefused(
                "Discord does not let this bot read messages; turn on the Message Content Intent "
                "on its Bot page in the Developer Portal, or leave FOOTNOTE_POSTED_LINKS off."
            ) from error
        if error is not None and not _is_transient(client, error):
            raise error
        pause_s = FIRST_PAUSE_S if was_ready else min(pause_s * 2, LONGEST_PAUSE_S)
        wait_s = pause_s * random.uniform(0.5, 1.0)  # noqa: S311  no secret, only jitter
        log.warning("Discord is out of reach (%r); trying again in %.0f s", error, wait_s)
        pausing = asyncio.create_task(sleep(wait_s))
        await _wait_for_first(pausing, stop)
        pausing.cancel()


async def _wait_for_first(task: asyncio.Task[None], stop: asyncio.Event) -> None:
    """Wait for the task, but no longer than until `stop` is set."""
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({task, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()


async def _close(client: discord.Client) -> None:
    try:
        await _ends_within(CLOSE_S, client.close())
    except (aiohttp.ClientError, OSError) as error:
        log.debug("While closing: %r", error)


async def _ended_with(running: asyncio.Task[None]) -> BaseException | None:
    """What the client died of; None when it ended by itself or was told to."""
    running.cancel()
    (outcome,) = await asyncio.gather(running, return_exceptions=True)
    return None if isinstance(outcome, asyncio.CancelledError) else outcome


def _is_unauthorised(error: BaseException | None) -> bool:
    return isinstance(error, discord.ConnectionClosed) and error.code == 4004


def _is_transient(client: discord.Client, error: BaseException) -> bool:
    """Whether waiting may help. The AttributeError is a first connection refused."""
    if isinstance(error, AttributeError):
        return client.ws is None
    return isinstance(error, TRANSIENT_ERRORS)
