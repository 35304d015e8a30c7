"""A server's rules on the whole road: in threads, through a restart, by who has which role."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from cogs.client import FootnoteClient
from cogs.records.database import Records
from cogs.records.outbox import Promise
from cogs.supervisor import IntentRefused, keep_running
from retrieval.ingestion.crawl_client import CrawlClient
from retrieval.serving.service import AskService
from tests.cogs.conftest import FakeService
from tests.corpus.web.small_web import saying, serving
from tests.corpus.web.test_crawler import article
from tests.discord import intents
from tests.discord.emulator import ALL_INTENTS, FakeDiscord
from tests.discord.stage import ORACLE
from tests.discord.values import User
from tests.journeys.test_discord import QUESTION, QUOTE, Stage, staged
from tests.journeys.test_recovery import message_of, promised, restart, said_in
from tests.journeys.ways import scene

MANAGE_GUILD = 1 << 5


def manager(stage: Stage) -> User:
    return stage.discord_.join(stage.guild, stage.discord_.user("bob"), permissions=MANAGE_GUILD)


async def test_a_thread_goes_by_the_channel_that_it_is_in(tmp_path: Path):
    async with staged(tmp_path) as stage:
        d, bob = stage.discord_, manager(stage)
        said = await d.say(stage.channel, stage.alice, "Let us talk.")
        thread = await d.thread(said, stage.alice, "Talk")
        await stage.done(
            await d.slash(
                stage.channel, bob, "settings answers", answer=False, channel=stage.channel
            )
        )
        for place in (stage.channel, thread):
            denied = await d.slash(place, stage.alice, "ask", question=QUESTION)
            assert d.message(denied).text.startswith("I do not answer in this channel")
        await d.say(thread, stage.alice, f"{d.bot.mention} {QUESTION}")
        await d.until(lambda: d.replies(thread))
        assert d.replies(thread)[0].text.startswith("I do not answer in this channel")


async def test_privacy_and_forgetting_in_a_direct_message(tmp_path: Path):
    async with staged(tmp_path) as stage:
        d = stage.discord_
        private = d.dm(stage.alice)
        told = await stage.done(await d.slash(private, stage.alice, "privacy"))
        assert "### What I store" in told.text
        await stage.done(await d.slash(private, stage.alice, "ask", question=QUESTION))
        gone = await stage.done(await d.slash(private, stage.alice, "forget-me"))
        assert gone.text.startswith("Deleted: your questions")


async def test_a_mention_from_before_a_crash_is_answered_by_the_roles_of_its_author(
    tmp_path: Path,
):
    """A message that is read again does not tell them: they are asked for."""
    async with scene(tmp_path) as them:
        asker = them.askers["mention"]
        guild = them.d.world.guilds[them.guild]
        reader = int(them.d.world.new_role(guild, "reader", 0)["id"])
        rules = f"[{reader}]"
        left = message_of(them, asker.channel, asker.user, 1)
        await promised(them, Promise(left.id, them.guild, asker.channel, asker.user.id))
        await them.client().services.records.write(
            lambda c: c.execute(
                "INSERT INTO setting VALUES ($1, 0, 'ask_roles', $2)", them.guild, rules
            )
        )
        guild.members[asker.user.id].role_ids.append(reader)
        await restart(them)
        (told,) = said_in(them, asker.channel)
        assert QUOTE in told


async def test_links_that_are_posted_over_the_wire(tmp_path: Path):
    """The intent that the client asks for is the one that lets it see them."""
    collector = CrawlClient(tmp_path, program="tests.retrieval.ingestion.open_crawl_process")
    service, records = AskService(tmp_path, collector=collector), await Records.in_memory()
    with serving() as web:
        web.pages["news.example/a"] = saying(article("Envoy", "The envoy Zorblatt sang at dinner."))
        async with FakeDiscord(ORACLE) as d:
            guild = d.guild()
            channel = d.channel(guild)
            bob = d.join(guild, d.user("bob"), permissions=MANAGE_GUILD)
            with d.override():
                client = FootnoteClient(
                    service, records, reads_messages=True, guild_ready_timeout=0.05
                )
                async with d.running(client):
                    turned = await d.slash(channel, bob, "settings links", on=True)
                    await d.until(lambda: turned.message_id and not d.message(turned).loading)
                    said = await d.say(channel, bob, f"See {web.url('news.example/a')}.")
                    put = f"PUT /channels/{channel}/messages/{said.id}/reactions/"
                    await d.until(lambda: d.sent(put), 20)
            page = await service.articles.page(server=guild, start=0, count=5)
            assert [info.title for info in page.articles] == ["Envoy"]
            d.assert_clean()
    await service.close()
    await records.close()


async def test_an_intent_that_the_portal_has_off_is_one_sentence():
    records = await Records.in_memory()
    allowed = ALL_INTENTS & ~intents.MESSAGE_CONTENT
    async with FakeDiscord(ORACLE, allowed_intents=allowed) as d:
        with d.override(), pytest.raises(IntentRefused, match="or leave FOOTNOTE_POSTED_LINKS off"):
            await keep_running(
                lambda: FootnoteClient(FakeService(), records, reads_messages=True),
                d.token,
                asyncio.Event(),
            )
    await records.close()


async def test_a_server_that_removes_the_bot_is_noted_and_so_is_its_coming_back():
    records = await Records.in_memory()

    async def noted(table: str, servers: list[int]) -> None:
        query = f"SELECT server FROM {table} ORDER BY server"
        found: list[int] = []
        for _ in range(500):
            rows = await records.read(lambda connection: connection.rows(query))
            found = [server for (server,) in rows]
            if found == servers:
                return
            await asyncio.sleep(0.02)
        assert found == servers, table

    async with FakeDiscord(ORACLE) as d:
        first, second = sorted((d.guild(), d.guild()))
        with d.override():
            client = FootnoteClient(FakeService(), records, guild_ready_timeout=0.05)
            async with d.running(client):
                await noted("present_server", [first, second])
                guild = d.world.guilds[first]
                me = guild.members[d.bot.id]
                await d.expel(first)
                await noted("left_server", [first])
                await noted("present_server", [second])
                guild.members[d.bot.id] = me
                await d.announce(first)
                await noted("left_server", [])
                await noted("present_server", [first, second])
    await records.close()
