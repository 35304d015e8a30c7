"""Whoever waits noticeably is told their place in the line, twice at the most."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

# After how long a place is told, and how long after that once more.
TOLD_AFTER_S = (3.0, 12.0)
_LEAD, _REST = "You are ", " in line; the answer will stand here."

T = TypeVar("T")


def place(ahead: int) -> str:
    """The sentence for somebody with so many others before them."""
    return f"{_LEAD}{ordinal(ahead + 1)}{_REST}"


def is_place(sentence: str) -> bool:
    """Whether this is what `place` says."""
    return sentence.startswith(_LEAD) and sentence.endswith(_REST)


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th, 11th, 21st."""
    ending = "th" if 10 < number % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


async def in_line(
    asking: Coroutine[Any, Any, T],
    ahead: Callable[[], int | None],
    tell: Callable[[int], Awaitable[object]],
    *,
    after_s: tuple[float, ...] = TOLD_AFTER_S,
) -> T:
    """What `asking` returns; while it waits, `tell` how many are `ahead`.

    Nothing is told of what is worked on already. A `tell` that raises ends the asking: there is
    nobody to hear the answer. None is under way when this returns, so that it cannot overtake
    the answer.
    """
    task = asyncio.create_task(asking)
    try:
        for wait_s in after_s:
            await asyncio.wait({task}, timeout=wait_s)
            others = None if task.done() else ahead()
            if others is not None:
                await tell(others)
        return await task
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait({task})
