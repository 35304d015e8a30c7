"""Several bots over one database: nothing is done twice, and when one dies the others go on.

Real processes of the real program, killed with SIGKILL, against the emulated Discord.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cogs.background.shards import shard_of
from cogs.records import outbox
from cogs.records.database import Records
from cogs.records.outbox import Promise
from corpus.ingestion.embedding import embed_article, recipe
from corpus.ingestion.sources import Source, article_from
from corpus.parsing.extract import extract
from corpus.storage.connection import Connection
from corpus.storage.locations import Database
from corpus.web.watchlist import WatchList
from retrieval.encoders.embedder import Embedder
from tests.discord import launch
from tests.discord.emulator import FakeDiscord
from tests.discord.stage import ORACLE
from tests.discord.values import Interaction, Message

TAKEN_OVER_S = 30.0
ENVOY = b"Title: The envoy\n\nZorblatt recalled its envoy to Quux because he sang at dinner."
QUESTION = "Why did Zorblatt recall its envoy?"
SANG = "because he sang at dinner"


@asynccontextmanager
async def bot(
    d: FakeDiscord, database: str, data_dir: Path, *, shards: int = 1
) -> AsyncIterator[Process]:
    """One of them; its own folder has nothing that is shared."""
    log = (data_dir.parent / f"{data_dir.name}.log").open("wb")
    started = await asyncio.create_subprocess_exec(
        *launch.command("run"),
        cwd=launch.ROOT,
        env={
            **os.environ,
            **d.environment(),
            "FOOTNOTE_DATA_DIR": str(data_dir),
            "FOOTNOTE_DATABASE": database,
            "FOOTNOTE_DISCORD_TOKEN": d.token,
            "FOOTNOTE_SHARDS": str(shards),
        },
        stdout=DEVNULL,
        stderr=log,
    )
    try:
        yield started
    finally:
        if started.returncode is None:
            started.kill()
        await started.wait()
        log.close()


def fill(database: str, server: int) -> None:
    """An article of the server's own, and a feed that is due."""
    embedder = Embedder.load()
    with Database(database).place(str(server)).open() as store:
        article = article_from(
            extract(ENVOY, "envoy.txt"), Source("envoy.txt", lambda: ENVOY, key="")
        )
        store.put(article, embed_article(article, embedder.encode))
        store.set_stamp("recipe", recipe(embedder.identity))
        WatchList(store).add_feed("http://127.0.0.1/feed", "feed")


async def schedule(database: str, server: int, channel: int) -> None:
    """A digest each day, which was due a minute ago and the day before was done."""
    due = datetime.now(UTC) - timedelta(minutes=1)
    before = (due - timedelta(days=1)).timestamp()
    records = await Records.open_in(database)

    def write(connection: Connection) -> None:
        connection.execute(
            "INSERT INTO setting VALUES ($1, $2, 'digest', $3)",
            server,
            channel,
            json.dumps(f"{due:%H:%M}"),
        )
        connection.execute("INSERT INTO digest VALUES ($1, $2, $3)", server, channel, before)

    await records.write(write)
    await records.close()


async def promise(database: str, one: Promise) -> None:
    records = await Records.open_in(database)
    await outbox.add(records, one)
    await records.close()


def failures(database: str, server: int) -> int:
    """How often the feed was looked at: it is where no feed may be."""
    with Database(database).place(str(server)).open() as store:
        return WatchList(store).health()[0].failures


def digests(d: FakeDiscord, channel: int) -> int:
    return sum("sang at dinner" in message.text for message in d.replies(channel))


def is_answered(d: FakeDiscord, channel: int, said: Message) -> bool:
    references = [reply.data.get("message_reference") or {} for reply in d.replies(channel)]
    return any(one.get("message_id") == str(said.id) for one in references)


async def answered(d: FakeDiscord, asked: Interaction) -> None:
    await d.until(lambda: SANG in d.message(asked).text, TAKEN_OVER_S)


async def test_one_stands_by_and_takes_over_what_the_other_left(database: str, tmp_path: Path):
    async with FakeDiscord(ORACLE) as d:
        guild = d.guild("Readers")
        news, talk = d.channel(guild, "news"), d.channel(guild, "talk")
        alice = d.join(guild, d.user("alice"))
        await asyncio.to_thread(fill, database, guild)
        await schedule(database, guild, news)
        async with bot(d, database, tmp_path / "one") as first:
            await d.connected(60)
            async with bot(d, database, tmp_path / "two"):
                await d.until(lambda: digests(d, news) == 1, 60)
                await answered(d, await d.slash(talk, alice, "ask", question=QUESTION))
                await asyncio.sleep(8)  # the other has looked at everything too
                assert len(d.gateway.live) == 1
                assert failures(database, guild) == 1
                first.kill()
                await first.wait()
                began = time.monotonic()
                await d.until(lambda: not d.gateway.live, 5)
                # What it had heard, written down and not answered yet.
                said = await d.say(talk, alice, f"{d.bot.mention} {QUESTION}")
                await promise(database, Promise(said.id, guild, talk, alice.id))
                await d.connected(TAKEN_OVER_S)
                assert time.monotonic() - began < TAKEN_OVER_S
                await answered(d, await d.slash(talk, alice, "ask", question=QUESTION))
                await d.until(lambda: is_answered(d, talk, said), TAKEN_OVER_S)
                await asyncio.sleep(2)
                assert digests(d, news) == 1
                d.assert_clean()


@pytest.mark.parametrize("order", [0, 1])
async def test_shards_are_shared_out_and_those_of_one_that_dies_are_taken(
    order: int, database: str, tmp_path: Path
):
    async with FakeDiscord(ORACLE) as d:
        guilds: dict[int, int] = {}
        while len(guilds) < 2:
            guild = d.guild(f"guild {len(guilds)}")
            guilds.setdefault(shard_of(guild, 2), guild)
        rooms = {guild: d.channel(guild) for guild in guilds.values()}
        alice = d.user("alice")
        for guild in guilds.values():
            d.join(guild, alice)
            await asyncio.to_thread(fill, database, guild)

        def shards() -> list[int]:
            return sorted(session.shard[0] for session in d.gateway.live)

        async with (
            bot(d, database, tmp_path / "one", shards=2) as one,
            bot(d, database, tmp_path / "two", shards=2) as two,
        ):
            await d.until(lambda: shards() == [0, 1], 60)
            for room in rooms.values():
                await answered(d, await d.slash(room, alice, "ask", question=QUESTION))
            dying = (one, two)[order]
            began = time.monotonic()
            dying.kill()
            await dying.wait()
            await d.until(lambda: len(shards()) < 2, 10)
            await d.until(lambda: shards() == [0, 1], TAKEN_OVER_S)
            assert time.monotonic() - began < TAKEN_OVER_S
            for room in rooms.values():
                await answered(d, await d.slash(room, alice, "ask", question=QUESTION))
            d.assert_clean()
