"""Answers on their way out: sent again when the line drops, said elsewhere when it must be."""

from __future__ import annotations

import logging
import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import discord
from discord import ui
from tenacity import AsyncRetrying, retry_if_exception_type, stop_before_delay, wait_exponential

from cogs.ui.components import Card, CardWithPicture, sentence_card
from cogs.ui.locale import use_language_of
from retrieval.monitoring.prometheus import ACKNOWLEDGED_SECONDS
from retrieval.wording.translations import tr, translate_sentence

log = logging.getLogger(__name__)

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 20.0
ACKNOWLEDGE_WITHIN_S = 2.5  # Discord waits for 3
TOKEN_LIFE = timedelta(minutes=15)
# How long after it was asked an answer is still sent again and again.
GIVE_UP_AFTER = TOKEN_LIFE - timedelta(seconds=30)
ELSEWHERE_S = 60.0
# Discord's codes for a token that is too old, or was never acknowledged; for what is gone.
UNKNOWN_WEBHOOK, UNKNOWN_INTERACTION, INVALID_TOKEN = 10015, 10062, 50027
UNKNOWN_CHANNEL, UNKNOWN_MESSAGE = 10003, 10008
ALREADY_ACKNOWLEDGED = 40060
MISSING_ACCESS = 50001
EXPIRED = frozenset({UNKNOWN_WEBHOOK, UNKNOWN_INTERACTION, INVALID_TOKEN})
GONE = frozenset({UNKNOWN_CHANNEL, UNKNOWN_MESSAGE})
NOT_SHOWN = "The answer could not be shown here; the operator's log says why."
# discord.py lets a dropped connection through as aiohttp's error, not as its own.
CONNECTION_ERRORS = (aiohttp.ClientError, TimeoutError, OSError)


class RecentIds:
    """The last ids that were seen: the gateway may deliver an event twice."""

    def __init__(self, size: int = 2048) -> None:
        self._ids: OrderedDict[int, None] = OrderedDict()
        self._size = size

    def is_repeat(self, event_id: int) -> bool:
        """Whether this id came before; from now on it has."""
        if event_id in self._ids:
            return True
        self._ids[event_id] = None
        if len(self._ids) > self._size:
            self._ids.popitem(last=False)
        return False


def report_failure(what: str) -> str:
    """Log the exception that is being handled; returns what to say, with a reference to it."""
    reference = secrets.token_hex(3)
    log.exception("%s failed, reference %s", what, reference)
    return f"Something went wrong here (reference {reference}); the operator's log says what."


def _note_acknowledged(interaction: discord.Interaction[Any]) -> None:
    late_s = (discord.utils.utcnow() - interaction.created_at).total_seconds()
    ACKNOWLEDGED_SECONDS.observe(max(0.0, late_s))  # two machines' clocks differ


async def acknowledge(
    interaction: discord.Interaction[Any], *, private: bool, in_place: bool = False
) -> None:
    """Show "thinking…", or nothing where the answer comes `in_place`; until it is too late.

    It may fail: `finish_reply` puts the answer where it can.
    """
    left_s = (
        ACKNOWLEDGE_WITHIN_S - (discord.utils.utcnow() - interaction.created_at).total_seconds()
    )
    try:
        await _with_retries(
            lambda: interaction.response.defer(ephemeral=private, thinking=not in_place),
            min(ACKNOWLEDGE_WITHIN_S, left_s),
        )
        _note_acknowledged(interaction)
    except discord.HTTPException as error:
        if error.code != ALREADY_ACKNOWLEDGED:  # it is when only Discord's reply was lost
            log.warning("A question could not be acknowledged: %s", error)
    except CONNECTION_ERRORS as error:
        log.warning("A question could not be acknowledged: %r", error)


async def open_form(interaction: discord.Interaction[Any], make: Callable[[], ui.Modal]) -> None:
    """Show a form, sent again while the line fails and there is time. `make` makes one each time.

    One that is shown although Discord's reply was lost is not shown twice.
    """
    left_s = (
        ACKNOWLEDGE_WITHIN_S - (discord.utils.utcnow() - interaction.created_at).total_seconds()
    )
    try:
        await _with_retries(lambda: interaction.response.send_modal(make()), left_s)
    except discord.HTTPException as error:
        if error.code != ALREADY_ACKNOWLEDGED:
            log.warning("A form could not be shown: %s", error)
    except CONNECTION_ERRORS as error:
        log.warning("A form could not be shown: %r", error)


async def say(interaction: discord.Interaction[Any], sentence: str) -> None:
    """Answer at once, and only for whoever asked."""
    await use_language_of(interaction)
    try:
        await interaction.response.send_message(translate_sentence(sentence), ephemeral=True)
        _note_acknowledged(interaction)
    except (discord.HTTPException, *CONNECTION_ERRORS) as error:
        log.warning("A sentence could not be said: %r", error)


@dataclass(frozen=True, slots=True)
class ReplyTarget:
    """Where an answer goes: by `edit` to where "thinking…" stands, else it is said `elsewhere`.

    `channel` is where that is, and `asked_id` what is answered, whose time begins with it.
    """

    edit: Callable[..., Awaitable[object]]
    elsewhere: Callable[..., Awaitable[object]]
    channel: object
    asked_id: int


async def finish_reply(
    interaction: discord.Interaction[Any],
    *,
    card: Card | CardWithPicture | None = None,
    sentence: str = "",
    private: bool = False,
) -> object:
    """Put the card or the sentence where "thinking…" stands; returns the message, if one came.

    When that place's time is over, the channel gets it, or where it is `private` whoever asked,
    in a direct message. When nothing works, the log hears of it; a line that is down to the end
    raises one of LINE_ERRORS, or discord.DiscordServerError.
    """
    found = interaction.channel
    channel: discord.abc.Messageable = (
        found
        if isinstance(found, discord.abc.Messageable)
        else interaction.client.get_partial_messageable(interaction.channel_id or 0)
    )
    elsewhere = interaction.user if private else channel
    target = ReplyTarget(
        interaction.edit_original_response, elsewhere.send, elsewhere, interaction.id
    )
    return await deliver(target, card=card, sentence=sentence)


async def deliver(
    target: ReplyTarget, *, card: Card | CardWithPicture | None = None, sentence: str = ""
) -> object:
    """Put the card or the sentence there. Returns and raises as `finish_reply` does."""

    def edit() -> Awaitable[object]:
        # Words that stood there (a place in the line) go when a card comes: Discord wants it said.
        return target.edit(**{"content": None, **_content(card, sentence, "attachments")})

    try:
        return await _with_retries(edit, _left_s(target.asked_id))
    except discord.DiscordServerError:
        raise
    except discord.HTTPException as error:
        if error.code in EXPIRED:
            log.info("Too late for the place of an answer (%s); it is said elsewhere", error)
            return await _say_elsewhere(target, card, sentence)
        if error.code in GONE:
            log.info("An answer is not wanted any more: %s", error)
        else:
            log.warning("An answer could not be put in its place: %s", error)
            if card is not None:  # never left at "thinking…"
                await _try_quietly(lambda: target.edit(content=translate_sentence(NOT_SHOWN)))
    return None


def _content(card: Card | CardWithPicture | None, sentence: str, files: str) -> dict[str, Any]:
    """The arguments that show it; a picture goes by the argument `files`, new each time."""
    if card is None:
        return {"content": sentence}
    if isinstance(card, CardWithPicture):
        return {"view": card.card, files: [card.file()]}
    return {"view": card}


async def _say_elsewhere(
    target: ReplyTarget, card: Card | CardWithPicture | None, sentence: str
) -> object:
    def send() -> Awaitable[object]:
        return target.elsewhere(nonce=target.asked_id, **_content(card, sentence, "files"))

    try:
        return await _with_retries(send, ELSEWHERE_S)
    except discord.Forbidden as error:
        log.warning(
            "Nor may it be said in %s: lacking “%s”",
            target.channel,
            missing_permission(error, target.channel),
        )
    except discord.DiscordServerError:
        raise
    except discord.HTTPException as error:
        log.warning("Nor elsewhere: %s", error)
    return None


async def reply(
    message: discord.Message,
    *,
    card: Card | CardWithPicture | None = None,
    sentence: str = "",
    placed: discord.Message | None = None,
) -> object:
    """Answer a message. Where that is not allowed, its author is told which permission lacks.

    The answer takes the place of a reply that was `placed` before, a card of one sentence.
    Returns the answer, if there came one. A connection that stays down raises as there.
    """

    def send() -> Awaitable[object]:
        # One nonce for all attempts, also those after a restart: Discord drops the second.
        content = _content(card, sentence, "files")
        return message.reply(mention_author=False, nonce=message.id, **content)

    if placed is not None:
        shown = card or sentence_card(sentence)
        view = shown.card if isinstance(shown, CardWithPicture) else shown
        try:
            return await _with_retries(lambda: placed.edit(view=view), _left_s(message.id))
        except discord.DiscordServerError:
            raise
        except discord.HTTPException as error:  # it was deleted: then as if it had not been
            log.info("What told a place in the line is gone: %s", error)
    try:
        return await _with_retries(send, _left_s(message.id))
    except discord.Forbidden as error:
        lacks = missing_permission(error, message.channel)
        log.warning("Cannot answer in channel %s: lacking “%s”", message.channel.id, lacks)
        await _try_quietly(
            lambda: message.author.send(
                tr(
                    "I cannot answer in {channel}: I lack the permission “{permission}” there. "
                    "Please tell whoever runs the server.",
                    channel=message.channel,
                    permission=lacks,
                )
            )
        )
    except discord.DiscordServerError:
        raise
    except discord.HTTPException as error:
        log.warning("A message could not be answered: %s", error)
        if card is not None and error.code not in GONE:
            await _try_quietly(
                lambda: message.reply(translate_sentence(NOT_SHOWN), mention_author=False)
            )
    return None


def missing_permission(error: discord.Forbidden, channel: object) -> str:
    """The name, as Discord's settings have it, of the permission that an answer there needs."""
    if not isinstance(channel, (discord.abc.GuildChannel, discord.Thread)):
        return "View Channel" if error.code == MISSING_ACCESS else "Send Messages"
    has = channel.permissions_for(channel.guild.me)
    if not has.view_channel:
        return "View Channel"
    if isinstance(channel, discord.Thread):
        return (
            "Read Message History" if has.send_messages_in_threads else "Send Messages in Threads"
        )
    return "Read Message History" if has.send_messages else "Send Messages"


def _left_s(asked_id: int) -> float:
    """How long an answer to what was asked under this id is worth sending."""
    until: datetime = discord.utils.snowflake_time(asked_id) + GIVE_UP_AFTER
    return (until - discord.utils.utcnow()).total_seconds()


async def _with_retries(call: Callable[[], Awaitable[object]], for_s: float) -> object:
    """Call once, and again for up to `for_s` seconds while the connection or Discord fails.

    discord.py itself waits out rate limits. The call must be safe to repeat: an edit, or a message
    with a nonce of its own. Raises the last failure.
    """
    attempts = AsyncRetrying(
        retry=retry_if_exception_type((discord.DiscordServerError, *CONNECTION_ERRORS)),
        wait=wait_exponential(FIRST_PAUSE_S, max=LONGEST_PAUSE_S),
        stop=stop_before_delay(for_s),
        reraise=True,
    )
    async for attempt in attempts:
        with attempt:
            return await call()
    raise AssertionError("tenacity ends with a result or an exception")


async def _try_quietly(call: Callable[[], Awaitable[object]]) -> None:
    try:
        await call()
    except (discord.HTTPException, *CONNECTION_ERRORS) as error:
        log.warning("Nor elsewhere: %s", error)
