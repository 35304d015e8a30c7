"""The one place that knows simcord: a bot with canned answers in a simulated server."""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import discord
import simcord

from cogs.client import FootnoteClient
from cogs.records.database import Records
from corpus.article import Article, ArticleInfo, SpanRef
from corpus.errors import FeedError
from corpus.storage.store import Outcome
from corpus.web.results import AddedPage, FeedHealth
from retrieval.answering.answer import Answer, Reason, Refusal, Statement
from retrieval.answering.citation import Citation, Excerpt
from retrieval.answering.citation_status import SourceChange
from retrieval.errors import CitationLost
from retrieval.ingestion.upload_process import AddedFile
from retrieval.query.question import Question
from retrieval.query.scope import Scope
from retrieval.query.scope_resolver import Suggestion, SuggestionKind
from retrieval.serving.fair_queue import Turn
from retrieval.serving.server_libraries import ArticlePage, ArticleVersions
from retrieval.summaries.summary import Story, Summary, SummaryRequest
from retrieval.summaries.timeline import REMOVED, Moment, MomentKind, Timeline

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


def summed(*citations: Citation, stories: Sequence[Story] = (), **facts: Any) -> Summary:
    """A summary whose lines are these, of one story unless other ones are given."""
    ids = tuple(dict.fromkeys(one.article.id for one in citations))
    answer = replace(answered(*citations), question="The recall", **facts)
    return Summary(answer, tuple(stories) or (Story("The recall", ids, len(ids)),))


@dataclass
class FakeArticles:
    """Libraries in memory: whatever a file or an address is called is its article's title."""

    own: dict[int, list[ArticleInfo]] = field(default_factory=dict)
    common: list[ArticleInfo] = field(default_factory=list)
    watched: dict[int, list[FeedHealth]] = field(default_factory=dict)
    shares: Sequence[float] = ()
    pause_s: float = 0.0
    raises: Exception | None = None
    read: list[bytes] = field(default_factory=list)
    erased: list[int] = field(default_factory=list)

    def _there(self, server: int) -> tuple[list[ArticleInfo], bool]:
        own = self.own.get(server) or []
        return (own, True) if own else (self.common, False)

    def _add(self, server: int, title: str) -> tuple[Outcome, ArticleInfo]:
        if self.raises is not None:
            raise self.raises
        own = self.own.setdefault(server, [])
        for info in own:
            if info.title == title:
                return Outcome.UNCHANGED, info
        info = ArticleInfo(f"article-{server % 1000}-{len(own)}", 1, title)
        own.append(info)
        return Outcome.ADDED, info

    async def count(self, server: int) -> int:
        return len(self.own.get(server) or [])

    async def add(
        self,
        *,
        server: int,
        name: str,
        read: Callable[[], Awaitable[bytes]],
        on_progress: Callable[[float], None] = lambda share: None,
    ) -> AddedFile:
        for share in self.shares:
            on_progress(share)
            await asyncio.sleep(self.pause_s)
        self.read.append(await read())
        outcome, info = self._add(server, name)
        return AddedFile(outcome, info, await self.count(server))

    async def add_link(self, *, server: int, url: str) -> AddedPage:
        outcome, info = self._add(server, url)
        return AddedPage(outcome, info.id, info.title, url)

    async def completed(
        self, *, server: int, typed: str, max_count: int, only_own: bool
    ) -> list[ArticleInfo]:
        found, is_own = self._there(server)
        return [i for i in found if typed in i.title and (is_own or not only_own)][:max_count]

    async def page(self, *, server: int, start: int, count: int) -> ArticlePage:
        found, is_own = self._there(server)
        return ArticlePage(tuple(found[::-1][start : start + count]), len(found), is_own)

    async def show(self, *, server: int, article_id: str) -> ArticleVersions | None:
        found, is_own = self._there(server)
        for info in found:
            if info.id == article_id:
                text = f"This is how {info.title} begins."
                return ArticleVersions(
                    Article(info, text), ((info, "2026-03-17T12:00:00+00:00"),), is_own
                )
        return None

    async def remove(self, *, server: int, article_id: str) -> ArticleInfo | None:
        own = self.own.get(server) or []
        for info in own:
            if info.id == article_id:
                own.remove(info)
                return info
        return None

    async def add_feed(self, *, server: int, url: str) -> FeedHealth:
        if self.raises is not None:
            raise self.raises
        health = FeedHealth(url, f"Feed of {url}", "feed", 0, 3, 0, None, None, 0, None)
        self.watched.setdefault(server, []).append(health)
        return health

    async def remove_feed(self, *, server: int, url: str) -> FeedHealth:
        for health in self.watched.get(server) or []:
            if health.url == url:
                self.watched[server].remove(health)
                return health
        raise FeedError(f"No feed is watched at {url}; the list of feeds shows those that are.")

    async def feeds(self, server: int) -> list[FeedHealth]:
        return list(self.watched.get(server) or [])

    async def erase(self, server: int) -> bool:
        self.erased.append(server)
        return self.own.pop(server, None) is not None

    async def servers(self) -> list[int]:
        return sorted(self.own)


@dataclass
class FakeService:
    """Answers with what it is told to, and writes down what it was asked."""

    says: Answer | Exception = field(default_factory=lambda: answered(citation()))
    asked: list[tuple[str, int | None]] = field(default_factory=list)
    asked_at: list[datetime | None] = field(default_factory=list)
    earlier: list[list[str]] = field(default_factory=list)
    within: list[Scope] = field(default_factory=list)
    offers: list[Suggestion] | Exception = field(default_factory=list)
    completed: list[tuple[str, int | None]] = field(default_factory=list)
    held: dict[int | None, str] = field(default_factory=dict)
    articles: FakeArticles = field(default_factory=FakeArticles)
    is_worded: bool = False
    became: dict[str, SourceChange] = field(default_factory=dict)
    sums: Summary | Exception = field(default_factory=lambda: summed(citation()))
    briefs: list[tuple[SummaryRequest, int | None]] = field(default_factory=list)
    came: list[tuple[str, str]] = field(default_factory=list)

    async def ask(
        self, question: Question, *, server: int | None, turn: Turn | None = None
    ) -> Answer:
        self.asked.append((question.text, server))
        self.asked_at.append(question.asked_at)
        self.earlier.append(list(question.earlier))
        self.within.append(question.within)
        if isinstance(self.says, Exception):
            raise self.says
        return self.says

    def ahead_of(self, turn: Turn) -> int | None:
        return None

    async def excerpt(
        self,
        *,
        server: int | None,
        ref: SpanRef,
        turn: Turn | None = None,
    ) -> Excerpt:
        if self.held.get(server) != ref.article_id:
            raise CitationLost("That article is not in this library any more.")
        return Excerpt(citation(), "Russia recalled its ambassador. ", " Moscow was silent.")

    async def citations(
        self,
        *,
        server: int | None,
        refs: Sequence[SpanRef],
        turn: Turn | None = None,
    ) -> list[Citation | None]:
        """Who holds the article holds all its places, each with a sentence that names it."""
        return [
            replace(citation(f"Sentence {ref.start}."), start=ref.start, end=ref.end)
            if self.held.get(server) == ref.article_id
            else None
            for ref in refs
        ]

    async def summarize(
        self, brief: SummaryRequest, *, server: int | None, turn: Turn | None = None
    ) -> Summary:
        self.briefs.append((brief, server))
        if isinstance(self.sums, Exception):
            raise self.sums
        return self.sums

    async def news(self, *, server: int | None, since: str) -> list[tuple[str, str]]:
        return [one for one in self.came if one[1] > since]

    async def timeline(
        self, *, server: int | None, articles: Sequence[str], turn: Turn | None = None
    ) -> Timeline:
        if self.held.get(server) not in articles:
            raise CitationLost(REMOVED)
        at = datetime(2026, 3, 16, tzinfo=UTC)
        return Timeline("The recall", (Moment(at, "TASS", "The recall", MomentKind.FIRST),), ())

    async def source_changes(
        self,
        *,
        server: int | None,
        refs: Sequence[SpanRef],
        known: Sequence[int],
    ) -> list[SourceChange | None]:
        """As `became` says of the article, where that is not known yet."""
        found = [self.became.get(ref.article_id) for ref in refs]
        return [
            None if one is None or one.version == version else one
            for one, version in zip(found, known, strict=True)
        ]

    async def choices(
        self,
        *,
        server: int | None,
        typed: str,
        offered: SuggestionKind = SuggestionKind.ALL,
        turn: Turn | None = None,
    ) -> list[Suggestion]:
        self.completed.append((typed, server))
        if isinstance(self.offers, Exception):
            raise self.offers
        return self.offers


@dataclass
class World:
    """One server with one channel; alice is in it, and bob, who may manage it."""

    env: Any
    service: FakeService
    records: Records
    guild: Any
    channel: Any
    alice: Any
    bob: Any

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
            manager = guild.create_role(
                "manager", permissions=discord.Permissions(manage_guild=True)
            )
            bob = guild.add_member(env.create_user("bob"), roles=[manager])
            yield World(env, service, records, guild, channel, alice, bob)
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
