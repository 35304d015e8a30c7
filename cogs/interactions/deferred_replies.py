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

from cogs.interactions.queue_position import position_sentence
from cogs.interactions.sending import (
    CONNECTION_ERRORS,
    GONE,
    RecentIds,
    acknowledge,
    finish_reply,
    reply,
    report_failure,
    say,
)
from cogs.records import outbox
from cogs.records.database import Records
from cogs.records.outbox import Promise
from cogs.ui.components import Card, CardWithPicture, sentence_card
from cogs.ui.locale import use_language_of
from corpus.errors import FootnoteError
from retrieval.errors import AskerError
from retrieval.wording.translations import translate_sentence

log = logging.getLogger(__name__)

TIME_LIMIT_S = 60.0  # of the work on one answer, waiting in line included
JOURNAL_S = 1.0  # of the three that Discord waits; a slow disk must not take them all
EXCUSE_S = 2.0

TOO_SLOW = "This took too long; please ask again in a moment."
STOPPING = "I am being stopped just now; please ask again in a moment."

Reply = Card | CardWithPicture | str
Work = Callable[[], Awaitable[Reply]]


class QuestionWithdrawn(Exception):
    """The question was taken back: nobody is there to hear the answer."""


async def show_queue_position(interaction: discord.Interaction[Any], ahead: int) -> None:
    """Say the place in the line where "thinking…" stands. Raises Unwanted where that is gone."""
    try:
        await interaction.edit_original_response(content=position_sentence(ahead))
    except discord.HTTPException as error:
        if error.code in GONE:
            raise QuestionWithdrawn from error
    except CONNECTION_ERRORS as error:  # the answer is what matters
        log.info("A place in the line could not be told: %r", error)


async def show_typing(channel: discord.abc.MessageableChannel) -> None:
    """Have "typing…" shown in a channel for some seconds, where that is allowed."""
    try:
        await channel.typing()
    except (discord.HTTPException, *CONNECTION_ERRORS) as error:
        log.info("Typing could not be shown: %r", error)


async def _unnoticed(promise: Promise, message: discord.Message) -> None:
    """Nobody follows what becomes of answers."""


class CancelReason(Enum):
    """What becomes of a promise whose work was cancelled."""

    LEFT = auto()  # it stays written down, for the next start
    EXCUSED = auto()
    DROPPED = auto()  # nobody wants to hear it any more


@dataclass(slots=True)
class _Running:
    """A promise that is being kept just now."""

    promise: Promise
    task: asyncio.Task[Any]
    reason: CancelReason = CancelReason.LEFT
    is_ending: bool = False  # the answer is on its way, and may have arrived

    def cancel(self, reason: CancelReason) -> None:
        self.reason = reason
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
    _seen: RecentIds = field(default_factory=RecentIds)
    _placed: dict[int, discord.Message] = field(default_factory=dict)
    _running: dict[int, _Running] = field(default_factory=dict)

    def is_running(self, promise: Promise) -> bool:
        """Whether it is being kept just now."""
        return promise.id in self._running

    @property
    def under_way(self) -> int:
        """How many are being kept just now."""
        return len(self._running)

    def is_new(self, event_id: int) -> bool:
        """Whether an event came for the first time, and there is time for it."""
        return not self._seen.is_repeat(event_id) and not self._stopping

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
        if self._seen.is_repeat(interaction.id):
            return
        await use_language_of(interaction)
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

        async def end(said: Reply) -> object:
            shown = (
                sentence_card(translate_sentence(said))
                if in_place and isinstance(said, str)
                else said
            )
            return await finish_reply(interaction, private=private, **as_arguments(shown))

        await self.fulfil(promise, work, begin, end, is_noted=not in_place, within_s=within_s)

    async def answer_message(self, message: discord.Message, work: Work) -> None:
        """The same for a message that somebody wrote to the bot."""
        if self._seen.is_repeat(message.id):
            return
        if self._stopping:
            await reply(message, sentence=translate_sentence(STOPPING))
            return
        try:
            await self.fulfil(
                _promise_of(message), work, no_acknowledgement, partial(self._end, message)
            )
        finally:
            self._placed.pop(message.id, None)

    async def reply_with_queue_position(self, message: discord.Message, ahead: int) -> None:
        """The place in the line in a reply, which the answer takes the place of in the end."""
        card = sentence_card(position_sentence(ahead))
        with suppress(discord.HTTPException, *CONNECTION_ERRORS):  # the answer is what matters
            if (placed := self._placed.get(message.id)) is None:
                self._placed[message.id] = await message.reply(view=card, mention_author=False)
            else:
                await placed.edit(view=card)

    async def _end(self, message: discord.Message, said: Reply) -> object:
        placed = self._placed.get(message.id)
        return await reply(message, placed=placed, **as_arguments(said))

    def drop(self, is_meant: Callable[[Promise], bool]) -> None:
        """Work no longer on what nobody can hear any more: a message, a channel is gone."""
        for live in list(self._running.values()):
            if is_meant(live.promise):
                live.cancel(CancelReason.DROPPED)

    async def drain(self, within_s: float) -> None:
        """Take nothing new, wait for what is under way, and excuse what takes longer."""
        self._stopping = True
        tasks = [live.task for live in self._running.values()]
        if tasks:
            await asyncio.wait(tasks, timeout=within_s)
        late = list(self._running.values())
        for live in late:
            live.cancel(CancelReason.EXCUSED)
        if late:
            await asyncio.wait([live.task for live in late], timeout=EXCUSE_S)

    def cancel_all(self) -> None:
        """The line is gone: all work ends, and what was promised is left for the next start."""
        for live in self._running.values():
            live.task.cancel()

    async def fulfil(
        self,
        promise: Promise,
        work: Work,
        begin: Callable[[], Awaitable[None]],
        end: Callable[[Reply], Awaitable[object]],
        *,
        is_noted: bool = True,
        within_s: float | None = None,
    ) -> None:
        """Do the `work` and what stands around it, in the running task, whatever happens."""
        task = asyncio.current_task()
        assert task is not None, "promises are kept in tasks"  # noqa: S101  for the type
        live = self._running[promise.id] = _Running(promise, task)
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
            if live.reason is CancelReason.EXCUSED and not live.is_ending:
                with suppress(discord.DiscordServerError, *CONNECTION_ERRORS):  # or the next start
                    await end(STOPPING)
                    await self.strike(promise)
            elif live.reason is CancelReason.DROPPED:
                await self.strike(promise)
            raise
        except QuestionWithdrawn:
            await self.strike(promise)
        except (discord.DiscordServerError, *CONNECTION_ERRORS) as error:
            log.warning("An answer could not be brought to Discord: %r", error)
        except Exception:
            log.exception("An answer was lost on its way to Discord")
        finally:
            del self._running[promise.id]
            unbind_contextvars("server", "channel", "doing")

    async def _outcome(self, work: Work, within_s: float) -> Reply:
        try:
            async with asyncio.timeout(within_s):
                return await work()
        except AskerError as error:
            return str(error)
        except TimeoutError:
            log.warning("An answer took over %.0f s", within_s)
            return TOO_SLOW
        except QuestionWithdrawn:
            raise
        except Exception:  # noqa: BLE001  whatever it is, the member gets an answer
            return report_failure("An answer")

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


async def no_acknowledgement() -> None:
    """A message needs no acknowledgement, and a promise of before has had its own."""


def as_arguments(said: Reply) -> dict[str, Any]:
    """The argument by which what is said is shown."""
    return {"sentence": translate_sentence(said)} if isinstance(said, str) else {"card": said}
