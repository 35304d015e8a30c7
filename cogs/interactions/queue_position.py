"""Whoever waits noticeably is told their place in the line, twice at the most."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from retrieval.wording.translations import in_every_language, tr

# After how long a place is told, and how long after that once more.
SHOWN_AFTER_S = (3.0, 12.0)
POSITION = "You are number {number} in line; the answer will stand here."

T = TypeVar("T")


def position_sentence(ahead: int) -> str:
    """The sentence for somebody with so many others before them."""
    return tr(POSITION, number=ahead + 1)


def is_position_sentence(sentence: str) -> bool:
    """Whether this is what `position_sentence` says, in any language."""
    parts = (text.partition("{number}") for text in in_every_language(POSITION))
    return any(sentence.startswith(lead) and sentence.endswith(rest) for lead, _, rest in parts)


async def wait_in_queue(
    asking: Coroutine[Any, Any, T],
    ahead: Callable[[], int | None],
    tell: Callable[[int], Awaitable[object]],
    *,
    after_s: tuple[float, ...] = SHOWN_AFTER_S,
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
