"""Summaries in Discord: the commands, the card, the timeline, digests that come by themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import discord
import pytest

from cogs.background.digests import Digests
from cogs.cards.summary_card import fair_share, summary_card
from cogs.commands.summaries import NO_LINK, NO_NEWS, NO_NEWS_AT_ALL
from cogs.commands.summarizing import Summarizing
from cogs.records.answers import GONE, Spot
from cogs.records.seen_summaries import SEEN_DAYS, SummaryHistory
from corpus.article import ArticleInfo
from retrieval.answering.answer import Answer, Reason, Refusal
from retrieval.errors import QuestionError
from retrieval.query.scope import Scope
from retrieval.summaries.summary import Length, Story, Summary, SummaryRequest
from tests.cogs.conftest import World, citation, in_a_world, summed, texts

LONG = "The ministry said on Tuesday that it had recalled the ambassador for consultations. " * 9


def of_articles(count: int, quote: str = "It happened.") -> Summary:
    """A line of each of so many articles, each a story of its own."""
    cited = [
        replace(
            citation(quote, source="TASS", published="2026-03-16"),
            article=ArticleInfo(f"a{n}", 1, f"Story {n}", source="TASS", published="2026-03-16"),
            start=n,
        )
        for n in range(count)
    ]
    stories = [Story(f"Story {n}", (f"a{n}",), 1) for n in range(count)]
    return summed(*cited, stories=stories)


async def asked(world: World, *command: str, **options: Any) -> Any:
    return (await world.alice.slash(world.channel, " ".join(command), **options)).response


def brief(world: World) -> SummaryRequest:
    return world.service.briefs[-1][0]


# -- the commands ----------------------------------------------------------------------------


@in_a_world
async def test_an_article_is_summed_up_in_lines_that_are_quoted(world: World):
    card = await asked(world, "summary", "article", article="The recall")
    assert (brief(world).article, brief(world).length) == ("The recall", Length.FIVE)
    assert world.service.briefs[-1][1] == world.guild.id
    shown = texts(card)
    assert shown[0].startswith("-# The recall")
    assert r"did not give specific reasons for the recall. \[1\]" in shown[1]


@in_a_world
async def test_a_topic_goes_with_its_days_and_length(world: World):
    await asked(
        world,
        "summary",
        "topic",
        topic="recall",
        since="2026-03-01",
        until="2026-03",
        length="page",
    )
    made = brief(world)
    assert (made.topic, made.length) == ("recall", Length.PAGE)
    assert made.within == Scope(None, date(2026, 3, 1), date(2026, 3, 31))
    assert made.asked_at is not None


@in_a_world
async def test_a_source_is_summed_up(world: World):
    await asked(world, "summary", "source", source="TASS", length="line")
    assert (brief(world).within, brief(world).length) == (Scope("TASS"), Length.LINE)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"topic": "…"}, "There is no topic to sum up"),
        ({"topic": "recall", "since": "blue"}, "is no day that I understand"),
    ],
    ids=["no words", "no day"],
)
@in_a_world
async def test_what_makes_no_sense_is_said_and_asked_of_nobody(
    world: World, options: dict[str, str], told: str
):
    card = await asked(world, "summary", "topic", **options)
    assert told in card.content
    assert world.service.briefs == []


@in_a_world
async def test_what_the_library_says_of_a_request_is_passed_on(world: World):
    world.service.sums = QuestionError("“blue” may be A and B; please choose one.")
    assert (await asked(world, "summary", "article", article="blue")).content == (
        "“blue” may be A and B; please choose one."
    )
    refusal = Refusal(Reason.NOTHING_ON_THIS, "Nothing in the articles speaks of “blue”.")
    world.service.sums = Summary(Answer("blue", refusal=refusal))
    card = await asked(world, "summary", "topic", topic="blue")
    assert texts(card) == ["-# blue", "**Nothing in the articles speaks of “blue”.**"]


@in_a_world
async def test_a_message_with_a_link_is_summed_up_and_one_without_is_not(world: World):
    message = await world.bob.send(world.channel, "read https://example.org/a?b=1, it is good")
    await world.alice.context_menu(world.channel, "Summarise this", message)
    assert brief(world).article == "https://example.org/a?b=1"
    plain = await world.bob.send(world.channel, "no link here")
    said = await world.alice.context_menu(world.channel, "Summarise this", plain)
    assert said.response.content == NO_LINK


@in_a_world
async def test_the_second_summary_of_a_topic_tells_what_is_new_in_that_channel(world: World):
    world.service.sums = of_articles(1)
    first = await asked(world, "summary", "topic", topic="Recall")
    assert "summary here" not in texts(first)[0]
    world.service.sums = of_articles(3)
    second = await asked(world, "summary", "topic", topic="recall")
    assert "🆕 2 articles new since the last summary here" in texts(second)[0]
    assert [text.startswith("🆕") for text in texts(second)[1:4]] == [False, True, True]
    third = await asked(world, "summary", "topic", topic="recall")
    assert "Nothing new since the last summary here" in texts(third)[0]
    elsewhere = world.guild.create_text_channel("elsewhere")
    other = (await world.alice.slash(elsewhere, "summary topic", topic="recall")).response
    assert "summary here" not in texts(other)[0]


@in_a_world
async def test_a_private_summary_is_none_that_the_channel_saw(world: World):
    await asked(world, "summary", "topic", topic="recall", private=True)
    card = await asked(world, "summary", "topic", topic="recall")
    assert "summary here" not in texts(card)[0]


# -- the card --------------------------------------------------------------------------------


@pytest.mark.parametrize("quote", ["Short.", LONG, "*" * 900], ids=["short", "long", "escaped"])
@pytest.mark.parametrize("count", [1, 5, 10, 12])
def test_a_card_keeps_discords_limits(count: int, quote: str):
    summary = replace(of_articles(count, quote), notes=("Summed up are the 50 newest of 69.",))
    view = summary_card(summary, "k" * 16)
    parts = list(view.walk_children())
    shown = sum(len(part.content) for part in parts if isinstance(part, discord.ui.TextDisplay))
    assert shown <= 4000
    assert view.total_children_count <= 40


def test_short_lines_leave_their_room_to_long_ones():
    assert fair_share([10, 10, 500], 300) == 280
    assert fair_share([200, 200], 300) == 150
    assert fair_share([10, 20], 300) == 20
    assert fair_share([], 300) == 0


# -- the timeline ----------------------------------------------------------------------------


@in_a_world
async def test_the_timeline_is_a_picture_with_its_facts_in_words(world: World):
    card = await asked(world, "summary", "topic", topic="recall")
    world.service.held[world.guild.id] = "antonov-0123456789ab"
    pressed = (await world.alice.click(card, label="Timeline")).response
    (attachment,) = pressed.attachments
    assert attachment.filename == "timeline.png"
    assert "first report" in str(pressed.components)


@in_a_world
async def test_the_timeline_of_removed_articles_says_so(world: World):
    card = await asked(world, "summary", "topic", topic="recall")
    pressed = (await world.alice.click(card, label="Timeline")).response
    assert pressed.content == "None of its articles is in the library any more."


@in_a_world
async def test_the_timeline_of_a_summary_that_is_kept_no_more_says_so(world: World):
    card = await asked(world, "summary", "topic", topic="recall")
    await world.records.write(lambda connection: connection.execute("DELETE FROM answer"))
    pressed = (await world.alice.click(card, label="Timeline")).response
    assert texts(pressed) == [GONE]


# -- digests ---------------------------------------------------------------------------------


def came(world: World, *ids: str, at: datetime | None = None) -> None:
    moment = at or datetime.now(UTC)
    world.service.came += [(one, moment.isoformat()) for one in ids]


@in_a_world
async def test_a_digest_tells_of_each_article_once(world: World):
    assert (await asked(world, "digest")).content == NO_NEWS_AT_ALL
    came(world, "a0", "a1")
    world.service.sums = of_articles(2)
    await asked(world, "digest")
    assert brief(world).only == ("a0", "a1")
    assert (await asked(world, "digest")).content == NO_NEWS
    came(world, "a2")
    await asked(world, "digest")
    assert brief(world).only == ("a2",)


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 16, 7, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def digests(world: World, clock: Clock) -> Digests:
    bot = world.env.bot
    made = Digests(bot, Summarizing(bot.services), bot.living, now=clock)
    bot.services.seen.now = lambda: clock.now.timestamp()
    return made


async def scheduled(world: World, every: str = "day", at: str = "8:00") -> None:
    await world.bob.slash(world.channel, "settings digest", every=every, at=at)


@in_a_world
async def test_a_daily_digest_comes_when_it_is_due_and_only_with_what_is_new(world: World):
    await scheduled(world)
    clock = Clock()
    made = digests(world, clock)
    came(world, "a0", at=clock.now)
    await made.look()  # 7:00: the schedule is new
    assert world.replies()[1:] == []
    clock.now += timedelta(hours=1)
    await made.look()
    assert brief(world).only == ("a0",)
    count = len(world.replies())
    clock.now += timedelta(minutes=1)
    await made.look()
    clock.now += timedelta(days=1)
    await made.look()  # nothing is new
    assert len(world.replies()) == count
    came(world, "a1", at=clock.now)
    clock.now += timedelta(days=1)
    await made.look()
    assert brief(world).only == ("a1",)
    assert len(world.replies()) == count + 1


@in_a_world
async def test_after_a_week_away_one_digest_comes_and_not_seven(world: World):
    await scheduled(world)
    clock = Clock()
    await digests(world, clock).look()
    for day in range(7):
        came(world, f"a{day}", at=clock.now + timedelta(days=day))
    clock.now += timedelta(days=7)
    before = len(world.replies())
    made = digests(world, clock)
    await made.look()
    await made.look()
    assert len(world.replies()) == before + 1
    assert brief(world).only == tuple(f"a{day}" for day in range(7))


@in_a_world
async def test_a_digest_that_could_not_be_sent_is_tried_again_and_not_noted_as_seen(world: World):
    await scheduled(world)
    clock = Clock()
    made = digests(world, clock)
    await made.look()
    came(world, "a0", at=clock.now)
    clock.now += timedelta(hours=2)
    world.service.sums = OSError("the line is down")
    await made.look()
    world.service.sums = of_articles(1)
    await made.look()
    assert brief(world).only == ("a0",)
    assert texts(world.replies()[-1])[0].startswith("-# The recall")


@in_a_world
async def test_what_is_new_and_has_nothing_to_quote_is_no_digest(world: World):
    await scheduled(world)
    clock = Clock()
    made = digests(world, clock)
    await made.look()
    came(world, "table", at=clock.now)
    clock.now += timedelta(hours=2)
    refusal = Refusal(Reason.NO_SENTENCES, "It may be a table.")
    world.service.sums = Summary(Answer("What is new", refusal=refusal))
    before = len(world.replies())
    await made.look()
    assert len(world.replies()) == before
    assert await made.due() == []


@in_a_world
async def test_another_schedule_does_not_look_back(world: World):
    await scheduled(world, at="20:00")
    clock = Clock()
    made = digests(world, clock)
    await made.look()
    came(world, "a0", at=clock.now)
    clock.now += timedelta(hours=5)  # it is noon
    await scheduled(world, at="8:00")
    await made.look()
    assert world.service.briefs == []
    clock.now += timedelta(days=1)
    await made.look()
    assert brief(world).only == ("a0",)


@in_a_world
async def test_never_ends_it_and_a_silent_channel_gets_none(world: World):
    clock = Clock()
    made = digests(world, clock)
    await scheduled(world)
    await made.look()
    came(world, "a0", at=clock.now)
    await world.bob.slash(world.channel, "settings answers", answer=False, channel=world.channel)
    clock.now += timedelta(hours=2)
    await made.look()
    assert world.service.briefs == []
    await world.bob.slash(world.channel, "settings answers", answer=True, channel=world.channel)
    await scheduled(world, every="never")
    clock.now += timedelta(days=1)
    await made.look()
    assert world.service.briefs == []


@in_a_world
async def test_only_who_may_change_settings_schedules_and_a_wrong_time_is_said(world: World):
    said = (await world.alice.slash(world.channel, "settings digest", every="day")).response
    assert "Only members with" in said.content
    wrong = await world.bob.slash(world.channel, "settings digest", every="Monday", at="25")
    assert "is no time of day" in wrong.response.content
    shown = await world.bob.slash(world.channel, "settings digest", every="Monday", at="7 pm")
    assert "**Digest:** every week at 19:00, Monday" in "\n".join(texts(shown.response))


@in_a_world
async def test_what_a_direct_message_saw_is_forgotten_with_its_member(world: World):
    channel = await world.env.bot.create_dm(discord.Object(world.alice.id))
    seen = SummaryHistory(world.records)
    await seen.record(Spot(None, channel.id, world.alice.id), "s", ["a0"])
    await seen.record(Spot(world.guild.id, world.channel.id, world.alice.id), "s", ["a0"])
    await world.records.forget_member(world.alice.id)
    assert await seen.last(Spot(None, channel.id, world.alice.id), "s") is None
    assert await seen.last(Spot(world.guild.id, world.channel.id, 1), "s") is not None


@in_a_world
async def test_what_was_seen_is_let_go_after_its_days(world: World):
    clock = Clock()
    seen = SummaryHistory(world.records, now=lambda: clock.now.timestamp())
    here = Spot(world.guild.id, world.channel.id, 1)
    await seen.record(here, "s", ["a0"])
    clock.now += timedelta(days=SEEN_DAYS + 1)
    assert await seen.last(here, "s") is None
    await seen.record(here, "other", ["a1"])
    rows = await world.records.read(lambda c: c.rows("SELECT subject FROM summed"))
    assert rows == [("other",)]
