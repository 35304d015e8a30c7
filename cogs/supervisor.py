"""Runs the bot: starts it, restarts it after network failures, stops it on a signal."""

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
from retrieval.ranking.weights import Caution
from retrieval.serving.service import AskService, ServiceOptions
from retrieval.writing.writer import Writer

log = logging.getLogger(__name__)

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
# On a signal to stop: the time for the answers that are being worked on, then for each close.
# With 2 s for excuses that is less than the 10 s after which Docker and others kill.
SETTLE_S = 5.0
CLOSE_S = 1.0

# Without this, discord.py warns at each start that it has no voice; this bot needs none.
discord.VoiceClient.warn_nacl = False
discord.VoiceClient.warn_dave = False

ADVICE = (
    "copy it from the Bot page of your application in Discord's Developer Portal into "
    "FOOTNOTE_DISCORD_TOKEN"
)
# Failures that may pass by themselves.
TRANSIENT_ERRORS = (
    discord.HTTPException,
    discord.GatewayNotFound,
    discord.ConnectionClosed,
    aiohttp.ClientError,
    OSError,
    TimeoutError,
)


class TokenRefused(FootnoteError):
    """The token is missing, malformed, or refused by Discord."""


class IntentRefused(FootnoteError):
    """The bot asks for an intent that is not turned on for its application."""


def check_token(token: str) -> str:
    """The token without the white space around it. Raises TokenRefused if it cannot be one."""
    token = token.strip()
    if not token:
        raise TokenRefused(f"The bot has no token; {ADVICE}.")
    if re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+", token, re.ASCII) is None:
        raise TokenRefused(f"This is not a bot's token; {ADVICE}.")
    return token


@dataclass(frozen=True, slots=True)
class RunOptions:
    """Options for the run.

    Attributes:
        posted_links: Whether servers may have posted links added. Needs a privileged intent.
        monitor_port: The port for the operator's tools; 0 for none.
        log_questions: Whether the log contains what members ask.
        caution: How sure an answer must be.
        shards: The number of Discord's shards, split among the bots of one database.
    """

    posted_links: bool = False
    monitor_port: int = 0
    log_questions: bool = False
    caution: Caution = Caution.HELPFUL
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
        log.warning("Stopping during work on a library; the work is repeated next time")
        logging.shutdown()
        os._exit(0)  # Python would wait for the thread; SQLite rolls unfinished work back


async def _run(
    token: str, home: Folder | Database, writer: Writer | None, options: RunOptions
) -> bool:
    """Returns False if the retrieval thread is still working at the end.

    Members can ask while the model and the library are loaded; their questions wait in the queue.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    is_shared = isinstance(home, Database)
    records = await Records.of(home)
    leases = Leases(records)
    service = AskService(
        home, writer=writer, options=ServiceOptions(options.log_questions, options.caution)
    )
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
            await warming  # raises its error
    finally:
        watching.cancel()
        await _ends_within(CLOSE_S, monitor.close())
        await _ends_within(CLOSE_S, service.articles.collector.close())
        is_done = await _ends_within(CLOSE_S, service.close())
        await _ends_within(CLOSE_S, records.close())
    return is_done


@asynccontextmanager
async def no_lease() -> AsyncIterator[bool]:
    """The lease of a bot that is alone."""
    yield True


def _monitor(
    service: AskService,
    records: Records,
    warming: asyncio.Task[None],
    clients: Mapping[int, FootnoteClient],
) -> Monitor:
    """The monitor with its checks and gauges; `clients` holds the clients that run, by shard."""

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
    """Log why feeds are no longer read; the bot goes on answering."""
    if not watching.cancelled() and watching.exception() is not None:
        log.error("Feeds are no longer read", exc_info=watching.exception())


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
    """Run a client until `stop` is set; start a new one when the network ends it.

    discord.py reconnects by itself once it was connected, but ends when the first connection is
    refused (Rapptz/discord.py#10520) or login returns 503.

    Raises:
        TokenRefused: Discord refused the token.
        IntentRefused: An intent is not turned on.
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
    """Wait until the task ends or `stop` is set."""
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({task, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()


async def _close(client: discord.Client) -> None:
    try:
        await _ends_within(CLOSE_S, client.close())
    except (aiohttp.ClientError, OSError) as error:
        log.debug("While closing: %r", error)


async def _ended_with(running: asyncio.Task[None]) -> BaseException | None:
    """The error that ended the client; None if it ended by itself or was stopped."""
    running.cancel()
    (outcome,) = await asyncio.gather(running, return_exceptions=True)
    return None if isinstance(outcome, asyncio.CancelledError) else outcome


def _is_unauthorised(error: BaseException | None) -> bool:
    return isinstance(error, discord.ConnectionClosed) and error.code == 4004


def _is_transient(client: discord.Client, error: BaseException) -> bool:
    """Whether waiting may help. discord.py raises AttributeError for a first refused connection."""
    if isinstance(error, AttributeError):
        return client.ws is None
    return isinstance(error, TRANSIENT_ERRORS)
