"""A server's settings: who may do what and where, how often, in which time zone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import discord
import pytest

from cogs.records.server_settings import (
    MAX_ROLES,
    WHOLE_SERVER,
    Denied,
    Right,
    Rules,
    ServerRules,
    check,
)
from retrieval.errors import Busy
from tests.cogs.conftest import QUOTE, World, in_a_world, texts


def lines(result: Any) -> list[str]:
    return texts(result.response)[1].split("\n")


@in_a_world
async def test_what_holds_at_first(world: World):
    seen = await world.bob.slash(world.channel, "settings show")
    assert seen.ephemeral
    assert lines(seen) == [
        "**May ask:** everybody",
        "**May add and remove articles:** members who may manage the server",
        "**May change settings:** members who may manage the server",
        "**I answer here:** yes",
        "**Questions a day, each member:** no limit",
        "**Questions a day, all together:** no limit",
        "**Language:** the server's own, or English",
        "**Time zone:** UTC",
        "**Pages that members link to are added automatically:** no",
    ]


@in_a_world
async def test_settings_are_for_who_may_administer(world: World):
    for command, options in (
        ("settings show", {}),
        ("settings quota", {"member": 1}),
        ("settings answers", {"answer": False}),
        ("settings reset", {}),
    ):
        denied = await world.alice.slash(world.channel, command, **options)
        assert denied.response.content == (
            "Only members with “Manage Server” may change how I work here."
        )
    zones = await world.alice.autocomplete(world.channel, "settings time-zone", "zone", "Berlin")
    assert zones == []
    assert await world.env.bot.services.rules.of(world.guild.id) == Rules()


@in_a_world
async def test_a_role_that_administers_does_so_everywhere_but_only_for_the_whole(world: World):
    helper = world.guild.create_role("helper")
    carol = world.guild.add_member(world.env.create_user("carol"), roles=[helper])
    wrong = await world.bob.slash(
        world.channel,
        "settings role",
        right="ADMINISTER",
        role=helper,
        allowed=True,
        channel=world.channel,
    )
    assert wrong.response.content.startswith(
        "Who may change settings is set for the whole server only"
    )
    await world.bob.slash(
        world.channel, "settings role", right="ADMINISTER", role=helper, allowed=True
    )
    seen = await carol.slash(world.channel, "settings show")
    assert f"<@&{helper.id}>, members who may manage the server" in lines(seen)[2]
    added = await carol.slash(world.channel, "article add", link="https://a.example/x")
    assert texts(added.response)[0].startswith("✅")


@in_a_world
async def test_only_who_has_the_role_may_ask_by_command_and_by_mention(world: World):
    reader = world.guild.create_role("reader")
    carol = world.guild.add_member(world.env.create_user("carol"), roles=[reader])
    await world.bob.slash(world.channel, "settings role", right="ASK", role=reader, allowed=True)
    says = f"Only members with <@&{reader.id}> may ask here."
    denied = await world.alice.slash(world.channel, "ask", question="why?")
    assert (denied.response.content, denied.ephemeral) == (says, True)
    await world.alice.send(world.channel, f"<@{world.env.bot.user.id}> why?")
    assert world.replies()[-1].content == says
    for command in ("article list", "article show"):
        options = {"article": "x"} if command.endswith("show") else {}
        denied = await world.alice.slash(world.channel, command, **options)
        assert denied.response.content == says
    assert await world.alice.autocomplete(world.channel, "ask", "source", "", question="?") == []
    assert world.service.asked == []
    asked = await carol.slash(world.channel, "ask", question="why?")
    assert rf"> {QUOTE} \[1\]" in texts(asked.response)
    await carol.send(world.channel, f"<@{world.env.bot.user.id}> why?")
    assert len(world.service.asked) == 2


@in_a_world
async def test_in_a_channel_where_it_does_not_answer_it_says_so(world: World):
    quiet = world.guild.create_text_channel("quiet")
    seen = await world.bob.slash(world.channel, "settings answers", answer=False, channel=quiet)
    assert "**I answer here:** no (only in this channel)" in lines(seen)
    denied = await world.alice.slash(quiet, "ask", question="why?")
    assert denied.response.content.startswith("I do not answer in this channel")
    asked = await world.alice.slash(world.channel, "ask", question="why?")
    assert asked.response.flags.components_v2
    await world.bob.slash(world.channel, "settings reset", channel=quiet)
    asked = await world.alice.slash(quiet, "ask", question="why?")
    assert asked.response.flags.components_v2


@in_a_world
async def test_a_member_has_so_many_questions_a_day(world: World):
    await world.bob.slash(world.channel, "settings quota", member=1, server=2)
    await world.alice.slash(world.channel, "ask", question="why?")
    await world.alice.send(world.channel, f"<@{world.env.bot.user.id}> why?")
    assert world.replies()[-1].content == (
        "You have asked as many questions today as are allowed here (1); please ask again after "
        "midnight (UTC)."
    )
    await world.bob.slash(world.channel, "ask", question="why?")
    carol = world.guild.add_member(world.env.create_user("carol"))
    spent = await carol.slash(world.channel, "ask", question="why?")
    assert spent.response.content.startswith("This server has asked as many questions")
    assert len(world.service.asked) == 2
    await world.bob.slash(world.channel, "settings quota", member=0, server=0)
    await carol.slash(world.channel, "ask", question="why?")
    assert len(world.service.asked) == 3


@in_a_world
async def test_a_question_that_fails_is_not_counted(world: World):
    await world.bob.slash(world.channel, "settings quota", member=1, server=1)
    working, world.service.says = world.service.says, Busy("Too many wait; ask again.")
    for _ in range(2):
        failed = await world.alice.slash(world.channel, "ask", question="why?")
        assert failed.response.content == "Too many wait; ask again."
    world.service.says = working
    await world.alice.slash(world.channel, "ask", question="why?")
    spent = await world.alice.slash(world.channel, "ask", question="why?")
    assert "You have asked as many questions today" in spent.response.content
    assert len(world.service.asked) == 3


@in_a_world
async def test_another_servers_quota_is_another(world: World):
    await world.bob.slash(world.channel, "settings quota", member=1)
    await world.alice.slash(world.channel, "ask", question="why?")
    other = world.env.create_guild()
    channel = other.create_text_channel("there")
    visitor = other.add_member(world.env.create_user("visitor"))
    for _ in range(2):
        await visitor.slash(channel, "ask", question="why?")
    assert len(world.service.asked) == 3


@in_a_world
async def test_a_day_begins_in_the_servers_time_zone(world: World):
    offered = await world.bob.autocomplete(world.channel, "settings time-zone", "zone", "new york")
    assert [choice["name"] for choice in offered] == ["America/New_York"]
    await world.bob.slash(world.channel, "settings time-zone", zone="America/New_York")
    await world.alice.slash(world.channel, "ask", question="what happened yesterday?")
    (asked_at,) = world.service.asked_at
    assert asked_at is not None
    assert asked_at.utcoffset() in {timedelta(hours=-5), timedelta(hours=-4)}
    wrong = await world.bob.slash(world.channel, "settings time-zone", zone="../../etc/passwd")
    assert wrong.response.content.startswith("I do not know a time zone of that name")
    assert (await world.env.bot.services.rules.of(world.guild.id)).time_zone == "America/New_York"


@in_a_world
async def test_rules_are_of_one_server_and_outlive_a_restart(world: World):
    rules: ServerRules = world.env.bot.services.rules
    await rules.change(world.guild.id, WHOLE_SERVER, member_quota=3)
    await rules.change(world.guild.id, 7, answers=False)
    assert await rules.of(world.guild.id + 1) == Rules()
    assert await rules.of(None) == Rules()
    again = ServerRules(world.records)
    assert await again.of(world.guild.id, 7) == Rules(answers=False, member_quota=3)
    await world.records.forget_server(world.guild.id)
    again.forget(world.guild.id)
    assert await again.of(world.guild.id, 7) == Rules()


@in_a_world
async def test_a_right_has_no_endless_list_of_roles(world: World):
    rules: ServerRules = world.env.bot.services.rules
    for role in range(MAX_ROLES):
        await rules.change_role(1, WHOLE_SERVER, Right.ASK, role, allowed=True)
    with pytest.raises(Exception, match="25 roles have this right already"):
        await rules.change_role(1, WHOLE_SERVER, Right.ASK, 99, allowed=True)
    await rules.change_role(1, WHOLE_SERVER, Right.ASK, 3, allowed=False)
    assert (await rules.of(1)).ask_roles == (*range(3), *range(4, MAX_ROLES))


@pytest.mark.parametrize(
    ("right", "rules", "roles", "is_manager", "may"),
    [
        (Right.ASK, Rules(), [], False, True),
        (Right.ASK, Rules(ask_roles=(1,)), [2], False, False),
        (Right.ASK, Rules(ask_roles=(1,)), [2, 1], False, True),
        (Right.ASK, Rules(ask_roles=(1,)), [], True, True),
        (Right.ASK, Rules(ask_roles=(1,), admin_roles=(2,)), [2], False, True),
        (Right.ADD, Rules(), [5], False, False),
        (Right.ADD, Rules(add_roles=(5,)), [5], False, True),
        (Right.ADD, Rules(ask_roles=(5,)), [5], False, False),
        (Right.ADMINISTER, Rules(add_roles=(5,)), [5], False, False),
        (Right.ADMINISTER, Rules(admin_roles=(5,)), [5], False, True),
        (Right.ADMINISTER, Rules(), [], True, True),
    ],
)
def test_who_may_do_what(right: Right, rules: Rules, roles: list[int], is_manager: bool, may: bool):
    if may:
        check(right, rules, roles, is_manager=is_manager)
    else:
        with pytest.raises(Denied, match="Only members with"):
            check(right, rules, roles, is_manager=is_manager)


def test_manage_guild_is_what_discord_calls_it():
    assert discord.Permissions(manage_guild=True).value == 1 << 5


@in_a_world
async def test_a_server_and_its_channels_have_their_languages(world: World):
    other = world.guild.create_text_channel("auf-deutsch")
    await world.bob.slash(world.channel, "settings language", language="fr")
    set_there = await world.bob.slash(
        world.channel, "settings language", language="de", channel=other
    )
    assert "**Langue:** Deutsch (seulement dans ce salon)" in lines(set_there)
    told = {}
    for channel in (world.channel, other):
        card = (await world.alice.slash(channel, "ask", question="why?")).response
        told[channel.id] = texts(card)
        assert any(QUOTE in text for text in texts(card))
    assert any(text.startswith("-# Cité en ") for text in told[world.channel.id])
    assert any(text.startswith("-# Zitiert in ") for text in told[other.id])
    await world.bob.slash(world.channel, "settings language", language="own")
    again = (await world.alice.slash(world.channel, "ask", question="why?")).response
    assert any(text.startswith("-# Quoted in ") for text in texts(again))
