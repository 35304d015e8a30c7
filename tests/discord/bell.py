"""A bell that the world rings whenever something changes, for those who wait for a change."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

# How often a waiting condition is looked at without a ring: it may ask about the client's state,
# of which the world hears nothing.
POLL_S = 0.02


class Bell:
    """Wakes all waiters at once; remembers nothing, so a waiter looks before it waits."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Event] = set()

    def ring(self) -> None:
        for event in self._waiting:
            event.set()

    async def until(self, condition: Callable[[], object], timeout_s: float) -> bool:
        """Wait for `condition()` to be true. False when `timeout_s` passed first."""
        deadline = time.monotonic() + timeout_s
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            while not condition():
                left_s = deadline - time.monotonic()
                if left_s <= 0:
                    return False
                event.clear()
                await _sleep_or(event, min(left_s, POLL_S))
            return True
        finally:
            self._waiting.discard(event)


async def _sleep_or(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
