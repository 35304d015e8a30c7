"""Promises: whoever is shown "thinking…" gets an answer, or a sentence that says why not.

Also when the process is killed in between: a promise is written down before it is made, and
struck out when it is kept. What is found written down at a start is for
cogs/background/recovery.py.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import partial
from typing import Any

import discord
from structlog.contextvars import bind_contextvars, unbind_contextvars

from cogs.interactions.queue_position import place
from cogs.interactions.sending import (
    GONE,
    LINE_ERRORS,
    Seen,
    acknowledge,
    finish,
    reply,
    say,
    unforeseen,
)
from cogs.records import outbox
from cogs.records.database import Records
from cogs.records.outbox import Promise
from cogs.ui.components import Card, Pictured
from cogs.ui.components import said as sentence_card
from cogs.ui.locale import speak_to
from corpus.errors import FootnoteError
from retrieval.errors import AskerError
from retrieval.wording.translations import own

log = logging.getLogger(__name__)

TIME_LIMIT_S = 60.0  # of the work on one answer, waiting in line included
JOURNAL_S = 1.0  # of the three that Discord waits; a slow disk must not take them all
EXCUSE_S = 2.0

TOO_SLOW = "This took too long; please ask again in a moment."
STOPPING = "I am being stopped just now; please ask again in a moment."

Said = Card | Pictured | str
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


async def _unnoticed(promise: Promise, message: discord.Message) -> None:
    """Nobody follows what becomes of answers."""


class Ending(Enum):
    """What becomes of a promise whose work was cancelled."""

    LEFT = auto()  # it stays written down, for the next start
    EXCUSED = auto()
    DROPPED = auto()  # nobody wants to hear it any more


@dataclass(slots=True)
class _Live:
    """A promise that is being kept just now."""

    promise: Promise
    task: asyncio.Task[Any]
    ending: Ending = Ending.LEFT
    is_ending: bool = False  # the answer is on its way, and may have arrived

    def cancel(self, ending: Ending) -> None:
        self.ending = ending
        self.task.cancel()


@dataclass(slots=True)
class Promises:
    """All that one client has promised. Made by the client, and over when the client is.

    `on_shown` is told of each message that an answer came in; it raises nothing.
    """

    records: Records
    time_limit_s: float = TIME_LIMIT_S
    on_shown: Callable[[Promise, discord.Message], Awaitable[None]] = _unnoticed
    _stopping: bool = False
    _seen: Seen = field(default_factory=Seen)
    _placed: dict[int, discord.Message] = field(default_factory=dict)
    _live: dict[int, _Live] = field(default_factory=dict)

    def is_kept(self, promise: Promise) -> bool:
        """Whether it is being kept just now."""
        return promise.id in self._live

    @property
    def under_way(self) -> int:
        """How many are being kept just now."""
        return len(self._live)

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
        within_s: float | None = None,
    ) -> None:
        """Acknowledge, and show what comes of `work`: a card, or a sentence.

        An AskerError that it raises is said as it is. Its exceptions never come out here. With
        `in_place` the card that was pressed is changed, and nobody sees "thinking…". `again` is
        what `recover` needs to do the same after a crash. `within_s` is how long the work may take
        where it is no question.
        """
        if self._seen.before(interaction.id):
            return
        await speak_to(interaction)
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

        async def end(said: Said) -> object:
            shown = sentence_card(own(said)) if in_place and isinstance(said, str) else said
            return await finish(interaction, private=private, **spread(shown))

        await self.keep(promise, work, begin, end, is_noted=not in_place, within_s=within_s)

    async def answer_message(self, message: discord.Message, work: Work) -> None:
        """The same for a message that somebody wrote to the bot."""
        if self._seen.before(message.id):
            return
        if self._stopping:
            await reply(message, sentence=own(STOPPING))
            return
        try:
            await self.keep(_promise_of(message), work, nothing, partial(self._end, message))
        finally:
            self._placed.pop(message.id, None)

    async def tell_place_below(self, message: discord.Message, ahead: int) -> None:
        """The place in the line in a reply, which the answer takes the place of in the end."""
        card = sentence_card(place(ahead))
        with suppress(discord.HTTPException, *LINE_ERRORS):  # the answer is what matters
            if (placed := self._placed.get(message.id)) is None:
                self._placed[message.id] = await message.reply(view=card, mention_author=False)
            else:
                await placed.edit(view=card)

    async def _end(self, message: discord.Message, said: Said) -> object:
        placed = self._placed.get(message.id)
        return await reply(message, placed=placed, **spread(said))

    def drop(self, is_meant: Callable[[Promise], bool]) -> None:
        """Work no longer on what nobody can hear any more: a message, a channel is gone."""
        for live in list(self._live.values()):
            if is_meant(live.promise):
                live.cancel(Ending.DROPPED)

    async def settle(self, within_s: float) -> None:
        """Take nothing new, wait for what is under way, and excuse what takes longer."""
        self._stopping = True
        tasks = [live.task for live in self._live.values()]
        if tasks:
            await asyncio.wait(tasks, timeout=within_s)
        late = list(self._live.values())
        for live in late:
            live.cancel(Ending.EXCUSED)
        if late:
            await asyncio.wait([live.task for live in late], timeout=EXCUSE_S)

    def let_go(self) -> None:
        """The line is gone: all work ends, and what was promised is left for the next start."""
        for live in self._live.values():
            live.task.cancel()

    async def keep(
        self,
        promise: Promise,
        work: Work,
        begin: Callable[[], Awaitable[None]],
        end: Callable[[Said], Awaitable[object]],
        *,
        is_noted: bool = True,
        within_s: float | None = None,
    ) -> None:
        """Do the `work` and what stands around it, in the running task, whatever happens."""
        task = asyncio.current_task()
        assert task is not None, "promises are kept in tasks"  # noqa: S101  for the type
        live = self._live[promise.id] = _Live(promise, task)
        bind_contextvars(server=promise.server, channel=promise.channel, doing=promise.id)
        try:
            if is_noted:
                await self._note(promise)
            await begin()
            said = await self._outcome(work, within_s or self.time_limit_s)
            live.is_ending = True
            message = await end(said)
            await self.strike(promise)
            if isinstance(message, discord.Message):
                await self.on_shown(promise, message)
        except asyncio.CancelledError:
            if live.ending is Ending.EXCUSED and not live.is_ending:
                with suppress(discord.DiscordServerError, *LINE_ERRORS):  # else the next start
                    await end(STOPPING)
                    await self.strike(promise)
            elif live.ending is Ending.DROPPED:
                await self.strike(promise)
            raise
        except Unwanted:
            await self.strike(promise)
        except (discord.DiscordServerError, *LINE_ERRORS) as error:
            log.warning("An answer could not be brought to Discord: %r", error)
        except Exception:
            log.exception("An answer was lost on its way to Discord")
        finally:
            del self._live[promise.id]
            unbind_contextvars("server", "channel", "doing")

    async def _outcome(self, work: Work, within_s: float) -> Said:
        try:
            async with asyncio.timeout(within_s):
                return await work()
        except AskerError as error:
            return str(error)
        except TimeoutError:
            log.warning("An answer took over %.0f s", within_s)
            return TOO_SLOW
        except Unwanted:
            raise
        except Exception:  # noqa: BLE001  whatever it is, the member gets an answer
            return unforeseen("An answer")

    async def _note(self, promise: Promise) -> None:
        try:
            async with asyncio.timeout(JOURNAL_S):
                await outbox.note(self.records, promise)
        except (FootnoteError, TimeoutError) as error:
            log.warning("A promise could not be written down, and is kept all the same: %r", error)

    async def strike(self, promise: Promise) -> None:
        """Forget a promise that was kept, or that nobody waits for."""
        with suppress(FootnoteError):  # at the worst it is found answered at the next start
            await outbox.strike(self.records, promise.id)


def promises_of(interaction: discord.Interaction[Any]) -> Promises:
    """The promises of the client that received the interaction."""
    promises: Promises = interaction.client.promises
    return promises


def _promise_of(message: discord.Message) -> Promise:
    server = message.guild.id if message.guild else None
    return Promise(message.id, server, message.channel.id, message.author.id)


async def nothing() -> None:
    """A message needs no acknowledgement, and a promise of before has had its own."""


def spread(said: Said) -> dict[str, Any]:
    """The argument by which what is said is shown."""
    return {"sentence": own(said)} if isinstance(said, str) else {"card": said}
