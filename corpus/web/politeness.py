"""Fetches pages politely: one visit to a host at a time, with pauses, where robots may go.

robots.txt is obeyed (RFC 9309). A host that asks to be left alone (Retry-After), or that does not
answer, is left alone, for longer each time.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from protego import Protego

from corpus.canonical_url import host_of
from corpus.errors import FetchError
from corpus.web.fetch import PRODUCT, Fetched, Fetcher, printable
from corpus.web.recrawl_schedule import failure_pause_s

PAUSE_S = 0.5
LONGEST_CRAWL_DELAY_S = 10.0  # so that a feed of 30 articles is read in five minutes
RULES_S = 86_400.0  # RFC 9309, 2.4
MAX_ROBOTS_BYTES = 512_000  # RFC 9309, 2.5: at least 500 KiB are read
_FAILURES_BORNE = 2  # in a row; after one more, a host is left alone


class HostPaused(FetchError):
    """The host is left alone until `until`; no request was sent."""

    def __init__(self, sentence: str, until: datetime) -> None:
        super().__init__(sentence)
        self.until = until


@dataclass(slots=True)
class _Host:
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    ready_at: float = 0.0
    failures: int = 0
    alone_until: datetime | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class _Rules:
    """What an origin's robots.txt says; `rules` is None where it has none."""

    read_at: float
    rules: Protego | None


class PoliteFetcher:
    """Visits any number of hosts. For one event loop."""

    def __init__(
        self,
        fetcher: Fetcher,
        *,
        pause_s: float = PAUSE_S,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._fetcher = fetcher
        self._pause_s = pause_s
        self._sleep = sleep
        self._clock = clock
        self._now = now
        self._hosts: dict[str, _Host] = {}
        self._rules: dict[str, _Rules] = {}

    async def get(
        self,
        url: str,
        *,
        etag: str | None = None,
        modified: str | None = None,
        as_robot: bool = True,
    ) -> Fetched:
        """Fetch an address when its host has its turn.

        Args:
            url: The address.
            etag: What the address sent as ETag the last time, or None.
            modified: What it sent as Last-Modified, or None.
            as_robot: Whether robots.txt applies, on every redirect too: to what a program found,
                but not to what a person named, as with a browser.

        Raises:
            HostPaused: The host is left alone at the moment.
            FetchError: It cannot be fetched, or robots may not go there.
        """

        @asynccontextmanager
        async def gate(at: str) -> AsyncIterator[None]:
            async with self._turn(at, as_robot):
                yield

        return await self._fetcher.get(url, etag=etag, modified=modified, gate=gate)

    @asynccontextmanager
    async def _turn(self, url: str, as_robot: bool) -> AsyncIterator[None]:
        name = host_of(url)
        host = self._hosts.setdefault(name, _Host())
        async with host.turn:
            if host.alone_until is not None and host.alone_until > self._now():
                minutes = (host.alone_until - self._now()).total_seconds() / 60
                raise HostPaused(
                    f"{name} is left alone for {max(1, round(minutes))} more minutes, because "
                    f"{host.why}; try again then.",
                    host.alone_until,
                )
            pause_s = self._pause_s
            if as_robot:
                pause_s = max(pause_s, await self._allowed(url, host))
            await self._wait(host)
            try:
                yield
            except FetchError as error:
                self._note(host, error)
                raise
            else:
                host.failures = 0
            finally:
                host.ready_at = self._clock() + pause_s

    async def _wait(self, host: _Host) -> None:
        left_s = host.ready_at - self._clock()
        if left_s > 0:
            await self._sleep(left_s)

    def _note(self, host: _Host, error: FetchError) -> None:
        """Leave a host alone that asks for it, or that fails again and again."""
        if not error.passing:
            host.failures = 0
            return
        host.failures += 1
        wait_s = error.retry_after_s or 0.0
        if error.status == 429:
            wait_s = max(wait_s, 60.0)
        if host.failures > _FAILURES_BORNE:
            wait_s = max(wait_s, failure_pause_s(host.failures - _FAILURES_BORNE))
        if wait_s:
            asked = error.retry_after_s is not None or error.status == 429
            host.why = "it asked for that" if asked else "it does not answer"
            host.alone_until = self._now() + timedelta(seconds=wait_s)

    async def _allowed(self, url: str, host: _Host) -> float:
        """For how many seconds robots are to pause. Raises FetchError where they may not go."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        known = self._rules.get(origin)
        if known is None or self._clock() - known.read_at > RULES_S:
            known = await self._read_rules(origin, host)
        if known.rules is None:
            return 0.0
        if not known.rules.can_fetch(url, PRODUCT):
            raise FetchError(
                f"{parts.hostname} asks programs not to read {printable(url)} (in its robots.txt); "
                "save the page as a file and add that."
            )
        return min(known.rules.crawl_delay(PRODUCT) or 0.0, LONGEST_CRAWL_DELAY_S)

    async def _read_rules(self, origin: str, host: _Host) -> _Rules:
        await self._wait(host)
        rules = None
        try:
            fetched = await self._fetcher.get(f"{origin}/robots.txt")
            text = (fetched.body or b"")[:MAX_ROBOTS_BYTES].decode("utf-8", "replace")
            rules = Protego.parse(text)
        except FetchError as error:
            # Without rules all is allowed; rules that cannot be read may forbid (RFC 9309, 2.3.1).
            if error.passing:
                self._note(host, error)
                until = host.alone_until or self._now() + timedelta(seconds=failure_pause_s(1))
                raise HostPaused(
                    f"{printable(origin)}/robots.txt, which says whether programs may read this "
                    "site, cannot be read; try again later.",
                    until,
                ) from error
        finally:
            host.ready_at = self._clock() + self._pause_s
        self._rules[origin] = _Rules(self._clock(), rules)
        return self._rules[origin]
