"""Many ask at once, one of them too much: all are answered (benchmarks/load.py: how fast)."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path

from benchmarks.load import all_at_once, seats
from retrieval.serving.fair_queue import DEFAULT_LIMITS
from tests.discord.emulator import FakeDiscord
from tests.discord.program import running
from tests.discord.stage import ORACLE
from tests.journeys.ways import QUESTION, QUOTE

FLOOD = 25


def settled(text: str) -> bool:
    """Answered, or told that others of the same member wait; a place in the line may come first."""
    return QUOTE in text or text.startswith(f"{DEFAULT_LIMITS.per_member} of your questions")


async def test_all_are_answered_also_beside_one_who_floods(tmp_path: Path):
    async with FakeDiscord(ORACLE) as d:
        there = seats(d, servers=8, members_each=5)
        flooder = there[0]
        async with running(d, tmp_path):
            flood = [
                asyncio.create_task(
                    d.slash(flooder.channel, flooder.user, "ask", question=QUESTION, _wait_s=30)
                )
                for _ in range(FLOOD)
            ]
            asked = await all_at_once(d, there[1:], itertools.cycle([QUESTION]).__next__)
            flooded = await asyncio.gather(*flood)
            await d.until(lambda: all(settled(d.message(one).text) for one in flooded), 30)
        assert all(one.answered_s is not None for one in asked)
        said = [d.message(one).text for one in flooded]
        assert sum(QUOTE in text for text in said) >= DEFAULT_LIMITS.per_member
        d.assert_clean()
