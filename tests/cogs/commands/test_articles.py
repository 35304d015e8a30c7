"""A server's articles in Discord: added, listed, shown, removed, by who may, each server's own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cogs.cards.article_cards import NO_ARTICLE, NOT_OWN, article_card, list_card, remove_card
from cogs.commands.articles import FIRST, find_links
from corpus.article import Article, ArticleInfo
from corpus.errors import FetchError, Unreadable
from retrieval.serving.server_libraries import ArticlePage, ArticleVersions, LibraryFull
from tests.cogs.conftest import World, in_a_world, texts

DINNER = ("dinner.txt", b"The envoy was recalled because he sang.")


def info(number: int, **facts: Any) -> ArticleInfo:
    return ArticleInfo(f"article-{number}", 1, f"Article {number}", **facts)


def shown(result: Any) -> Any:
    return result.followups[0] if result.followups else result.response


@in_a_world
async def test_a_file_is_added_to_the_server_where_it_is_sent(world: World):
    added = await world.bob.slash(world.channel, "article add", file=DINNER)
    assert texts(added.response) == [f"✅ Added: **dinner.txt**\n-# {FIRST}"]
    assert world.service.articles.read == [DINNER[1]]
    assert [each.title for each in world.service.articles.own[world.guild.id]] == ["dinner.txt"]
    again = await world.bob.slash(world.channel, "article add", file=DINNER)
    assert texts(again.response) == ["☑️ Already here, unchanged: **dinner.txt**"]


@in_a_world
async def test_a_link_is_added(world: World):
    added = await world.bob.slash(world.channel, "article add", link="https://daily.example/envoy")
    assert texts(added.response)[0].startswith("✅ Added: **https://daily.example/envoy**")


@in_a_world
async def test_nothing_to_add_says_so(world: World):
    added = await world.bob.slash(world.channel, "article add")
    assert added.response.content.startswith("Nothing to add")
    assert added.ephemeral


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (Unreadable("dinner.txt is empty; leave it out or fill it."), "dinner.txt is empty"),
        (FetchError("There is nothing at that address."), "There is nothing at that address"),
        (LibraryFull(5), "holds 5 articles, its limit"),
    ],
)
@in_a_world
async def test_what_cannot_be_added_is_one_sentence(world: World, error: Exception, says: str):
    world.service.articles.raises = error
    added = await world.bob.slash(world.channel, "article add", file=DINNER)
    assert says in texts(added.response)[0]


@in_a_world
async def test_without_the_right_nothing_is_added_removed_or_offered(world: World):
    world.service.articles.own[world.guild.id] = [info(1)]
    for command, options in (
        ("article add", {"link": "https://daily.example/envoy"}),
        ("article remove", {"article": "article-1"}),
    ):
        denied = await world.alice.slash(world.channel, command, **options)
        assert denied.response.content == (
            "Only members with “Manage Server” may add or remove articles."
        )
        assert denied.ephemeral
    offered = await world.alice.autocomplete(world.channel, "article remove", "article", "")
    assert offered == []
    assert world.service.articles.own[world.guild.id] == [info(1)]


@in_a_world
async def test_the_message_command_adds_its_files_or_else_its_links(world: World):
    links = "see https://a.example/one, and (https://a.example/two)."
    message = await world.alice.send(world.channel, links)
    await world.bob.context_menu(world.channel, "Add this article", message)
    assert [each.title for each in world.service.articles.own[world.guild.id]] == [
        "https://a.example/one",
        "https://a.example/two",
    ]
    message = await world.alice.send(world.channel, "nothing here")
    none = await world.bob.context_menu(world.channel, "Add this article", message)
    assert none.response.content.startswith("Nothing to add")


@in_a_world
async def test_articles_are_listed_a_page_at_a_time(world: World):
    world.service.articles.own[world.guild.id] = [info(n, source="AP") for n in range(12)]
    listed = await world.alice.slash(world.channel, "article list")
    assert listed.ephemeral
    first, articles = texts(listed.response)
    assert first == "### Articles\n-# 1 to 10 of 12 · this server's own library"
    assert articles.startswith("**Article 11**\n-# AP · date unknown\n**Article 10**")
    older = await world.alice.click(listed.response, label="Next")
    assert texts(older.response)[0] == "### Articles\n-# 11 to 12 of 12 · this server's own library"


@in_a_world
async def test_the_common_library_is_seen_but_not_removed_from(world: World):
    world.service.articles.common = [info(1)]
    listed = await world.bob.slash(world.channel, "article list")
    assert "the common library" in texts(listed.response)[0]
    seen = await world.bob.slash(world.channel, "article show", article="article-1")
    assert "> This is how Article 1 begins." in texts(seen.response)
    removed = await world.bob.slash(world.channel, "article remove", article="article-1")
    assert removed.response.content == NOT_OWN
    for command, expected in (("article show", ["Article 1"]), ("article remove", [])):
        offered = await world.bob.autocomplete(world.channel, command, "article", "Art")
        assert [choice["name"] for choice in offered] == expected


@in_a_world
async def test_an_article_is_removed_when_that_is_confirmed(world: World):
    world.service.articles.own[world.guild.id] = [info(1), info(2)]
    asked = await world.bob.slash(world.channel, "article remove", article="article-1")
    assert world.service.articles.own[world.guild.id] == [info(1), info(2)]
    pressed = await world.bob.click(asked.response, label="Remove")
    assert texts(pressed.response)[0].startswith("Removed: **Article 1**")
    assert world.service.articles.own[world.guild.id] == [info(2)]
    again = await world.bob.slash(world.channel, "article remove", article="article-1")
    assert again.response.content == NO_ARTICLE


@in_a_world
async def test_an_id_from_another_server_finds_nothing_there(world: World):
    elsewhere = world.env.create_guild()
    secret = ArticleInfo("secret-0123456789ab", 1, "The secret")
    world.service.articles.own[elsewhere.id] = [secret]
    world.service.articles.own[world.guild.id] = [info(1)]
    for command in ("article show", "article remove"):
        found = await world.bob.slash(world.channel, command, article=secret.id)
        assert found.response.content == NO_ARTICLE
        offered = await world.bob.autocomplete(world.channel, command, "article", "secret")
        assert offered == []
    articles = world.service.articles
    assert await articles.remove(server=world.guild.id, article_id=secret.id) is None
    assert articles.own[elsewhere.id] == [secret]


@in_a_world
async def test_a_remove_button_is_of_the_server_and_the_member_who_press_it(world: World):
    """Whatever message a custom id is copied to."""
    elsewhere = world.env.create_guild()
    world.service.articles.own[elsewhere.id] = [info(1)]
    world.service.articles.own[world.guild.id] = [info(2)]
    place = world.env.bot.get_channel(world.channel.id)
    foreign = await place.send(view=remove_card(info(1)))
    pressed = await world.bob.click(foreign, label="Remove")
    assert texts(pressed.response)[0] == NOT_OWN
    ours = await place.send(view=remove_card(info(2)))
    pressed = await world.alice.click(ours, label="Remove")
    assert shown(pressed).content.startswith("Only members with “Manage Server”")
    assert world.service.articles.own == {elsewhere.id: [info(1)], world.guild.id: [info(2)]}


def test_links_are_found_once_without_the_end_of_the_sentence():
    text = "https://a.example/x. (https://a.example/y), <https://a.example/z> https://a.example/x"
    assert find_links(text) == [f"https://a.example/{end}" for end in "xyz"]
    assert len(find_links(" ".join(f"https://a.example/{n}" for n in range(30)))) == 10


@in_a_world
async def test_how_far_it_is_shows_where_the_result_will_stand(world: World):
    world.service.articles.shares, world.service.articles.pause_s = (0.25, 0.75), 1.2
    added = await world.bob.slash(world.channel, "article add", file=DINNER)
    said = [
        (request.json.get("content"), "components" in request.json)
        for request in world.env.http_requests
        if request.method == "PATCH" and request.json
    ]
    assert said == [("⏳ Reading… 25%", False), ("⏳ Reading… 75%", False), (None, True)]
    assert texts(added.response)[0].startswith("✅ Added: **dinner.txt**")


def test_the_longest_cards_fit():
    worst = info(1, source="s~" * 400, author="a_" * 400, published="2026-03-17", url="https://a")
    worst = replace(worst, title="t*" * 900)
    shown = ArticleVersions(
        Article(worst, "x|" * 9000), ((worst, "2026-03-17T12:00:00+00:00"),) * 40, True
    )
    page = ArticlePage((worst,) * 10, 10**6, is_own=True)
    for card in (list_card(page, 10), article_card(shown), remove_card(worst)):
        assert card.content_length() <= 4000
        assert len(list(card.walk_children())) <= 40


@in_a_world
async def test_a_page_button_shows_the_server_where_it_is_pressed_to_who_may_ask(world: World):
    elsewhere = [info(n) for n in range(100, 130)]
    world.service.articles.own[world.guild.id] = [info(n) for n in range(12)]
    place = world.env.bot.get_channel(world.channel.id)
    foreign = list_card(ArticlePage(tuple(elsewhere[:10]), 30, is_own=True), 0)
    pressed = await world.alice.click(await place.send(view=foreign), label="Next")
    assert texts(pressed.response)[1].startswith("**Article 1**\n")
    reader = world.guild.create_role("reader")
    await world.bob.slash(world.channel, "settings role", right="ASK", role=reader, allowed=True)
    denied = await world.alice.click(await place.send(view=foreign), label="Next")
    assert shown(denied).content == f"Only members with <@&{reader.id}> may ask here."
