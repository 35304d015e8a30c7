"""A server's feeds in Discord: watched, listed, removed, by who may, each server's own."""

from __future__ import annotations

from dataclasses import replace

from cogs.cards.feed_cards import FeedsPageButton, FeedsPageId, feeds_card
from cogs.commands.feeds import key_of
from corpus.errors import FeedError
from corpus.web.results import FeedHealth
from tests.cogs.conftest import World, in_a_world, texts

URL = "https://news.example/feed.xml"


def health(number: int, **facts: object) -> FeedHealth:
    feed = FeedHealth(f"{URL}?{number}", f"News {number}", "feed", 1, 0, 0, None, None, 0, None)
    return replace(feed, **facts)  # type: ignore[arg-type]


@in_a_world
async def test_a_feed_is_watched_listed_and_removed(world: World):
    added = await world.bob.slash(world.channel, "feed add", link=URL)
    assert texts(added.response)[0].startswith(
        f"✅ Now watching: **Feed of {URL}**\n-# 3 articles from it will be read"
    )
    listed = await world.alice.slash(world.channel, "feed list")
    assert listed.ephemeral
    assert texts(listed.response) == [
        "### Feeds\n-# 1 to 1 of 1",
        f"**Feed of {URL}**\n-# 0 articles · 3 waiting to be read",
    ]
    offered = await world.bob.autocomplete(world.channel, "feed remove", "feed", "news")
    assert [(choice["name"], choice["value"]) for choice in offered] == [(f"Feed of {URL}", URL)]
    gone = await world.bob.slash(world.channel, "feed remove", feed=URL)
    assert gone.response.content.startswith("No longer watching")
    empty = await world.alice.slash(world.channel, "feed list")
    assert texts(empty.response)[0].startswith("This server watches no feeds")


@in_a_world
async def test_what_is_no_feed_is_one_sentence(world: World):
    world.service.articles.raises = FeedError(f"There is no feed at {URL}.")
    added = await world.bob.slash(world.channel, "feed add", link=URL)
    assert added.response.content == f"⚠️ There is no feed at {URL}."


@in_a_world
async def test_feeds_are_for_who_may_add_and_of_one_server(world: World):
    elsewhere = world.env.create_guild()
    world.service.articles.watched[elsewhere.id] = [health(1)]
    for command, options in (("add", {"link": URL}), ("remove", {"feed": URL})):
        denied = await world.alice.slash(world.channel, f"feed {command}", **options)
        assert denied.response.content.startswith("Only members with “Manage Server”")
    assert await world.alice.autocomplete(world.channel, "feed remove", "feed", "") == []
    assert await world.bob.autocomplete(world.channel, "feed remove", "feed", "") == []
    none = await world.bob.slash(world.channel, "feed remove", feed=health(1).url)
    assert "No feed is watched" in none.response.content
    assert world.service.articles.watched[elsewhere.id] == [health(1)]


@in_a_world
async def test_a_long_address_can_be_chosen_all_the_same(world: World):
    long = f"https://news.example/{'x' * 200}.xml"
    world.service.articles.watched[world.guild.id] = [health(1, url=long)]
    offered = await world.bob.autocomplete(world.channel, "feed remove", "feed", "")
    assert [choice["value"] for choice in offered] == [key_of(long)]
    assert len(key_of(long)) <= 100
    await world.bob.slash(world.channel, "feed remove", feed=key_of(long))
    assert world.service.articles.watched[world.guild.id] == []


@in_a_world
async def test_pages_are_turned_and_the_longest_fit(world: World):
    world.service.articles.watched[world.guild.id] = [health(n) for n in range(12)]
    listed = await world.alice.slash(world.channel, "feed list")
    later = await world.alice.click(listed.response, label="Next")
    assert texts(later.response)[0] == "### Feeds\n-# 11 to 12 of 12"
    assert FeedsPageButton(FeedsPageId(10)).item.custom_id == "feeds:10"
    worst = health(
        1,
        title="t_" * 300,
        articles=10**9,
        waiting=10**9,
        refused=10**9,
        checked_at="2026-03-17T12:00:00+00:00",
        problem="p~" * 900,
    )
    assert feeds_card([worst] * 50, 10).content_length() <= 4000
