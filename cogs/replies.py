"""Answers on their way out: sent again when the line drops, said elsewhere when it must be."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import discord

from cogs.pieces import Card

log = logging.getLogger(__name__)

ATTEMPTS = 4
FIRST_PAUSE_S = 0.5
NOT_SHOWN = "The answer could not be shown here; the operator's log says why."
# discord.py lets a dropped connection through as aiohttp's error, not as its own.
LINE_ERRORS = (aiohttp.ClientError, TimeoutError, OSError)


class Seen:
    """The last ids that were seen: the gateway may deliver an event twice."""

    def __init__(self, size: int = 2048) -> None:
        self._ids: OrderedDict[int, None] = OrderedDict()
        self._size = size

    def before(self, event_id: int) -> bool:
        """Whether this id came before; from now on it has."""
        if event_id in self._ids:
            return True
        self._ids[event_id] = None
        if len(self._ids) > self._size:
            self._ids.popitem(last=False)
        return False


def unforeseen(what: str) -> str:
    """Log the exception that is being handled; returns what to say, with a reference to it."""
    reference = secrets.token_hex(3)
    log.exception("%s failed, reference %s", what, reference)
    return f"Something went wrong here (reference {reference}); the operator's log says what."


async def finish(
    interaction: discord.Interaction[Any],
    *,
    card: Card | None = None,
    sentence: str = "",
    private: bool = False,
) -> None:
    """Put the card or the sentence where "thinking…" stands.

    When that place is gone, the channel gets it, unless it is `private`; when nothing works, the
    log hears of it.
    """
    content: dict[str, Any] = {"content": sentence} if card is None else {"view": card}
    try:
        await _persistently(lambda: interaction.edit_original_response(**content))
    except (discord.HTTPException, *LINE_ERRORS) as error:
        log.warning("An answer could not be put in its place: %s", error)
        channel = interaction.channel
        if isinstance(error, discord.NotFound):
            if private or not isinstance(channel, discord.abc.Messageable):
                return
            await _quietly(lambda: channel.send(**content))
        elif card is not None:  # never left at "thinking…"
            await _quietly(lambda: interaction.edit_original_response(content=NOT_SHOWN))


async def reply(message: discord.Message, *, card: Card | None = None, sentence: str = "") -> None:
    """Answer a message. Where that is not allowed, its author is told which permission lacks."""
    content: dict[str, Any] = {"content": sentence} if card is None else {"view": card}
    content["nonce"] = secrets.randbits(63)  # one for all attempts: Discord drops the second
    try:
        await _persistently(lambda: message.reply(mention_author=False, **content))
    except discord.Forbidden:
        lacking = _lacking(message)
        log.warning("Cannot answer in channel %s: %s", message.channel.id, lacking)
        await _quietly(
            lambda: message.author.send(
                f"I cannot answer in {message.channel}: I lack the permission “{lacking}” there. "
                "Please tell whoever runs the server."
            )
        )
    except (discord.HTTPException, *LINE_ERRORS) as error:
        log.warning("A message could not be answered: %s", error)
        if card is not None:
            await _quietly(lambda: message.reply(NOT_SHOWN, mention_author=False))


def _lacking(message: discord.Message) -> str:
    """The name, as Discord's settings have it, of the permission that an answer needs."""
    channel = message.channel
    if message.guild is None or isinstance(channel, (discord.DMChannel, discord.GroupChannel)):
        return "Send Messages"
    has = channel.permissions_for(message.guild.me)
    if not has.view_channel:
        return "View Channel"
    if isinstance(channel, discord.Thread):
        return (
            "Read Message History" if has.send_messages_in_threads else "Send Messages in Threads"
        )
    return "Read Message History" if has.send_messages else "Send Messages"


async def _persistently(call: Callable[[], Awaitable[object]]) -> None:
    """Call again while the line or Discord's servers fail. Raises the last failure.

    What is called must be safe to repeat: an edit, or a message with a nonce of its own.
    """
    for attempt in range(ATTEMPTS):
        try:
            await call()
            return
        except (discord.DiscordServerError, *LINE_ERRORS):
            if attempt == ATTEMPTS - 1:
                raise
            await asyncio.sleep(FIRST_PAUSE_S * 2**attempt)


async def _quietly(call: Callable[[], Awaitable[object]]) -> None:
    try:
        await call()
    except (discord.HTTPException, *LINE_ERRORS) as error:
        log.warning("Nor elsewhere: %s", error)
