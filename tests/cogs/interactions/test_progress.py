"""Progress is told once a second at most, and never after the result."""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise

from cogs.interactions.progress import (
    WAITING,
    OnProgress,
    is_progress,
    reading_sentence,
    run_with_progress,
)


async def test_what_changed_is_told_and_no_more_often_than_allowed():
    told: list[tuple[float, str]] = []

    async def tell(sentence: str) -> None:
        told.append((time.monotonic(), sentence))

    async def work(on_progress: OnProgress) -> str:
        for share in range(100):
            on_progress(share / 100)
            await asyncio.sleep(0.005)
        return "done"

    assert await run_with_progress(work, tell, every_s=0.1) == "done"
    assert 1 <= len(told) <= 12
    assert all(later[0] - before[0] >= 0.09 for before, later in pairwise(told))
    assert all(is_progress(sentence) for _, sentence in told)


async def test_a_quick_one_tells_nothing_and_one_that_waits_says_so_once():
    told: list[str] = []

    async def tell(sentence: str) -> None:
        told.append(sentence)

    async def work(on_progress: OnProgress) -> None:
        await asyncio.sleep(0.2)

    await run_with_progress(work, tell, every_s=5.0)
    assert told == []
    await run_with_progress(work, tell, every_s=0.05)
    assert told == [WAITING]
    assert reading_sentence(0.4) == "⏳ Reading… 40%"
    assert not is_progress("Reading is fun.")
