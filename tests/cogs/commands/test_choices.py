"""The options of /ask, the forms, the message command and threads, as members see them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from cogs.commands.answering import HINT
from cogs.commands.choices import day_choices, source_choices
from retrieval.errors import Busy, QuestionError
from retrieval.query.scope import EVERYTHING, SINCE, UNTIL, Scope, parse_day
from retrieval.query.scope_resolver import Suggestion
from tests.cogs.conftest import World, answered, citation, in_a_world, texts

NOW = datetime(2026, 3, 19, 15, tzinfo=UTC)


# -- options -------------------------------------------------------------------------------


@in_a_world
async def test_options_become_the_restriction_and_the_card_says_which(world: World):
    world.service.says = replace(answered(citation()), within="from Reuters")
    options = {"source": "Reuters", "since": "2026-03-01", "until": "March 2026"}
    asked = await world.alice.slash(world.channel, "ask", question="why?", **options)
    assert world.service.within == [Scope("Reuters", date(2026, 3, 1), date(2026, 3, 31))]
    assert texts(asked.response)[0] == "-# why?\n-# Only the articles from Reuters"
    assert not asked.ephemeral


@in_a_world
async def test_a_private_answer_is_seen_by_the_asker_only(world: World):
    asked = await world.alice.slash(world.channel, "ask", question="why?", private=True)
    assert asked.ephemeral
    assert texts(asked.response)[0] == "-# why?"


@in_a_world
async def test_a_day_that_is_not_understood_is_said_in_private(world: World):
    asked = await world.alice.slash(world.channel, "ask", question="why?", since="soon")
    assert asked.ephemeral
    assert asked.response.content == (
        "“soon” is no day that I understand for “since”; write it like 2026-03-01, 1 March, "
        "March 2026, last week or 3 days ago."
    )
    assert world.service.asked == []


def test_until_a_week_is_until_its_end():
    assert parse_day("last week", SINCE, NOW.date()) == date(2026, 3, 9)
    assert parse_day("last week", UNTIL, NOW.date()) == date(2026, 3, 15)
    with pytest.raises(QuestionError):
        parse_day("x" * 5000, UNTIL, NOW.date())


def test_days_complete_with_what_they_mean():
    assert [(c.name, c.value) for c in day_choices("last", SINCE, NOW)] == [
        ("last week (9 March 2026)", "2026-03-09"),
        ("last month (1 February 2026)", "2026-02-01"),
    ]
    assert [c.name for c in day_choices(" 3 days  ago", UNTIL, NOW)] == [
        "3 days ago (16 March 2026)"
    ]
    assert [c.name for c in day_choices("yesterday", UNTIL, NOW)] == ["yesterday (18 March 2026)"]
    assert len(day_choices("", SINCE, NOW)) == 7
    assert day_choices("x" * 5000, SINCE, NOW) == []


@in_a_world
async def test_sources_complete_from_the_library_of_the_place(world: World):
    world.service.offers = [
        Suggestion("Reuters", "Reuters"),
        Suggestion("The recall", "antonov-01"),
    ]
    offered = await world.alice.autocomplete(world.channel, "ask", "source", "re", question="why?")
    assert [(c["name"], c["value"]) for c in offered] == [
        ("Reuters", "Reuters"),
        ("The recall", "antonov-01"),
    ]
    assert world.service.completed == [("re", world.guild.id)]


@in_a_world
async def test_where_sources_cannot_be_told_in_time_none_are_offered(world: World):
    world.service.offers = Busy("Too many questions are waiting.")
    offered = await world.alice.autocomplete(world.channel, "ask", "source", "re", question="why?")
    assert offered == []


def test_choices_are_as_discord_takes_them():
    long = [Suggestion(f"{n} {'x' * 200}", f"{n} {'x' * 200}") for n in range(30)]
    made = source_choices([Suggestion("A", "a"), Suggestion("A", "a"), Suggestion(" ", " "), *long])
    assert len(made) == 25
    assert all(1 <= len(c.name) <= 100 and 1 <= len(str(c.value)) <= 100 for c in made)
    assert len({c.value for c in made}) == 25


# -- forms ---------------------------------------------------------------------------------


async def ask_then_follow_up(world: World, text: str, **options: Any) -> Any:
    world.service.says = replace(answered(citation()), question="x", understood_as="why did he go?")
    asked = await world.alice.slash(world.channel, "ask", question="why?", **options)
    form = await world.alice.click(asked.response, label="Follow up")
    return await world.alice.submit_modal(form, {"text": text})


@in_a_world
async def test_a_follow_up_takes_along_what_was_asked_and_what_it_was_restricted_to(world: World):
    followed = await ask_then_follow_up(world, "and when?", source="Reuters")
    assert world.service.asked[-1] == ("and when?", world.guild.id)
    assert world.service.earlier == [[], ["why did he go?"]]
    assert world.service.within == [Scope("Reuters")] * 2
    assert texts(followed.response)[1].startswith("> ")
    assert not followed.ephemeral


@in_a_world
async def test_what_follows_on_a_private_answer_is_private(world: World):
    assert (await ask_then_follow_up(world, "and when?", private=True)).ephemeral


@in_a_world
async def test_a_follow_up_that_is_no_question_is_refused_in_private(world: World):
    refused = await ask_then_follow_up(world, "?!")
    assert refused.ephemeral
    assert refused.response.content.startswith("There is no question to answer")


@in_a_world
async def test_a_follow_up_works_after_a_restart_and_without_what_was_kept(world: World):
    world.service.says = replace(answered(citation()), question="why did he go?")
    asked = await world.alice.slash(world.channel, "ask", question="why did he go?")
    form = await world.alice.click(asked.response, label="Follow up")
    await world.records.write(lambda connection: connection.execute("DELETE FROM answer"))
    await world.env.restart_bot(world.new_bot())
    await world.alice.submit_modal(form, {"text": "and when?"})
    assert world.service.earlier[-1] == ["why did he go?"]


@in_a_world
async def test_an_answer_to_a_mention_needs_no_form(world: World):
    await world.alice.send(world.channel, f"<@{world.env.bot.user.id}> why?")
    (card,) = world.replies()
    assert "Follow up" not in str([part.to_dict() for part in card.components])


@in_a_world
async def test_a_message_can_be_asked_about(world: World):
    bob = world.guild.add_member(world.env.create_user("bob"))
    said = await bob.send(world.channel, "Why was Antonov recalled?")
    form = await world.alice.context_menu(world.channel, "Ask about this", said)
    assert "Why was Antonov recalled?" in str(form.modal)
    answer = await world.alice.submit_modal(form, {"text": "When was Antonov recalled?"})
    assert world.service.asked == [("When was Antonov recalled?", world.guild.id)]
    assert world.service.earlier == [[]]
    assert texts(answer.response)[1].startswith("> ")


@in_a_world
async def test_an_answer_can_be_asked_about_and_a_message_too_long_for_a_question(world: World):
    asked = await world.alice.slash(world.channel, "ask", question="why?")
    form = await world.alice.context_menu(world.channel, "Ask about this", asked.response)
    assert "'value': 'why?'" in str(form.modal)
    said = await world.alice.send(world.channel, "x" * 1500)
    form = await world.alice.context_menu(world.channel, "Ask about this", said)
    assert f"'value': '{'x' * 1000}'" in str(form.modal)


# -- conversations -------------------------------------------------------------------------


@in_a_world
async def test_a_reply_stays_within_what_was_asked(world: World):
    asked = await world.alice.slash(world.channel, "ask", question="why?", source="Reuters")
    mention = f"<@{world.env.bot.user.id}>"
    await world.alice.send(world.channel, f"{mention} and when?", reply_to=asked.response)
    assert world.service.within == [Scope("Reuters")] * 2
    await world.alice.send(world.channel, f"{mention} and when?")
    assert world.service.within[-1] == EVERYTHING


@in_a_world
async def test_an_empty_mention_says_how_to_speak_to_it_in_a_thread(world: World):
    await world.alice.send(world.channel, f"<@{world.env.bot.user.id}>")
    assert world.replies()[0].content == HINT
    assert "In a thread, mention me or reply to me each time" in HINT
