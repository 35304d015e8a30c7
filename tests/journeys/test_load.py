"""Many ask at once, one of them too much: all are answered (benchmarks/load.py: how fast)."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path

from benchmarks.load import all_at_once, seats
from retrieval.service import MAX_WAITING_EACH
from tests.discord.emulator import FakeDiscord
from tests.discord.program import running
from tests.discord.stage import ORACLE
from tests.journeys.ways import QUESTION, QUOTE

FLOOD = 25


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
            await d.until(lambda: not any(d.message(one).loading for one in flooded), 30)
        assert all(one.answered_s is not None for one in asked)
        said = [d.message(one).text for one in flooded]
        told = [text for text in said if text.startswith(f"{MAX_WAITING_EACH} of your questions")]
        answered = [text for text in said if QUOTE in text]
        assert len(told) + len(answered) == FLOOD
        assert len(answered) >= MAX_WAITING_EACH
        d.assert_clean()
