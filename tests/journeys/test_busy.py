"""A library that takes its time to be opened: members are heard meanwhile, and so is a stop."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import numpy as np

from corpus.article import Article, ArticleInfo
from corpus.segmentation.splitter import passages
from corpus.storage.locations import library_file
from corpus.storage.store import ArticleStore, Embedded
from tests.discord.emulator import FakeDiscord
from tests.discord.program import running
from tests.discord.stage import ORACLE
from tests.journeys.ways import QUESTION, QUOTE

STOPPED_WITHIN_S = 10.0
DIMENSION = 384


def to_be_renewed(data_dir: Path, name: str) -> None:
    """A library made with another model, large enough that embedding it anew takes a while."""
    with ArticleStore.open(library_file(data_dir, name)) as store:
        for number in range(60):
            text = " ".join(f"The envoy number {number * n} dined with {n}." for n in range(300))
            article = Article(ArticleInfo(str(number), 1, f"Envoy {number}"), text)
            found = passages(text)
            rows = np.full((max(len(p.sentences) for p in found), DIMENSION), DIMENSION**-0.5, "f4")
            store.put(article, [Embedded(p, rows[0], rows[: len(p.sentences)]) for p in found])
        store.set_stamp("recipe", "of another model")


async def test_members_are_heard_while_a_library_is_embedded_anew_and_so_is_sigterm(tmp_path: Path):
    async with FakeDiscord(ORACLE) as d:
        guild = d.guild()
        channel = d.channel(guild)
        alice = d.join(guild, d.user("alice"))
        private = d.dm(alice)
        async with running(d, tmp_path) as bot:
            await d.say(private, alice, QUESTION)
            await d.until(lambda: d.replies(private), 30)
            assert QUOTE in d.replies(private)[0].text
            to_be_renewed(tmp_path, str(guild))
            asked = [await d.slash(channel, alice, "ask", question=QUESTION) for _ in range(2)]
            assert all(one.acknowledged for one in asked)
            # The first is worked on, the second waits in line and is told so.
            await d.until(
                lambda: d.message(asked[1]).content.startswith("You are number 1 in line"), 8
            )
            assert d.message(asked[0]).loading
            bot.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(bot.wait(), STOPPED_WITHIN_S) == 0
        for one in asked:
            assert d.message(one).content.startswith("I am about to stop")
        d.assert_clean()


async def test_who_asks_while_the_program_starts_is_acknowledged_in_time(tmp_path: Path):
    async with FakeDiscord(ORACLE) as d:
        guild = d.guild()
        channel = d.channel(guild)
        members = [d.join(guild, d.user(f"member {number}")) for number in range(8)]
        async with running(d, tmp_path):  # as soon as it is connected; the model is being loaded
            asked = await asyncio.gather(
                *(d.slash(channel, one, "ask", question=QUESTION) for one in members)
            )
            assert all(one.acknowledged for one in asked)
            # Some may be told their place in the line before.
            await d.until(lambda: all(QUOTE in d.message(one).text for one in asked), 30)
        d.assert_clean()
