"""The running bot looks at feeds by itself, and its process for that ends with it."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from corpus.storage.locations import library_file
from corpus.storage.store import ArticleStore
from corpus.web.watchlist import WatchList
from tests.discord.emulator import FakeDiscord
from tests.discord.program import running


def children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(child) for child in (task / "children").read_text().split()]
    return found


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes are told by /proc")
async def test_a_feed_that_is_due_is_looked_at_and_nothing_is_left_running(tmp_path: Path):
    library = library_file(tmp_path, "7")
    with ArticleStore.open(library) as store:
        WatchList(store).add_feed("http://127.0.0.1/feed", "feed")
    async with FakeDiscord() as d, running(d, tmp_path) as bot:
        with ArticleStore.open_to_read(library) as store:
            async with asyncio.timeout(60):
                while not (problem := WatchList(store).health()[0].problem):  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
        # The guard stands there too, for the address of this very machine.
        assert problem.startswith("127.0.0.1 is not on the public internet")
        started = children(bot.pid)
        assert started
        bot.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(bot.wait(), 10) == 0
        for child in started:
            with pytest.raises(ProcessLookupError):
                os.kill(child, 0)
