"""Turns a question into an answer card: for a command, a message, or recovery after a crash."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import discord

from cogs.cards.answer_card import answer_card
from cogs.cards.why_button import explain
from cogs.commands.conversation import KEEP_TIME_LIMIT_S, Conversation, without_mentions
from cogs.interactions.deferred_replies import Promises, QuestionWithdrawn, Reply, show_typing
from cogs.interactions.permissions import role_ids_of
from cogs.interactions.queue_position import wait_in_queue
from cogs.records.answers import Spot
from cogs.records.outbox import Promise
from cogs.records.server_settings import (
    DEFAULT,
    Right,
    Rules,
    channel_of,
    check,
    check_place,
)
from cogs.services import ServiceClient
from cogs.ui.components import Card
from corpus.errors import FootnoteError
from retrieval.answering.answer import Answer
from retrieval.query.question import Question
from retrieval.query.scope import Scope
from retrieval.serving.fair_queue import Turn

log = logging.getLogger(__name__)

HINT = (
    "Ask me something about the articles: mention me with a question, or use /ask. In a "
    "thread, mention me or reply to me each time; I cannot read other messages."
)

Tell = Callable[[int], Awaitable[object]]
"""Shows an asker how many are before them in the queue."""


@dataclass(frozen=True, slots=True)
class AskRequest:
    """A question, who asks it where, and how it came.

    With `by_interaction` the answer is no ordinary message. The bot cannot read replies to it, so
    it needs a button for the next question.
    """

    question: Question
    spot: Spot
    is_private: bool = False
    by_interaction: bool = False


class Answering:
    """Answers for one client. Methods raise what the service raises; members see AskerErrors."""

    def __init__(self, client: ServiceClient, promises: Promises) -> None:
        services = client.services
        self._client = client
        self._service = services.asking
        self._answers = services.answers
        self._conversation = Conversation(client, services.answers)
        self._rules = services.rules
        self._quotas = services.quotas
        self._promises = promises

    async def respond(self, message: discord.Message) -> Reply:
        """The reply to a message that is meant for the bot."""
        me = self._client.user
        question = without_mentions(message, me) if me is not None else ""
        if not question:
            return HINT
        spot = Spot(
            message.guild.id if message.guild else None, message.channel.id, message.author.id
        )
        rules = await self._rules_for(message)
        async with self._quotas.counted(spot, rules, message.created_at):
            earlier, within = await self._conversation.earlier(message)
            at = message.created_at.astimezone(rules.zone)
            request = AskRequest(Question.of(question, at, earlier, within), spot)
            return await self.answer(request, lambda ahead: self._wait(message, ahead))

    async def _wait(self, message: discord.Message, ahead: int) -> None:
        """Show the asker "typing…", and their position if others are before them."""
        await show_typing(message.channel)
        if ahead > 0:
            await self._promises.reply_with_queue_position(message, ahead)

    async def _rules_for(self, message: discord.Message) -> Rules:
        """The settings where a message was written. Raises Denied if its author may not ask."""
        if message.guild is None:
            return DEFAULT
        channel = channel_of(message.channel, message.channel.id)
        rules = await self._rules.of(message.guild.id, channel)
        check_place(rules)
        author = message.author
        if rules.ask_roles and not isinstance(author, discord.Member):
            # A message that is fetched again after a restart lacks its author's roles.
            try:
                author = await message.guild.fetch_member(author.id)
            except discord.NotFound as error:
                raise QuestionWithdrawn from error
        is_manager = isinstance(author, discord.Member) and author.guild_permissions.manage_guild
        check(Right.ASK, rules, role_ids_of(author), is_manager=is_manager)
        return rules

    async def again(self, promise: Promise) -> Reply:
        """Answer a question that an earlier client left open, from its `again_data`."""
        data = dict(promise.again or {})
        since, until = (
            None if data[name] is None else date.fromisoformat(data[name])
            for name in ("since", "until")
        )
        question = Question.of(
            data["question"],
            promise.made_at.astimezone(ZoneInfo(data.get("zone", DEFAULT.time_zone))),
            data["earlier"],
            Scope(data["source"], since, until),
        )
        request = AskRequest(
            question,
            Spot(promise.server, promise.channel, promise.member),
            is_private=promise.private,
            by_interaction=True,
        )
        return await self.answer(await self.follow(request, data["key"]))

    async def follow(self, request: AskRequest, key: str | None) -> AskRequest:
        """The request as a follow-up of the answer under `key`, if that is still stored."""
        kept = None if key is None else await self._conversation.kept(key, request.spot)
        if kept is None:
            return request
        question = replace(request.question, earlier=(kept.question,), within=kept.within)
        return replace(request, question=question)

    async def answer(self, request: AskRequest, tell: Tell | None = None) -> Card:
        """Answer and store it; `tell` is called with the number of askers before this one."""
        turn = Turn(request.spot.server, request.spot.member)
        asking = self._service.ask(request.question, server=turn.server, turn=turn)
        if tell is not None:
            asking = wait_in_queue(asking, lambda: self._service.ahead_of(turn), tell)
        answer = await asking
        key = await self._keep(answer, request)
        return answer_card(answer, key, has_form=request.by_interaction)

    async def _keep(self, answer: Answer, request: AskRequest) -> str | None:
        """Store the answer. Returns its key; None on a failure, which leaves the buttons out."""
        try:
            async with asyncio.timeout(KEEP_TIME_LIMIT_S):
                return await self._answers.save(
                    answer,
                    request.question.within,
                    explain(answer),
                    request.spot,
                    is_private=request.is_private,
                )
        except (FootnoteError, TimeoutError) as error:
            log.warning("An answer is sent without its buttons: %r", error)
            return None


def again_data(request: AskRequest, key: str | None, rules: Rules) -> dict[str, Any]:
    """What `Answering.again` needs after a crash, as JSON holds it.

    `key` is the key of the answer that the question follows; None if it follows none.
    """
    question, within = request.question, request.question.within
    return {
        "question": question.text,
        "earlier": question.earlier,
        "key": key,
        "source": within.source,
        "since": None if within.since is None else within.since.isoformat(),
        "until": None if within.until is None else within.until.isoformat(),
        "zone": rules.time_zone,
    }
