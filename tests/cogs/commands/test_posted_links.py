"""Posted links: off by default twice over, and then added for the server where they are posted."""

from __future__ import annotations

from cogs.client import FootnoteClient
from cogs.commands.posted_links import ADDED
from corpus.errors import FetchError
from tests.cogs.conftest import World, in_a_world, texts

LINK = "https://a.example/one"


async def read_messages(world: World) -> None:
    bot = FootnoteClient(world.service, world.records, reads_messages=True)
    await world.env.restart_bot(bot)


def added_in(world: World) -> list[str]:
    return [each.title for each in world.service.articles.own.get(world.guild.id) or []]


@in_a_world
async def test_without_the_intent_nothing_is_asked_for_or_read(world: World):
    assert not world.env.bot.intents.message_content
    turned = await world.bob.slash(world.channel, "settings links", on=True)
    assert "FOOTNOTE_POSTED_LINKS=on" in texts(turned.response)[2]
    await world.alice.send(world.channel, LINK)
    assert added_in(world) == []


@in_a_world
async def test_with_the_intent_it_is_off_until_a_server_turns_it_on(world: World):
    await read_messages(world)
    await world.alice.send(world.channel, LINK)
    assert added_in(world) == []
    denied = await world.alice.slash(world.channel, "settings links", on=True)
    assert denied.response.content.startswith("Only members with “Manage Server”")
    turned = await world.bob.slash(world.channel, "settings links", on=True, channel=world.channel)
    assert "Everyone who posts a link there adds its page" in texts(turned.response)[2]
    said = await world.alice.send(world.channel, f"Look: {LINK}, and {LINK}!")
    assert added_in(world) == [LINK]
    reactions = (await world.env.bot.get_channel(world.channel.id).fetch_message(said.id)).reactions
    assert [each.emoji for each in reactions] == [ADDED]
    elsewhere = world.guild.create_text_channel("elsewhere")
    await world.alice.send(elsewhere, "https://a.example/two")
    assert added_in(world) == [LINK]


@in_a_world
async def test_questions_and_refused_pages_add_nothing_and_say_nothing(world: World):
    await read_messages(world)
    await world.bob.slash(world.channel, "settings links", on=True)
    await world.alice.send(world.channel, f"<@{world.env.bot.user.id}> what of {LINK}?")
    assert added_in(world) == []
    before = len(world.replies())
    world.service.articles.raises = FetchError("There is nothing at that address.")
    said = await world.alice.send(world.channel, LINK)
    place = world.env.bot.get_channel(world.channel.id)
    assert (await place.fetch_message(said.id)).reactions == []
    assert len(world.replies()) == before


@in_a_world
async def test_one_message_adds_no_more_than_three(world: World):
    await read_messages(world)
    await world.bob.slash(world.channel, "settings links", on=True)
    await world.alice.send(world.channel, " ".join(f"{LINK}{n}" for n in range(9)))
    assert added_in(world) == [f"{LINK}{n}" for n in range(3)]
