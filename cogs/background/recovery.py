"""What an earlier client promised and did not keep: answered at the next start, or excused."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import Any, cast

import discord
from discord.ext import commands

from cogs.background.shards import owns
from cogs.commands.answering import Answering
from cogs.interactions.deferred_replies import Promises, Reply, as_arguments, no_acknowledgement
from cogs.interactions.progress import is_progress
from cogs.interactions.queue_position import is_position_sentence
from cogs.interactions.sending import (
    CONNECTION_ERRORS,
    GONE,
    TOKEN_LIFE,
    ReplyTarget,
    deliver,
    reply,
)
from cogs.records import outbox
from cogs.records.outbox import Promise
from cogs.services import ServiceClient
from cogs.ui.locale import use_language_in
from corpus.errors import FootnoteError
from retrieval.wording.translations import tr

log = logging.getLogger(__name__)

FORGOTTEN_AFTER = timedelta(days=1)  # who asked then has long looked elsewhere
INTERRUPTED = "I was interrupted before this was done; please try it again."
# Stands for the id of what an interaction was answered with, in Discord's addresses.
ORIGINAL = cast(int, "@original")


class Recovery(commands.Cog):
    """Starts the work with the client; `recovering` is over when everybody has an answer."""

    def __init__(self, client: ServiceClient, answering: Answering, promises: Promises) -> None:
        self._client = client
        self._promises = promises
        self._answering = answering
        self.recovering: asyncio.Task[None] | None = None

    async def cog_load(self) -> None:
        self.recovering = asyncio.create_task(self._recover_all(), name="recovery")

    async def cog_unload(self) -> None:
        if self.recovering is not None:
            self.recovering.cancel()

    async def _recover_all(self) -> None:
        promises, client = self._promises, self._client
        try:
            written = await outbox.pending(promises.records)
            left = [p for p in written if owns(client, p.server) and not promises.is_running(p)]
        except FootnoteError as error:
            log.warning("Unfinished answers could not be looked up: %s", error)
            return
        if left:
            log.info("%d answers were left unfinished; they are given now", len(left))
        async with asyncio.TaskGroup() as tasks:
            for promise in left:
                promises.is_new(promise.id)  # so that it is ignored if Discord delivers it again
                if discord.utils.utcnow() - promise.made_at > FORGOTTEN_AFTER:
                    tasks.create_task(promises.strike(promise))
                elif promise.token is not None:
                    tasks.create_task(
                        _recover(promises, client, promise, promise.token, self._answering)
                    )
                else:
                    tasks.create_task(_recover_message(promises, client, promise, self._answering))


async def _recover(
    promises: Promises, client: ServiceClient, promise: Promise, token: str, answering: Answering
) -> None:
    is_late = discord.utils.utcnow() - promise.made_at > TOKEN_LIFE

    async def work() -> Reply:
        await use_language_in(client, promise.server, promise.channel)
        if is_late:
            return _late(promise)
        return INTERRUPTED if promise.again is None else await answering.again(promise)

    async def end(said: Reply) -> object:
        hook = _hook(client, token)
        if await _is_answered(hook):
            return None
        return await deliver(_target(client, hook, promise), **as_arguments(said))

    await promises.fulfil(promise, work, no_acknowledgement, end)


async def _recover_message(
    promises: Promises, client: ServiceClient, promise: Promise, answering: Answering
) -> None:
    await client.wait_until_ready()
    try:
        message, placed = await _unanswered(client, promise)
    except (discord.DiscordServerError, *CONNECTION_ERRORS) as error:
        log.warning("A question that was left unanswered is left once more: %r", error)
        return
    except discord.HTTPException as error:
        log.info("A question that was left unanswered cannot be read any more: %s", error)
        message, placed = None, None
    if message is None:
        await promises.strike(promise)
        return
    is_late = discord.utils.utcnow() - promise.made_at > TOKEN_LIFE

    async def work() -> Reply:
        await use_language_in(client, promise.server, promise.channel)
        return _late(promise) if is_late else await answering.respond(message)

    await promises.fulfil(
        promise,
        work,
        no_acknowledgement,
        lambda said: reply(message, placed=placed, **as_arguments(said)),
    )


def _late(promise: Promise) -> str:
    when = discord.utils.format_dt(promise.made_at, "R")
    return tr(
        "{member}, I was interrupted before I could answer what you asked {when}. "
        "Please ask again.",
        member=f"<@{promise.member}>",
        when=when,
    )


def _hook(client: ServiceClient, token: str) -> discord.Webhook:
    """What reaches an interaction's answer when the token is all that is left of it."""
    if client.application_id is None:
        raise RuntimeError("the client has not logged in")
    return discord.Webhook.partial(client.application_id, token, client=client)


async def _is_answered(hook: discord.Webhook) -> bool:
    """Whether more than "thinking…", a place in the line or progress stands there already."""
    try:
        message = await hook.fetch_message(ORIGINAL)
    except discord.HTTPException as error:
        return error.code in GONE
    text = message.content
    return not (message.flags.loading or is_position_sentence(text) or is_progress(text))


def _target(client: ServiceClient, hook: discord.Webhook, promise: Promise) -> ReplyTarget:
    found = client.get_channel(promise.channel)
    channel: discord.abc.Messageable = (
        found
        if isinstance(found, discord.abc.Messageable)
        else client.get_partial_messageable(promise.channel, guild_id=promise.server)
    )

    async def edit(**content: Any) -> object:
        return await hook.edit_message(ORIGINAL, **content)

    async def whisper(**content: Any) -> object:
        private = await client.create_dm(discord.Object(promise.member))
        return await private.send(**content)

    elsewhere = whisper if promise.private else channel.send
    return ReplyTarget(edit, elsewhere, channel, promise.id)


async def _unanswered(
    client: ServiceClient, promise: Promise
) -> tuple[discord.Message | None, discord.Message | None]:
    """The message, read again, and the reply that tells its place in the line, if one does.

    No message where the bot has answered it among the hundred after it.
    """
    channel = client.get_channel(promise.channel) or await client.fetch_channel(promise.channel)
    placed = None
    if not isinstance(channel, discord.abc.Messageable):
        return None, None
    message = await channel.fetch_message(promise.id)
    async for later in channel.history(after=message, limit=100):
        answers = later.reference is not None and later.reference.message_id == message.id
        if answers and later.author == client.user:
            if not _tells_place(later):
                return None, None
            placed = later
    return message, placed


def _tells_place(message: discord.Message) -> bool:
    texts = [part.content for part in message.components if isinstance(part, discord.TextDisplay)]
    return len(texts) == len(message.components) == 1 and is_position_sentence(texts[0])
