"""The whole road of a file: sent in Discord, fetched from its CDN, read, answered from."""

from __future__ import annotations

from pathlib import Path

from cogs.articles import FIRST
from tests.discord.values import Message, Upload, User
from tests.journeys.test_discord import Stage, staged

MANAGE_GUILD = 1 << 5
DINNER = Upload(
    "dinner.txt",
    b"Title: The dinner\nSource: Herald\n\nThe envoy Zorblatt was recalled because he sang.",
)
ASKED = "Why was Zorblatt recalled?"
SANG = "recalled because he sang"


def manager(stage: Stage, guild: int) -> User:
    return stage.discord_.join(guild, stage.discord_.user("bob"), permissions=MANAGE_GUILD)


async def add(stage: Stage, bob: User, **options: object) -> Message:
    return await stage.done(
        await stage.discord_.slash(stage.channel, bob, "article add", **options)
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
        asked = await stage.done(await d.slash(channel, stage.alice, "ask", question=ASKED))
        assert SANG not in asked.text
        private = await stage.done(
            await d.slash(d.dm(stage.alice), stage.alice, "ask", question=ASKED)
        )
        assert SANG not in private.text
        offered = await d.autocomplete(stage.channel, bob, "article remove", "article")
        assert [each["name"] for each in offered or []] == ["The dinner"]
        article = (offered or [])[0]["value"]
        assert await d.autocomplete(channel, stage.alice, "article show", "article") != offered
        seen = await stage.done(
            await d.slash(channel, stage.alice, "article show", article=article)
        )
        assert seen.text.startswith("There is no such article here")
        asked = await stage.done(
            await d.slash(stage.channel, bob, "article remove", article=article)
        )
        pressed = await d.press(asked, bob, f"remove:{article}")
        await d.until(lambda: "Removed: **The dinner**" in d.message(pressed).text)
        assert SANG not in (await stage.answer(ASKED)).text


async def test_a_message_adds_its_file_unless_discord_has_it_no_more(tmp_path: Path):
    async with staged(tmp_path) as stage:
        d, bob = stage.discord_, manager(stage, stage.guild)
        message = await d.say(stage.channel, stage.alice, "Read this!", files=[DINNER])
        added = await stage.done(await d.menu(stage.channel, bob, "Add this article", message))
        assert "✅ Added: **The dinner**" in added.text
        d.world.files.clear()
        lost = await stage.done(await d.menu(stage.channel, bob, "Add this article", message))
        assert "could not be fetched from Discord; please send it again" in lost.text


async def test_a_file_comes_over_tls_too(tmp_path: Path):
    async with staged(tmp_path, tls=True) as stage:
        added = await add(stage, manager(stage, stage.guild), file=DINNER)
        assert "✅ Added: **The dinner**" in added.text


async def test_a_link_or_a_feed_into_the_operators_own_network_is_refused(tmp_path: Path):
    async with staged(tmp_path) as stage:
        bob = manager(stage, stage.guild)
        port = stage.discord_.port
        refused = await add(stage, bob, link=f"http://127.0.0.1:{port}/attachments/x")
        assert refused.text.startswith("⚠️ ")
        assert "public" in refused.text
