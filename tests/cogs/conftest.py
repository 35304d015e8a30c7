"""The one place that knows simcord: a bot with canned answers in a simulated server."""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import simcord

from cogs.client import FootnoteClient
from cogs.records import Records
from corpus.article import ArticleInfo
from retrieval.answer import Answer, Citation, Excerpt, Reason, Refusal, Statement
from retrieval.catalogue import Offer
from retrieval.errors import CitationLost
from retrieval.turns import Turn
from retrieval.within import EVERYTHING, Within

QUOTE = "The spokesperson did not give specific reasons for the recall."


def citation(quote: str = QUOTE, **facts: Any) -> Citation:
    link = facts.pop("link", None)
    title = facts.pop("title", "The recall")
    info = ArticleInfo("antonov-0123456789ab", 1, title, **facts)
    return Citation(info, 10, 10 + len(quote), quote, link)


def answered(*citations: Citation, lead: str | None = None) -> Answer:
    statements = [Statement(c.quote, (n,)) for n, c in enumerate(citations, start=1)]
    if lead:
        statements.insert(0, Statement(lead, (1,), is_quotation=False))
    return Answer("why?", tuple(statements), citations, timings_ms={"total": 12.4})


def refused(*near: Citation) -> Answer:
    reason = Reason.ONLY_NEAR if near else Reason.NOTHING_ON_THIS
    refusal = Refusal(reason, "Nothing in the articles speaks of this.", near)
    return Answer("why?", refusal=refusal)


@dataclass
class FakeService:
    """Answers with what it is told to, and writes down what it was asked."""

    says: Answer | Exception = field(default_factory=lambda: answered(citation()))
    asked: list[tuple[str, int | None]] = field(default_factory=list)
    asked_at: list[datetime | None] = field(default_factory=list)
    earlier: list[list[str]] = field(default_factory=list)
    within: list[Within] = field(default_factory=list)
    offers: list[Offer] | Exception = field(default_factory=list)
    completed: list[tuple[str, int | None]] = field(default_factory=list)
    held: dict[int | None, str] = field(default_factory=dict)

    async def ask(
        self,
        question: str,
        *,
        server: int | None,
        asked_at: datetime | None = None,
        earlier: Sequence[str] = (),
        within: Within = EVERYTHING,
        turn: Turn | None = None,
    ) -> Answer:
        self.asked.append((question, server))
        self.asked_at.append(asked_at)
        self.earlier.append(list(earlier))
        self.within.append(within)
        if isinstance(self.says, Exception):
            raise self.says
        return self.says

    def ahead_of(self, turn: Turn) -> int | None:
        return None

    async def excerpt(
        self,
        *,
        server: int | None,
        article_id: str,
        version: int,
        start: int,
        end: int,
        turn: Turn | None = None,
    ) -> Excerpt:
        if self.held.get(server) != article_id:
            raise CitationLost("That article is not in this library any more.")
        return Excerpt(citation(), "Russia recalled its ambassador. ", " Moscow was silent.")

    async def citations(
        self,
        *,
        server: int | None,
        places: Sequence[tuple[str, int, int, int]],
        turn: Turn | None = None,
    ) -> list[Citation | None]:
        """Who holds the article holds all its places, each with a sentence that names it."""
        return [
            replace(citation(f"Sentence {start}."), start=start, end=end)
            if self.held.get(server) == article_id
            else None
            for article_id, _, start, end in places
        ]

    async def choices(
        self, *, server: int | None, typed: str, turn: Turn | None = None
    ) -> list[Offer]:
        self.completed.append((typed, server))
        if isinstance(self.offers, Exception):
            raise self.offers
        return self.offers


@dataclass
class World:
    """One server with one channel and alice in it."""

    env: Any
    service: FakeService
    records: Records
    guild: Any
    channel: Any
    alice: Any

    def new_bot(self) -> FootnoteClient:
        return FootnoteClient(self.service, self.records)

    def replies(self) -> list[Any]:
        me = self.env.bot.user.id
        return [m for m in self.channel.history() if m.author.id == me]


@asynccontextmanager
async def a_world() -> AsyncIterator[World]:
    service = FakeService()
    records = await Records.in_memory()
    try:
        async with simcord.run(FootnoteClient(service, records)) as env:
            guild = env.create_guild()
            channel = guild.create_text_channel("articles")
            alice = guild.add_member(env.create_user("alice"))
            yield World(env, service, records, guild, channel, alice)
    finally:
        await records.close()


def in_a_world(test: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """Hand the test its `world`. No fixture: simcord must end in the context it began in."""

    @functools.wraps(test)
    async def run(*args: Any, **fixtures: Any) -> None:
        async with a_world() as world:
            await test(*args, world=world, **fixtures)

    signature = inspect.signature(test)
    rest = [p for name, p in signature.parameters.items() if name != "world"]
    run.__signature__ = signature.replace(parameters=rest)  # type: ignore[attr-defined]
    return run


def texts(message: Any) -> list[str]:
    """Every text that a card shows, from top to bottom."""
    found: list[str] = []

    def walk(component: Any) -> None:
        told = component if isinstance(component, dict) else component.to_dict()
        if told.get("content"):
            found.append(told["content"])
        for child in told.get("components", []):
            walk(child)

    for component in message.components:
        walk(component)
    return found
