"""Keeping the bot connected: start, start again, stop when told to."""

from __future__ import annotations

import asyncio
import logging
import random
import re
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
import discord

from cogs.client import FootnoteClient
from cogs.records import FILE_NAME, Records
from corpus.errors import FootnoteError
from retrieval.service import AskService
from retrieval.writer import Writer

log = logging.getLogger(__name__)

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
# When it is told to stop: for the answers that are under way, and for all that comes after.
SETTLE_S = 5.0

ADVICE = (
    "copy it from the Bot page of your application in Discord's Developer Portal into "
    "FOOTNOTE_DISCORD_TOKEN"
)
# What may pass by itself.
PASSING = (
    discord.HTTPException,
    discord.GatewayNotFound,
    discord.ConnectionClosed,
    aiohttp.ClientError,
    OSError,
    TimeoutError,
)


class TokenRefused(FootnoteError):
    """There is no token, or not one that Discord takes."""


def checked_token(token: str) -> str:
    """The token without the space around it. Raises TokenRefused when it cannot be one."""
    token = token.strip()
    if not token:
        raise TokenRefused(f"The bot has no token; {ADVICE}.")
    if re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+", token, re.ASCII) is None:
        raise TokenRefused(f"This is not a bot's token; {ADVICE}.")
    return token


def run(token: str, data_dir: Path, writer: Writer | None = None) -> None:
    """Answer in Discord until SIGINT or SIGTERM. Raises TokenRefused, and StoreError."""
    asyncio.run(_run(checked_token(token), data_dir, writer))


async def _run(token: str, data_dir: Path, writer: Writer | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    records = await Records.open(data_dir / FILE_NAME)
    service = AskService(data_dir, writer=writer)
    try:
        await service.warm_up()
        await keep_running(lambda: FootnoteClient(service, records), token, stop)
    finally:
        await service.close()
        await records.close()


async def keep_running(
    make_client: Callable[[], discord.Client],
    token: str,
    stop: asyncio.Event,
    *,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Run a client until `stop` is set; a new one when it dies of the network.

    discord.py keeps a connection alive that once stood, but dies when the first one is
    refused (Rapptz/discord.py#10520) and of a 503 at login. Raises TokenRefused.
    """
    pause_s = FIRST_PAUSE_S
    while not stop.is_set():
        client = make_client()
        running = asyncio.create_task(client.start(token))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        was_ready = client.is_ready()
        if stop.is_set() and isinstance(client, FootnoteClient):
            await client.settle(SETTLE_S)
        await _closed(client)
        error = await _outcome(running)
        stopping.cancel()
        if stop.is_set():
            return
        if isinstance(error, discord.LoginFailure) or _is_unauthorised(error):
            raise TokenRefused(f"Discord refused the bot's token; {ADVICE}.") from error
        if error is not None and not _is_passing(client, error):
            raise error
        pause_s = FIRST_PAUSE_S if was_ready else min(pause_s * 2, LONGEST_PAUSE_S)
        wait_s = pause_s * random.uniform(0.5, 1.0)  # noqa: S311  no secret, only jitter
        log.warning("Discord is out of reach (%r); trying again in %.0f s", error, wait_s)
        await sleep(wait_s)


async def _closed(client: discord.Client) -> None:
    try:
        await client.close()
    except (aiohttp.ClientError, OSError) as error:
        log.debug("While closing: %r", error)


async def _outcome(running: asyncio.Task[None]) -> BaseException | None:
    """What the client died of; None when it ended by itself or was told to."""
    running.cancel()
    (outcome,) = await asyncio.gather(running, return_exceptions=True)
    return None if isinstance(outcome, asyncio.CancelledError) else outcome


def _is_unauthorised(error: BaseException | None) -> bool:
    return isinstance(error, discord.ConnectionClosed) and error.code == 4004


def _is_passing(client: discord.Client, error: BaseException) -> bool:
    """Whether waiting may help. The AttributeError is a first connection refused."""
    if isinstance(error, AttributeError):
        return client.ws is None
    return isinstance(error, PASSING)
