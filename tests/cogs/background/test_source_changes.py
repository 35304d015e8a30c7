"""An answer tells what became of its sources: once for each change, where everybody sees it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from discord import ui

from cogs.background.source_changes import MESSAGE_CHARS
from cogs.cards.answer_card import MAX_SOURCES
from cogs.cards.change_note import change_note
from cogs.records.answers import SavedAnswers, Spot
from cogs.records.database import Records
from cogs.stale_answers import find_stale_answers, format_stale_answer
from corpus.article import Article, ArticleInfo
from corpus.storage.locations import Database, Folder
from retrieval.answering.citation_status import WITHDRAWN, SourceChange, SourceChangeKind
from retrieval.query.scope import EVERYTHING
from tests.cogs.conftest import World, answered, citation, in_a_world, texts

ARTICLE = "antonov-0123456789ab"
FOURTEEN = SourceChange(SourceChangeKind.CHANGED, 2, "The blast hurt 14 people.")
NOTE = "⚠️ **\\[1\\]** has changed since. The source now says:\n> The blast hurt 14 people."


async def asked(world: World, **options: Any) -> Any:
    return (await world.alice.slash(world.channel, "ask", question="why?", **options)).response


async def look(world: World) -> None:
    await world.env.bot.living.look()


def shown(world: World) -> list[str]:
    """The texts of the bot's last message in the channel, as it stands now."""
    return texts(world.replies()[-1])


@in_a_world
async def test_what_the_source_says_now_is_told_on_the_card_once(world: World):
    card = await asked(world)
    before = texts(card)
    await look(world)
    assert shown(world) == before
    world.service.became[ARTICLE] = FOURTEEN
    await look(world)
    assert shown(world) == [before[0], NOTE, *before[1:]]
    await look(world)
    assert shown(world) == [before[0], NOTE, *before[1:]]
    world.service.became[ARTICLE] = SourceChange(SourceChangeKind.REMOVED, 3)
    await look(world)
    assert shown(world)[1:3] == [change_note(1, SourceChange(SourceChangeKind.REMOVED, 3)), NOTE]


@in_a_world
async def test_a_mention_is_followed_too_and_buttons_still_work_after_a_restart(world: World):
    me = world.env.bot.user
    await world.alice.send(world.channel, f"<@{me.id}> why?")
    world.service.held = {world.guild.id: ARTICLE}
    world.service.became[ARTICLE] = SourceChange(SourceChangeKind.WITHDRAWN, WITHDRAWN)
    await world.env.restart_bot(world.new_bot())
    await look(world)
    assert "was withdrawn since" in shown(world)[1]
    pressed = await world.alice.click(world.replies()[-1], label="Show passage")
    assert pressed.ephemeral
    assert "\n".join(texts(pressed.response)).startswith("**The recall**")


@in_a_world
async def test_what_was_told_but_not_written_down_is_not_told_again(world: World):
    """As when the bot was killed in between."""
    await asked(world)
    world.service.became[ARTICLE] = FOURTEEN
    await look(world)
    seen = shown(world)
    await world.records.write(lambda c: c.execute("UPDATE answer SET told = NULL"))
    await look(world)
    assert shown(world) == seen


@in_a_world
async def test_a_private_answer_a_refusal_and_the_sample_are_not_followed(world: World):
    await asked(world, private=True)
    rows = await world.records.read(lambda c: c.rows("SELECT message, details FROM answer"))
    assert rows[0][0] is None
    assert json.loads(rows[0][1])["lives"]
    assert await world.env.bot.services.answers.public_answers() == []


@in_a_world
async def test_a_message_that_is_gone_is_let_go(world: World):
    card = await asked(world)
    await world.env.bot.get_channel(world.channel.id).get_partial_message(card.id).delete()
    world.service.became[ARTICLE] = FOURTEEN
    await look(world)
    assert await world.env.bot.services.answers.public_answers() == []


@in_a_world
async def test_a_full_card_is_told_about_in_a_reply(world: World):
    quoted = citation("word " * 300, link="https://a.example/x")
    long = [replace(quoted, start=n) for n in range(5)]
    world.service.says = answered(*long)
    card = await asked(world)
    for version in (2, 3):
        now = f"{version} " + "now " * 300
        world.service.became[ARTICLE] = SourceChange(SourceChangeKind.CHANGED, version, now)
        await look(world)
    on_card, reply = world.replies()[-2:]
    assert texts(on_card)[1].count("⚠️") == MAX_SOURCES
    assert MESSAGE_CHARS - 800 < len("".join(texts(on_card))) <= MESSAGE_CHARS
    assert reply.reference.message_id == card.id
    assert texts(reply)[0].count("source now says:\n> 3 now") == MAX_SOURCES
    await look(world)
    assert world.replies()[-1] == reply


def test_what_is_told_keeps_markdown_of_the_source_apart():
    assert r"\*\*" in change_note(
        1, SourceChange(SourceChangeKind.CHANGED, 2, "**bold** @everyone")
    )
    assert isinstance(ui.TextDisplay(change_note(1, FOURTEEN)), ui.TextDisplay)


async def listed(home: Folder | Database) -> list[str]:
    """What the list says of two answers, of which one's source was changed since."""
    with home.place().open() as store:
        for number, hurt in enumerate((12, 14), start=1):
            info = ArticleInfo("blast", number, "Blast")
            store.put(Article(info, f"The blast hurt {hurt} people. It rained."), [])
        store.put(Article(ArticleInfo("rain", 1, "Rain"), "It rained."), [])
    assert await find_stale_answers(home) == []
    records = await Records.of(home)
    answers = SavedAnswers(records)
    for article, end, message in (("blast", 24, 5), ("rain", 10, 6)):
        info = ArticleInfo(article, 1, article)
        answer = answered(replace(citation("x"), article=info, start=0, end=end))
        key = await answers.save(answer, EVERYTHING, {}, Spot(1, 2, 3), is_private=False)
        await answers.set_message(key, 1, message)
    await records.close()
    ((living, news),) = await find_stale_answers(home)
    return format_stale_answer(living, news)


CHANGED = [
    "why?",
    "  https://discord.com/channels/1/2/5",
    "  [1] has changed since. The source now says: The blast hurt 14 people.",
]


async def test_answers_whose_sources_changed_are_listed(tmp_path: Path):
    assert await listed(Folder(tmp_path)) == CHANGED
