"""Answers, or excuses, the promises that an earlier client left open."""

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

FORGOTTEN_AFTER = timedelta(days=1)  # nobody waits for so long
INTERRUPTED = "I was interrupted before this was done; please try again."
# Discord's name, in addresses, for the message that answered an interaction.
ORIGINAL = cast(int, "@original")


class Recovery(commands.Cog):
    """Starts with the client; `recovering` ends when everybody has an answer."""

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
            log.info("%d answers were left unfinished; giving them now", len(left))
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
        log.warning("An unanswered question is left for the next start: %r", error)
        return
    except discord.HTTPException as error:
        log.info("An unanswered question can no longer be read: %s", error)
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
    """The webhook that edits an interaction's answer, made from its token alone."""
    if client.application_id is None:
        raise RuntimeError("the client has not logged in")
    return discord.Webhook.partial(client.application_id, token, client=client)


async def _is_answered(hook: discord.Webhook) -> bool:
    """Whether the message shows more than "thinking…", a queue position or progress."""
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
    """Fetch the message, and the bot's reply with its queue position, if there is one.

    None for the message if one of the hundred messages after it is the bot's answer.
    """
    channel = client.get_channel(promise.channel) or await client.fetch_channel(promise.channel)
    placed = None
    if not isinstance(channel, discord.abc.Messageable):
        return None, None
    message = await channel.fetch_message(promise.id)
    async for later in channel.history(after=message, limit=100):
        answers = later.reference is not None and later.reference.message_id == message.id
        if answers and later.author == client.user:
            if not _shows_position(later):
                return None, None
            placed = later
    return message, placed


def _shows_position(message: discord.Message) -> bool:
    texts = [part.content for part in message.components if isinstance(part, discord.TextDisplay)]
    return len(texts) == len(message.components) == 1 and is_position_sentence(texts[0])
