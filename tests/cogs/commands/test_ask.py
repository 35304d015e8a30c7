"""Asking in Discord, as members see it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from corpus.errors import StoreError
from retrieval.errors import Busy
from retrieval.query.question import MAX_QUESTION_CHARS
from tests.cogs.conftest import QUOTE, World, answered, citation, in_a_world, refused, texts


@in_a_world
async def test_a_question_is_deferred_at_once_and_answered_with_a_card(world: World):
    asked = await world.alice.slash(world.channel, "ask", question="why was he recalled?")
    assert world.service.asked == [("why was he recalled?", world.guild.id)]
    callbacks = [h for h in world.env.http_requests if h.path.endswith("/callback")]
    assert [h.json["type"] for h in callbacks] == [5]
    assert asked.response.flags.components_v2
    assert rf"> {QUOTE} \[1\]" in texts(asked.response)


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("?!", "There is no question to answer; ask one in words"),
        ("x" * (MAX_QUESTION_CHARS + 1), "The question has 1,001 characters; please ask it in"),
    ],
)
@in_a_world
async def test_a_question_that_is_none_is_refused_in_private(
    world: World, question: str, says: str
):
    asked = await world.alice.slash(world.channel, "ask", question=question)
    assert asked.response.content.startswith(says)
    assert asked.ephemeral
    assert world.service.asked == []


@in_a_world
async def test_a_refusal_is_a_card_too(world: World):
    world.service.says = refused()
    asked = await world.alice.slash(world.channel, "ask", question="who won?")
    assert "**Nothing in the articles speaks of this.**" in texts(asked.response)


@in_a_world
async def test_what_goes_wrong_is_a_sentence_for_the_member(world: World):
    world.service.says = Busy("Too many questions are waiting; please ask again in a moment.")
    asked = await world.alice.slash(world.channel, "ask", question="why?")
    assert asked.response.content.startswith("Too many questions are waiting")


@in_a_world
async def test_what_nobody_foresaw_is_a_reference_and_no_traceback(
    world: World, caplog: pytest.LogCaptureFixture
):
    world.service.says = ZeroDivisionError("secret detail")
    asked = await world.alice.slash(world.channel, "ask", question="why?")
    reference = re.search(r"reference ([0-9a-f]{6})", asked.response.content)
    assert reference is not None
    assert "secret" not in asked.response.content
    assert f"reference {reference[1]}" in caplog.text
    assert "secret detail" in caplog.text


@in_a_world
async def test_what_is_for_the_operator_is_not_shown_to_members(
    world: World, caplog: pytest.LogCaptureFixture
):
    world.service.says = StoreError("The library /home/footnote/library.db cannot be used.")
    asked = await world.alice.slash(world.channel, "ask", question="why?")
    assert "/home" not in asked.response.content
    assert asked.response.content.startswith("Something went wrong here (reference ")
    assert "/home/footnote/library.db" in caplog.text


@in_a_world
async def test_a_mention_is_a_question(world: World):
    me = world.env.bot.user.id
    await world.alice.send(world.channel, f"<@{me}> why was he recalled?")
    assert world.service.asked == [("why was he recalled?", world.guild.id)]
    (reply,) = world.replies()
    assert rf"> {QUOTE} \[1\]" in texts(reply)


@in_a_world
async def test_yesterday_is_counted_from_when_the_member_asked(world: World):
    sent = await world.alice.send(world.channel, f"<@{world.env.bot.user.id}> what happened?")
    await world.alice.slash(world.channel, "ask", question="what happened?")
    of_mention, of_command = world.service.asked_at
    assert of_mention == sent.created_at
    assert of_command is not None
    assert timedelta(0) <= of_command - sent.created_at < timedelta(minutes=1)


@in_a_world
async def test_a_reply_to_an_answer_takes_its_question_along(world: World):
    world.service.says = replace(answered(citation()), question="why did *he* go? [1]")
    asked = await world.alice.slash(world.channel, "ask", question="why did *he* go? [1]")
    mention = f"<@{world.env.bot.user.id}>"
    await world.alice.send(world.channel, f"{mention} and when?", reply_to=asked.response)
    assert world.service.asked[-1] == ("and when?", world.guild.id)
    assert world.service.earlier == [[], ["why did *he* go? [1]"]]


@in_a_world
async def test_what_was_understood_is_shown_and_is_what_a_reply_follows_on(world: World):
    mention = f"<@{world.env.bot.user.id}>"
    whole = "when did he go?"
    world.service.says = replace(answered(citation()), question="when?", understood_as=whole)
    await world.alice.send(world.channel, f"{mention} when?")
    (card,) = world.replies()
    assert texts(card)[0] == f"-# when?\n-# Understood as: {whole}"
    await world.alice.send(world.channel, f"{mention} and where?", reply_to=card)
    assert world.service.earlier[-1] == [whole]


@in_a_world
async def test_a_reply_to_a_question_follows_on_it(world: World):
    mention = f"<@{world.env.bot.user.id}>"
    asked = await world.alice.send(world.channel, f"{mention} why did he go?")
    await world.alice.send(world.channel, f"{mention} and when?", reply_to=asked)
    assert world.service.earlier[-1] == ["why did he go?"]


@in_a_world
async def test_a_reply_to_what_is_no_question_follows_on_nothing(world: World):
    mention = f"<@{world.env.bot.user.id}>"
    said = await world.alice.send(world.channel, "why did he go?")
    await world.alice.send(world.channel, f"{mention} and when?", reply_to=said)
    await world.alice.send(world.channel, mention)
    hint = world.replies()[-1]
    await world.alice.send(world.channel, f"{mention} and when?", reply_to=hint)
    await world.alice.send(world.channel, f"{mention} and when?")
    assert world.service.earlier == [[], [], []]


@in_a_world
async def test_an_empty_mention_gets_a_hint(world: World):
    await world.alice.send(world.channel, f"<@{world.env.bot.user.id}>")
    (reply,) = world.replies()
    assert reply.content.startswith("Ask me something about the articles")


@in_a_world
async def test_what_is_said_to_others_is_not_answered(world: World):
    await world.alice.send(world.channel, "why was he recalled?")
    await world.alice.send(world.channel, "@everyone why was he recalled?")
    assert world.service.asked == []
    assert world.replies() == []


@in_a_world
async def test_nobody_is_pinged_by_an_answer(world: World):
    world.service.says = answered(citation(f"@everyone <@{world.alice.id}> look. {QUOTE}"))
    await world.alice.send(world.channel, f"<@{world.env.bot.user.id}> why?")
    (reply,) = world.replies()
    assert not reply.mention_everyone
    assert not reply.mentions
    sent = [h.json for h in world.env.http_requests if h.path.endswith("/messages") and h.json]
    assert sent[-1]["allowed_mentions"] == {"parse": [], "replied_user": False}


@in_a_world
async def test_the_passage_is_shown_to_whoever_presses_even_after_a_restart(world: World):
    world.service.held = {world.guild.id: "antonov-0123456789ab"}
    asked = await world.alice.slash(world.channel, "ask", question="why?")
    await world.env.restart_bot(world.new_bot())
    pressed = await world.alice.click(asked.response, label="Show passage")
    shown = pressed.followups[0] if pressed.followups else pressed.response
    assert f"**{QUOTE}**" in texts(shown)[1]
    assert pressed.ephemeral


@in_a_world
async def test_a_button_copied_from_another_server_shows_nothing(world: World):
    world.service.held = {999: "antonov-0123456789ab"}
    asked = await world.alice.slash(world.channel, "ask", question="why?")
    pressed = await world.alice.click(asked.response, label="Show passage")
    shown = pressed.followups[0] if pressed.followups else pressed.response
    assert shown.content == "That article is not in this library any more."
