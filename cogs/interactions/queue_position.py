"""Shows members who wait for long their position in the queue, at most twice."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from retrieval.wording.translations import in_every_language, tr

# How long after the start the position is shown, and how long after that again.
SHOWN_AFTER_S = (3.0, 12.0)
POSITION = "You are number {number} in line; the answer will stand here."

T = TypeVar("T")


def position_sentence(ahead: int) -> str:
    """The sentence for somebody who has `ahead` others before them."""
    return tr(POSITION, number=ahead + 1)


def is_position_sentence(sentence: str) -> bool:
    """Whether `position_sentence` makes this sentence, in any language."""
    parts = (text.partition("{number}") for text in in_every_language(POSITION))
    return any(sentence.startswith(lead) and sentence.endswith(rest) for lead, _, rest in parts)


async def wait_in_queue(
    asking: Coroutine[Any, Any, T],
    ahead: Callable[[], int | None],
    tell: Callable[[int], Awaitable[object]],
    *,
    after_s: tuple[float, ...] = SHOWN_AFTER_S,
) -> T:
    """Await `asking` and return its result; `tell` how many are `ahead` while it waits.

    `ahead` returns None once the work has begun; then nothing is told. If `tell` raises, `asking`
    is cancelled, because nobody waits for the answer. No `tell` is running when this returns, so
    none can overtake the answer.
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
