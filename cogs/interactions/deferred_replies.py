"""Promises: everyone who is shown "thinking…" gets an answer, or a sentence that says why not.

This holds even if the process is killed in between. A promise is recorded before "thinking…" is
shown, and removed when the answer has arrived. cogs/background/recovery.py answers those that are
still recorded at the next start.
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

TIME_LIMIT_S = 60.0  # for the work on one answer, including the wait in the queue
RECORD_WITHIN_S = 1.0  # of the 3 s that Discord waits; a slow disk must not use them all
EXCUSE_S = 2.0

TOO_SLOW = "This took too long; please ask again in a moment."
STOPPING = "I am about to stop; please ask again in a moment."

Reply = Card | CardWithPicture | str
Work = Callable[[], Awaitable[Reply]]


class QuestionWithdrawn(Exception):
    """The question was deleted, so nobody waits for the answer."""


async def show_queue_position(interaction: discord.Interaction[Any], ahead: int) -> None:
    """Show the queue position in place of "thinking…".

    Raises QuestionWithdrawn if that message was deleted.
    """
    try:
        await interaction.edit_original_response(content=position_sentence(ahead))
    except discord.HTTPException as error:
        if error.code in GONE:
            raise QuestionWithdrawn from error
    except CONNECTION_ERRORS as error:  # only the answer matters
        log.info("A queue position could not be shown: %r", error)


async def show_typing(channel: discord.abc.MessageableChannel) -> None:
    """Show "typing…" in a channel for some seconds, if the bot may."""
    try:
        await channel.typing()
    except (discord.HTTPException, *CONNECTION_ERRORS) as error:
        log.info("Typing could not be shown: %r", error)


async def _ignore(promise: Promise, message: discord.Message) -> None:
    """The default for `on_shown`."""


class CancelReason(Enum):
    """What happens to a promise whose work was cancelled."""

    LEFT = auto()  # it stays recorded, for the next start
    EXCUSED = auto()  # the asker is told that the bot stops
    DROPPED = auto()  # nobody waits for it any more


@dataclass(slots=True)
class _Running:
    """A promise whose answer is being worked on."""

    promise: Promise
    task: asyncio.Task[Any]
    reason: CancelReason = CancelReason.LEFT
    is_ending: bool = False  # the answer is on its way, and may have arrived

    def cancel(self, reason: CancelReason) -> None:
        self.reason = reason
        self.task.cancel()


@dataclass(slots=True)
class Promises:
    """All promises of one client; it ends with the client.

    `on_shown` is called with each message that shows an answer. It must not raise.
    """

    records: Records
    time_limit_s: float = TIME_LIMIT_S
    on_shown: Callable[[Promise, discord.Message], Awaitable[None]] = _ignore
    _stopping: bool = False
    _seen: RecentIds = field(default_factory=RecentIds)
    _placed: dict[int, discord.Message] = field(default_factory=dict)
    _running: dict[int, _Running] = field(default_factory=dict)

    def is_running(self, promise: Promise) -> bool:
        """Whether its answer is being worked on."""
        return promise.id in self._running

    @property
    def under_way(self) -> int:
        """How many answers are being worked on."""
        return len(self._running)

    def is_new(self, event_id: int) -> bool:
        """Whether an event came for the first time and the client is not stopping."""
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
        """Acknowledge the interaction, then show the card or sentence that `work` returns.

        Exceptions of `work` do not get out. An AskerError is shown as its sentence; any other
        becomes a sentence with a reference to the log.

        Args:
            interaction: What a member did.
            work: Makes the reply.
            private: Whether only that member sees the reply.
            in_place: Whether the reply replaces the card whose button was pressed; there is no
                "thinking…" then.
            again: What recovery needs to do the work after a crash; None if it can only excuse.
            within_s: The time limit for the work; None for that of a question.
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
        """The same for a message to the bot."""
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
        """Reply with the queue position; the answer replaces it."""
        card = sentence_card(position_sentence(ahead))
        with suppress(discord.HTTPException, *CONNECTION_ERRORS):  # only the answer matters
            if (placed := self._placed.get(message.id)) is None:
                self._placed[message.id] = await message.reply(view=card, mention_author=False)
            else:
                await placed.edit(view=card)

    async def _end(self, message: discord.Message, said: Reply) -> object:
        placed = self._placed.get(message.id)
        return await reply(message, placed=placed, **as_arguments(said))

    def drop(self, is_meant: Callable[[Promise], bool]) -> None:
        """Stop work on promises that nobody waits for: their message or channel was deleted."""
        for live in list(self._running.values()):
            if is_meant(live.promise):
                live.cancel(CancelReason.DROPPED)

    async def drain(self, within_s: float) -> None:
        """Take no new work, wait for what runs, and excuse what takes longer than `within_s`."""
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
        """Stop all work, as the connection is gone; the records stay for the next start."""
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
        """Run one promise in the current task: record, `begin`, `work`, `end`, remove the record.

        `is_noted` says whether to record it, so that a restart finds it.
        """
        task = asyncio.current_task()
        assert task is not None, "promises run in tasks"  # noqa: S101  for the type
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
            log.warning("An answer could not be sent to Discord: %r", error)
        except Exception:
            log.exception("Sending an answer failed")
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
            async with asyncio.timeout(RECORD_WITHIN_S):
                await outbox.add(self.records, promise)
        except (FootnoteError, TimeoutError) as error:
            log.warning("A promise could not be recorded; it is answered all the same: %r", error)

    async def strike(self, promise: Promise) -> None:
        """Remove the record of a promise that was answered, or that nobody waits for."""
        with suppress(FootnoteError):  # at worst, the next start finds it answered
            await outbox.remove(self.records, promise.id)


def promises_of(interaction: discord.Interaction[Any]) -> Promises:
    """The promises of the client that received the interaction."""
    promises: Promises = interaction.client.promises
    return promises


def _promise_of(message: discord.Message) -> Promise:
    server = message.guild.id if message.guild else None
    return Promise(message.id, server, message.channel.id, message.author.id)


async def no_acknowledgement() -> None:
    """For messages, and for promises that were acknowledged before a restart."""


def as_arguments(said: Reply) -> dict[str, Any]:
    """The reply as the keyword argument of `finish_reply`, `deliver` and `reply`."""
    return {"sentence": translate_sentence(said)} if isinstance(said, str) else {"card": said}
