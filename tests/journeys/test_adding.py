"""The whole road of a file: sent in Discord, fetched from its CDN, read, answered from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cogs.commands.articles import FIRST
from cogs.interactions.progress import is_progress
from retrieval.ingestion.crawl_client import CrawlClient
from tests.corpus.web.small_web import saying, serving
from tests.corpus.web.test_crawler import article, item, rss
from tests.discord.faults import Fault, rate_limited
from tests.discord.values import Interaction, Message, Upload, User
from tests.journeys.test_discord import Stage, staged

OPEN = "tests.retrieval.ingestion.open_crawl_process"
MANAGE_GUILD = 1 << 5
ANSWERS = r"PATCH /webhooks/"
DINNER = Upload(
    "dinner.txt",
    b"Title: The dinner\nSource: Herald\n\nThe envoy Zorblatt was recalled because he sang.",
)
ASKED = "Why was Zorblatt recalled?"
SANG = "recalled **because he sang**"


def manager(stage: Stage, guild: int) -> User:
    return stage.discord_.join(guild, stage.discord_.user("bob"), permissions=MANAGE_GUILD)


async def done(stage: Stage, interaction: Interaction) -> Message:
    """What stands there in the end; processes that read start first, on a busy machine slowly."""
    d = stage.discord_

    def is_there() -> bool:
        message = d.message(interaction)
        return not message.loading and not is_progress(message.text)

    await d.until(lambda: interaction.message_id and is_there(), 60)
    return d.message(interaction)


async def add(stage: Stage, bob: User, **options: object) -> Message:
    return await done(
        stage, await stage.discord_.slash(stage.channel, bob, "article add", **options)
    )


async def test_a_file_is_answered_from_in_its_server_and_nowhere_else(tmp_path: Path):
    async with staged(tmp_path) as stage:
        d, bob = stage.discord_, manager(stage, stage.guild)
        added = await add(stage, bob, file=DINNER)
        assert added.text == f"✅ Added: **The dinner**\n-# {FIRST}"
        assert SANG in (await stage.answer(ASKED)).text
        other = d.guild("Other")
        channel = d.channel(other)
        d.join(other, stage.alice)
        await d.announce(other)
        asked = await done(stage, await d.slash(channel, stage.alice, "ask", question=ASKED))
        assert SANG not in asked.text
        private = await done(
            stage, await d.slash(d.dm(stage.alice), stage.alice, "ask", question=ASKED)
        )
        assert SANG not in private.text
        offered = await d.autocomplete(stage.channel, bob, "article remove", "article")
        assert [each["name"] for each in offered or []] == ["The dinner"]
        article = (offered or [])[0]["value"]
        assert await d.autocomplete(channel, stage.alice, "article show", "article") != offered
        seen = await done(
            stage, await d.slash(channel, stage.alice, "article show", article=article)
        )
        assert seen.text.startswith("There is no such article here")
        asked = await done(
            stage, await d.slash(stage.channel, bob, "article remove", article=article)
        )
        pressed = await d.press(asked, bob, f"remove:{article}")
        await d.until(lambda: "Removed: **The dinner**" in d.message(pressed).text)
        assert SANG not in (await stage.answer(ASKED)).text


async def test_a_message_adds_its_file_unless_discord_has_it_no_more(tmp_path: Path):
    async with staged(tmp_path) as stage:
        d, bob = stage.discord_, manager(stage, stage.guild)
        message = await d.say(stage.channel, stage.alice, "Read this!", files=[DINNER])
        added = await done(stage, await d.menu(stage.channel, bob, "Add this article", message))
        assert "✅ Added: **The dinner**" in added.text
        d.world.files.clear()
        lost = await done(stage, await d.menu(stage.channel, bob, "Add this article", message))
        assert "could not be fetched from Discord; please send it again" in lost.text


async def test_a_file_comes_over_tls_too(tmp_path: Path):
    async with staged(tmp_path, tls=True) as stage:
        added = await add(stage, manager(stage, stage.guild), file=DINNER)
        assert "✅ Added: **The dinner**" in added.text


async def test_a_link_or_a_feed_into_the_operators_own_network_is_refused(tmp_path: Path):
    async with staged(tmp_path) as stage:
        d, bob = stage.discord_, manager(stage, stage.guild)
        address = f"http://127.0.0.1:{d.port}/attachments/x"
        refused = await add(stage, bob, link=address)
        assert "0.0.1 is not on the public internet" in refused.text
        refused = await done(stage, await d.slash(stage.channel, bob, "feed add", link=address))
        assert "0.0.1 is not on the public internet" in refused.text


async def test_links_and_feeds_become_the_servers_own(tmp_path: Path):
    collector = CrawlClient(tmp_path, program=OPEN)
    with serving() as web:
        web.pages["news.example/a"] = saying(article("Envoy", DINNER.data.decode()))
        web.pages["news.example/b"] = saying(article("Bridge", "The Quux bridge opened in 1931."))
        web.pages["news.example/feed"] = saying(rss(item("/b"), title="Daily"))
        async with staged(tmp_path, collector=collector) as stage:
            d, bob = stage.discord_, manager(stage, stage.guild)
            added = await add(stage, bob, link=web.url("news.example/a"))
            assert added.text == f"✅ Added: **Envoy**\n-# {FIRST}"
            assert SANG in (await stage.answer(ASKED)).text
            feed = web.url("news.example/feed")
            watched = await done(stage, await d.slash(stage.channel, bob, "feed add", link=feed))
            assert watched.text.startswith("✅ Now watching: **Daily**\n-# 1 article from it")
            await collector.refresh(library=str(stage.guild))
            assert "in **1931**" in (await stage.answer("When did the Quux bridge open?")).text
            listed = await done(stage, await d.slash(stage.channel, stage.alice, "feed list"))
            assert "**Daily**\n-# 1 article · checked" in listed.text
            assert await stage.service.articles.feeds(stage.guild + 1) == []
            gone = await done(stage, await d.slash(stage.channel, bob, "feed remove", feed=feed))
            assert gone.text.startswith("No longer watching: **Daily**")
            # What a server leaves behind is erased while its collector's process has it open.
            assert await stage.service.articles.erase(stage.guild)
            assert SANG not in (await stage.answer(ASKED)).text


@pytest.mark.parametrize(
    "fault",
    [
        lambda: rate_limited(ANSWERS, times=3),
        lambda: Fault(ANSWERS, times=3, status=503),
        lambda: Fault(ANSWERS, times=3, drop=True),
        lambda: Fault(ANSWERS, times=1, drop=True, after=True),
        lambda: Fault("POST /interactions/", times=1, status=503),
    ],
    ids=["429", "503", "line drops", "reply lost", "503 at first"],
)
async def test_what_is_added_is_added_once_and_said_whatever_discord_does(
    fault: Callable[[], Fault], tmp_path: Path
):
    async with staged(tmp_path) as stage:
        bob = manager(stage, stage.guild)
        stage.discord_.faults.append(fault())
        added = await add(stage, bob, file=DINNER)
        assert added.text == f"✅ Added: **The dinner**\n-# {FIRST}"
        assert await stage.service.articles.count(stage.guild) == 1
