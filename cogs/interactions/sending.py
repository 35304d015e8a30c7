"""Sends answers: again when the connection fails, and elsewhere when their place is gone."""

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
# How long after the question an answer is still retried.
GIVE_UP_AFTER = TOKEN_LIFE - timedelta(seconds=30)
ELSEWHERE_S = 60.0
# Discord's codes for a token that expired or was never acknowledged, and for what was deleted.
# https://discord.com/developers/docs/topics/opcodes-and-status-codes#json
UNKNOWN_WEBHOOK, UNKNOWN_INTERACTION, INVALID_TOKEN = 10015, 10062, 50027
UNKNOWN_CHANNEL, UNKNOWN_MESSAGE = 10003, 10008
ALREADY_ACKNOWLEDGED = 40060
MISSING_ACCESS = 50001
EXPIRED = frozenset({UNKNOWN_WEBHOOK, UNKNOWN_INTERACTION, INVALID_TOKEN})
GONE = frozenset({UNKNOWN_CHANNEL, UNKNOWN_MESSAGE})
NOT_SHOWN = "The answer could not be shown here; the operator's log says why."
# For a dropped connection, discord.py raises aiohttp's errors and no error of its own.
CONNECTION_ERRORS = (aiohttp.ClientError, TimeoutError, OSError)


class RecentIds:
    """The last ids that were handled, because the gateway may deliver an event twice."""

    def __init__(self, size: int = 2048) -> None:
        self._ids: OrderedDict[int, None] = OrderedDict()
        self._size = size

    def is_repeat(self, event_id: int) -> bool:
        """Whether this id was handled before; it is recorded either way."""
        if event_id in self._ids:
            return True
        self._ids[event_id] = None
        if len(self._ids) > self._size:
            self._ids.popitem(last=False)
        return False


def report_failure(what: str) -> str:
    """Log the current exception; returns a sentence for the member with a reference to it."""
    reference = secrets.token_hex(3)
    log.exception("%s failed, reference %s", what, reference)
    return f"Something went wrong here (reference {reference}); the operator's log says what."


def _note_acknowledged(interaction: discord.Interaction[Any]) -> None:
    late_s = (discord.utils.utcnow() - interaction.created_at).total_seconds()
    ACKNOWLEDGED_SECONDS.observe(max(0.0, late_s))  # two machines' clocks may differ


async def acknowledge(
    interaction: discord.Interaction[Any], *, private: bool, in_place: bool = False
) -> None:
    """Show "thinking…", or nothing if the answer comes `in_place`; retry while there is time.

    Failures are only logged: `finish_reply` finds a place for the answer.
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
        if error.code != ALREADY_ACKNOWLEDGED:  # it is if only Discord's reply was lost
            log.warning("A question could not be acknowledged: %s", error)
    except CONNECTION_ERRORS as error:
        log.warning("A question could not be acknowledged: %r", error)


async def open_form(interaction: discord.Interaction[Any], make: Callable[[], ui.Modal]) -> None:
    """Show a form; retry with a new one of `make` while there is time.

    If only Discord's reply was lost, the form is not shown twice.
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
    """Answer at once with a sentence that only this member sees."""
    await use_language_of(interaction)
    try:
        await interaction.response.send_message(translate_sentence(sentence), ephemeral=True)
        _note_acknowledged(interaction)
    except (discord.HTTPException, *CONNECTION_ERRORS) as error:
        log.warning("A sentence could not be sent: %r", error)


@dataclass(frozen=True, slots=True)
class ReplyTarget:
    """Where an answer goes: `edit` replaces "thinking…", `elsewhere` sends a new message.

    `channel` is where `elsewhere` sends it. `asked_id` is the snowflake of the question; the time
    for the answer counts from it.
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
    """Replace "thinking…" by the card or the sentence.

    If the interaction's token has expired, the answer is sent to the channel, or, if `private`,
    to the member in a direct message.

    Returns:
        The message, or None if Discord refused every way; the log says why.

    Raises:
        discord.DiscordServerError, CONNECTION_ERRORS: The last failure, if Discord could not be
            reached until the time was over.
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
    """Put the card or the sentence there. Returns and raises like `finish_reply`."""

    def edit() -> Awaitable[object]:
        # Discord removes earlier text, such as a queue position, only if `content` is None.
        return target.edit(**{"content": None, **_content(card, sentence, "attachments")})

    try:
        return await _with_retries(edit, _left_s(target.asked_id))
    except discord.DiscordServerError:
        raise
    except discord.HTTPException as error:
        if error.code in EXPIRED:
            log.info("An answer came too late for its place (%s); it is sent elsewhere", error)
            return await _send_elsewhere(target, card, sentence)
        if error.code in GONE:
            log.info("The question of an answer was deleted: %s", error)
        else:
            log.warning("Discord refused an answer: %s", error)
            if card is not None:  # so that "thinking…" does not stay
                await _try_quietly(lambda: target.edit(content=translate_sentence(NOT_SHOWN)))
    return None


def _content(card: Card | CardWithPicture | None, sentence: str, files: str) -> dict[str, Any]:
    """The arguments that show it; `files` names the argument for a picture, opened anew."""
    if card is None:
        return {"content": sentence}
    if isinstance(card, CardWithPicture):
        return {"view": card.card, files: [card.file()]}
    return {"view": card}


async def _send_elsewhere(
    target: ReplyTarget, card: Card | CardWithPicture | None, sentence: str
) -> object:
    def send() -> Awaitable[object]:
        return target.elsewhere(nonce=target.asked_id, **_content(card, sentence, "files"))

    try:
        return await _with_retries(send, ELSEWHERE_S)
    except discord.Forbidden as error:
        log.warning(
            "An answer may not be sent to %s either: permission “%s” is missing",
            target.channel,
            missing_permission(error, target.channel),
        )
    except discord.DiscordServerError:
        raise
    except discord.HTTPException as error:
        log.warning("An answer could not be sent elsewhere: %s", error)
    return None


async def reply(
    message: discord.Message,
    *,
    card: Card | CardWithPicture | None = None,
    sentence: str = "",
    placed: discord.Message | None = None,
) -> object:
    """Answer a message; if that is not allowed, tell its author which permission is missing.

    If `placed` is an earlier reply, a card of one sentence, the answer replaces it. Returns and
    raises like `finish_reply`.
    """

    def send() -> Awaitable[object]:
        # All attempts, also those after a restart, have one nonce, so Discord drops duplicates.
        content = _content(card, sentence, "files")
        return message.reply(mention_author=False, nonce=message.id, **content)

    if placed is not None:
        shown = card or sentence_card(sentence)
        view = shown.card if isinstance(shown, CardWithPicture) else shown
        try:
            return await _with_retries(lambda: placed.edit(view=view), _left_s(message.id))
        except discord.DiscordServerError:
            raise
        except discord.HTTPException as error:  # deleted: then reply anew
            log.info("The message with a queue position is gone: %s", error)
    try:
        return await _with_retries(send, _left_s(message.id))
    except discord.Forbidden as error:
        missing = missing_permission(error, message.channel)
        log.warning("Cannot answer in channel %s: “%s” is missing", message.channel.id, missing)
        await _try_quietly(
            lambda: message.author.send(
                tr(
                    "I cannot answer in {channel}: I lack the permission “{permission}” "
                    "there. Please tell someone who manages the server.",
                    channel=message.channel,
                    permission=missing,
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
    """The permission that the bot needs to answer there, by its name in Discord's settings."""
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
    """How many seconds remain to answer a question of this snowflake; may be negative."""
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
        log.warning("Nor could the member be told: %s", error)
