"""Promises: whoever is shown "thinking…" gets an answer, or a sentence that says why not.

Also when the process is killed in between: a promise is written down before it is made, and
struck out when it is kept. What is found written down at a start is answered then.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any, cast

import discord

from cogs import journal
from cogs.journal import Promise
from cogs.line import is_place, place
from cogs.pieces import Card
from cogs.pieces import said as sentence_card
from cogs.records import Records
from cogs.replies import (
    GONE,
    LINE_ERRORS,
    TOKEN_LIFE,
    Place,
    Seen,
    acknowledge,
    finish,
    put,
    reply,
    say,
    unforeseen,
)
from corpus.errors import FootnoteError
from retrieval.errors import AskerError

log = logging.getLogger(__name__)

TIME_LIMIT_S = 60.0  # of the work on one answer, waiting in line included
JOURNAL_S = 1.0  # of the three that Discord waits; a slow disk must not take them all
EXCUSE_S = 2.0
FORGOTTEN_AFTER = timedelta(days=1)  # who asked then has long looked elsewhere

TOO_SLOW = "This took too long; please ask again in a moment."
STOPPING = "I am being stopped just now; please ask again in a moment."
INTERRUPTED = "I was interrupted before this was done; please try it again."
# Stands for the id of what an interaction was answered with, in Discord's addresses.
ORIGINAL = cast(int, "@original")

Said = Card | str
Work = Callable[[], Awaitable[Said]]


class Unwanted(Exception):
    """The question was taken back: nobody is there to hear the answer."""


async def tell_place(interaction: discord.Interaction[Any], ahead: int) -> None:
    """Say the place in the line where "thinking…" stands. Raises Unwanted where that is gone."""
    try:
        await interaction.edit_original_response(content=place(ahead))
    except discord.HTTPException as error:
        if error.code in GONE:
            raise Unwanted from error
    except LINE_ERRORS as error:  # the answer is what matters
        log.info("A place in the line could not be told: %r", error)


async def type_in(channel: discord.abc.MessageableChannel) -> None:
    """Have "typing…" shown in a channel for some seconds, where that is allowed."""
    try:
        await channel.typing()
    except (discord.HTTPException, *LINE_ERRORS) as error:
        log.info("Typing could not be shown: %r", error)


class Fate(Enum):
    """What becomes of a promise whose work was cancelled."""

    LEFT = auto()  # it stays written down, for the next start
    EXCUSED = auto()
    DROPPED = auto()  # nobody wants to hear it any more


@dataclass(slots=True)
class _Live:
    """A promise that is being kept just now."""

    promise: Promise
    task: asyncio.Task[Any]
    fate: Fate = Fate.LEFT
    is_ending: bool = False  # the answer is on its way, and may have arrived

    def cancel(self, fate: Fate) -> None:
        self.fate = fate
        self.task.cancel()


@dataclass(slots=True)
class Promises:
    """All that one client has promised. Made by the client, and over when the client is."""

    records: Records
    time_limit_s: float = TIME_LIMIT_S
    _stopping: bool = False
    _seen: Seen = field(default_factory=Seen)
    _live: dict[int, _Live] = field(default_factory=dict)

    def is_new(self, event_id: int) -> bool:
        """Whether an event came for the first time, and there is time for it."""
        return not self._seen.before(event_id) and not self._stopping

    async def answer(
        self,
        interaction: discord.Interaction[Any],
        work: Work,
        *,
        private: bool = False,
        in_place: bool = False,
        again: dict[str, Any] | None = None,
    ) -> None:
        """Acknowledge, and show what comes of `work`: a card, or a sentence.

        An AskerError that it raises is said as it is. Its exceptions never come out here. With
        `in_place` the card that was pressed is changed, and nobody sees "thinking…". `again` is
        what `recover` needs to do the same after a crash.
        """
        if self._seen.before(interaction.id):
            return
        if self._stopping:
            await say(interaction, STOPPING)
            return
        promise = Promise(
            interaction.id,
            interaction.guild_id,
            interaction.channel_id or 0,
            interaction.user.id,
            interaction.token,
            private,
            again,
        )

        async def begin() -> None:
            await acknowledge(interaction, private=private, in_place=in_place)

        async def end(said: Said) -> None:
            shown = sentence_card(said) if in_place and isinstance(said, str) else said
            await finish(interaction, private=private, **_spread(shown))

        await self._keep(promise, work, begin, end, is_noted=not in_place)

    async def answer_message(self, message: discord.Message, work: Work) -> None:
        """The same for a message that somebody wrote to the bot."""
        if self._seen.before(message.id):
            return
        if self._stopping:
            await reply(message, sentence=STOPPING)
            return
        await self._keep(_promise_of(message), work, _nothing, lambda said: _reply(message, said))

    def drop(self, is_meant: Callable[[Promise], bool]) -> None:
        """Work no longer on what nobody can hear any more: a message, a channel is gone."""
        for live in list(self._live.values()):
            if is_meant(live.promise):
                live.cancel(Fate.DROPPED)

    async def settle(self, within_s: float) -> None:
        """Take nothing new, wait for what is under way, and excuse what takes longer."""
        self._stopping = True
        tasks = [live.task for live in self._live.values()]
        if tasks:
            await asyncio.wait(tasks, timeout=within_s)
        late = list(self._live.values())
        for live in late:
            live.cancel(Fate.EXCUSED)
        if late:
            await asyncio.wait([live.task for live in late], timeout=EXCUSE_S)

    def let_go(self) -> None:
        """The line is gone: all work ends, and what was promised is left for the next start."""
        for live in self._live.values():
            live.task.cancel()

    # -- after a crash -------------------------------------------------------------------

    async def recover(
        self,
        client: discord.Client,
        again: Callable[[Promise], Awaitable[Said]],
        respond: Callable[[discord.Message], Awaitable[Said]],
    ) -> None:
        """Answer, or excuse, all that an earlier client promised.

        `again` makes an interaction's answer, `respond` a message's.
        """
        try:
            left = [p for p in await journal.pending(self.records) if p.id not in self._live]
        except FootnoteError as error:
            log.warning("Nobody knows what was left unanswered: %s", error)
            return
        if left:
            log.info("%d answers were left unfinished; they are given now", len(left))
        async with asyncio.TaskGroup() as tasks:
            for promise in left:
                if discord.utils.utcnow() - promise.made_at > FORGOTTEN_AFTER:
                    tasks.create_task(self._strike(promise))
                elif promise.token is not None:
                    self._seen.before(promise.id)
                    tasks.create_task(self._recover(client, promise, promise.token, again))
                else:
                    self._seen.before(promise.id)
                    tasks.create_task(self._recover_message(client, promise, respond))

    async def _recover(
        self,
        client: discord.Client,
        promise: Promise,
        token: str,
        again: Callable[[Promise], Awaitable[Said]],
    ) -> None:
        is_late = discord.utils.utcnow() - promise.made_at > TOKEN_LIFE

        async def work() -> Said:
            if is_late:
                return _late(promise)
            return INTERRUPTED if promise.again is None else await again(promise)

        async def end(said: Said) -> None:
            hook = _hook(client, token)
            if not await _is_answered(hook):
                await put(_place(client, hook, promise), **_spread(said))

        await self._keep(promise, work, _nothing, end)

    async def _recover_message(
        self,
        client: discord.Client,
        promise: Promise,
        respond: Callable[[discord.Message], Awaitable[Said]],
    ) -> None:
        await client.wait_until_ready()
        try:
            channel = client.get_channel(promise.channel) or await client.fetch_channel(
                promise.channel
            )
            if not isinstance(channel, discord.abc.Messageable):
                raise TypeError(f"channel {promise.channel} holds no messages")
            message = await channel.fetch_message(promise.id)
            # The bot's own messages are the only ones that a reply is looked for in.
            if await _has_reply(channel, message, client.user):
                await self._strike(promise)
                return
        except discord.HTTPException as error:
            log.info("A question that was left unanswered cannot be read any more: %s", error)
            await self._strike(promise)
            return
        except LINE_ERRORS as error:
            log.warning("A question that was left unanswered is left once more: %r", error)
            return
        is_late = discord.utils.utcnow() - promise.made_at > TOKEN_LIFE

        async def work() -> Said:
            return _late(promise) if is_late else await respond(message)

        await self._keep(promise, work, _nothing, lambda said: _reply(message, said))

    # -- one promise ---------------------------------------------------------------------

    async def _keep(
        self,
        promise: Promise,
        work: Work,
        begin: Callable[[], Awaitable[None]],
        end: Callable[[Said], Awaitable[None]],
        *,
        is_noted: bool = True,
    ) -> None:
        task = asyncio.current_task()
        assert task is not None, "promises are kept in tasks"  # noqa: S101  for the type
        live = self._live[promise.id] = _Live(promise, task)
        try:
            if is_noted:
                await self._note(promise)
            await begin()
            said = await self._outcome(work)
            live.is_ending = True
            await end(said)
            await self._strike(promise)
        except asyncio.CancelledError:
            if live.fate is Fate.EXCUSED and not live.is_ending:
                await end(STOPPING)
                await self._strike(promise)
            elif live.fate is Fate.DROPPED:
                await self._strike(promise)
            raise
        except Unwanted:
            await self._strike(promise)
        except (discord.DiscordServerError, *LINE_ERRORS) as error:
            log.warning("An answer could not be brought to Discord: %r", error)
        except Exception:
            log.exception("An answer was lost on its way to Discord")
        finally:
            del self._live[promise.id]

    async def _outcome(self, work: Work) -> Said:
        try:
            async with asyncio.timeout(self.time_limit_s):
                return await work()
        except AskerError as error:
            return str(error)
        except TimeoutError:
            log.warning("An answer took over %.0f s", self.time_limit_s)
            return TOO_SLOW
        except Unwanted:
            raise
        except Exception:  # noqa: BLE001  whatever it is, the member gets an answer
            return unforeseen("An answer")

    async def _note(self, promise: Promise) -> None:
        try:
            async with asyncio.timeout(JOURNAL_S):
                await journal.note(self.records, promise)
        except (FootnoteError, TimeoutError) as error:
            log.warning("A promise could not be written down, and is kept all the same: %r", error)

    async def _strike(self, promise: Promise) -> None:
        with suppress(FootnoteError):  # at the worst it is found answered at the next start
            await journal.strike(self.records, promise.id)


def _promise_of(message: discord.Message) -> Promise:
    server = message.guild.id if message.guild else None
    return Promise(message.id, server, message.channel.id, message.author.id)


async def _nothing() -> None:
    """A message needs no acknowledgement, and a promise of before has had its own."""


async def _reply(message: discord.Message, said: Said) -> None:
    await reply(message, **_spread(said))


def _spread(said: Said) -> dict[str, Any]:
    return {"sentence": said} if isinstance(said, str) else {"card": said}


def _late(promise: Promise) -> str:
    return (
        f"<@{promise.member}>, I was interrupted before I could answer what you asked "
        f"{_since(promise.made_at)}. Please ask again."
    )


def _since(moment: datetime) -> str:
    return discord.utils.format_dt(moment, "R")


def _hook(client: discord.Client, token: str) -> discord.Webhook:
    """What reaches an interaction's answer when the token is all that is left of it."""
    if client.application_id is None:
        raise RuntimeError("the client has not logged in")
    return discord.Webhook.partial(client.application_id, token, client=client)


async def _is_answered(hook: discord.Webhook) -> bool:
    """Whether something other than "thinking…" or a place in the line stands there already."""
    try:
        message = await hook.fetch_message(ORIGINAL)
    except discord.HTTPException as error:
        return error.code in GONE
    return not message.flags.loading and not is_place(message.content)


def _place(client: discord.Client, hook: discord.Webhook, promise: Promise) -> Place:
    found = client.get_channel(promise.channel)
    channel: discord.abc.Messageable = (
        found
        if isinstance(found, discord.abc.Messageable)
        else client.get_partial_messageable(promise.channel, guild_id=promise.server)
    )

    async def edit(**content: Any) -> None:
        await hook.edit_message(ORIGINAL, **content)

    async def whisper(**content: Any) -> None:
        private = await client.create_dm(discord.Object(promise.member))
        await private.send(**content)

    elsewhere = whisper if promise.private else channel.send
    return Place(edit, elsewhere, channel, promise.id)


async def _has_reply(
    channel: discord.abc.Messageable, message: discord.Message, me: discord.ClientUser | None
) -> bool:
    """Whether the bot answered; looked for among the messages right after the question."""
    async for later in channel.history(after=message, limit=100):
        answers = later.reference is not None and later.reference.message_id == message.id
        if answers and later.author == me:
            return True
    return False
