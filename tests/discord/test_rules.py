"""The rules of sequence: who may do what, once, in time; with the codes Discord gives."""

from __future__ import annotations

import time

import aiohttp
import discord
import pytest

from tests.discord import permissions
from tests.discord.emulator import FakeDiscord
from tests.discord.oracle import Finding
from tests.discord.stage import ORACLE, Stage, staged


class Clock:
    """The emulator's clock, moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def code_of(error: BaseException) -> int:
    assert isinstance(error, discord.HTTPException), error
    return error.code


async def test_an_acknowledgement_after_the_window_is_10062():
    async with staged(FakeDiscord(ORACLE, ack_window_s=0.1), slow_s=0.2) as stage:
        late = await stage.discord_.slash(stage.channel, stage.alice, "slow", _wait_s=0.1)
        await stage.discord_.until(lambda: stage.bot.errors)
        assert not late.acknowledged
        assert code_of(stage.bot.errors[0]) == 10062


async def test_the_window_is_three_seconds_by_the_emulators_clock():
    clock = Clock()
    async with staged(FakeDiscord(ORACLE, clock=clock), slow_s=0.1) as stage:
        for wait_s, in_time in ((2.9, True), (3.1, False)):
            asked = await stage.discord_.slash(stage.channel, stage.alice, "slow", _wait_s=0)
            clock.now += wait_s
            await stage.discord_.until(lambda a=asked: a.acknowledged or stage.bot.errors)
            assert asked.acknowledged is in_time


async def test_a_second_acknowledgement_is_40060(stage: Stage):
    await stage.discord_.slash(stage.channel, stage.alice, "twice")
    await stage.discord_.until(lambda: stage.bot.errors)
    assert code_of(stage.bot.errors[0]) == 40060
    assert [r.status for r in stage.discord_.sent("/callback")] == [200, 400]


async def test_a_token_edits_for_fifteen_minutes_and_then_is_50027():
    clock = Clock()
    async with staged(FakeDiscord(ORACLE, clock=clock)) as stage:
        await stage.discord_.slash(stage.channel, stage.alice, "keep")
        await stage.discord_.until(lambda: stage.bot.kept)
        (kept,) = stage.bot.kept
        clock.now += 15 * 60 - 1
        await kept.edit_original_response(content="in time")
        clock.now += 2
        with pytest.raises(discord.HTTPException) as late:
            await kept.edit_original_response(content="late")
        assert (late.value.status, late.value.code) == (401, 50027)


async def test_a_followup_before_the_acknowledgement_is_10015():
    async with staged(slow_s=0.2) as stage:
        asked = await stage.discord_.slash(stage.channel, stage.alice, "slow", _wait_s=0)
        assert stage.bot.application_id is not None
        early = discord.Webhook.partial(
            stage.bot.application_id, asked.token, session=aiohttp.ClientSession()
        )
        async with early.session:
            with pytest.raises(discord.NotFound) as refused:
                await early.send("early")
        assert refused.value.code == 10015
        await stage.discord_.until(lambda: asked.acknowledged)


async def test_a_body_that_is_too_long_is_50035():
    async with staged(clean=False) as stage:
        asked = await stage.discord_.slash(stage.channel, stage.alice, "verbose", _wait_s=0.3)
        await stage.discord_.until(lambda: stage.bot.errors)
        assert not asked.acknowledged
        assert code_of(stage.bot.errors[0]) == 50035
        assert "Must be 2000 or fewer in length" in str(stage.bot.errors[0])
        seen = [finding.operation for finding in stage.discord_.findings]
        assert set(seen) == ({"create_interaction_response"} if ORACLE else set())


async def test_a_channel_that_denies_sending_is_50013(stage: Stage):
    await stage.discord_.deny(stage.channel, permissions.SEND_MESSAGES, tell=False)
    channel = stage.bot.get_channel(stage.channel)
    assert isinstance(channel, discord.TextChannel)
    assert channel.permissions_for(channel.guild.me).send_messages
    with pytest.raises(discord.Forbidden) as refused:
        await channel.send("x")
    assert refused.value.code == 50013


async def test_a_client_hears_of_permissions_it_loses_and_regains(stage: Stage):
    channel = stage.bot.get_channel(stage.channel)
    assert isinstance(channel, discord.TextChannel)

    def may_send() -> bool:
        return channel.permissions_for(channel.guild.me).send_messages

    await stage.discord_.deny(stage.channel, permissions.SEND_MESSAGES)
    await stage.discord_.until(lambda: not may_send())
    await stage.discord_.allow(stage.channel)
    await stage.discord_.until(may_send)
    await stage.discord_.deny(stage.guild, permissions.SEND_MESSAGES)
    await stage.discord_.until(lambda: not may_send())


async def test_an_unseen_channel_is_50001_and_a_closed_dm_50007(stage: Stage):
    await stage.discord_.deny(stage.channel, permissions.VIEW_CHANNEL)
    with pytest.raises(discord.Forbidden) as unseen:
        await stage.bot.get_partial_messageable(stage.channel).send("x")
    dm = stage.discord_.dm(stage.alice)
    stage.discord_.close_dms(stage.alice)
    with pytest.raises(discord.Forbidden) as closed:
        await stage.bot.get_partial_messageable(dm).send("x")
    assert (unseen.value.code, closed.value.code) == (50001, 50007)


async def test_what_is_gone_or_not_ones_own_is_refused(stage: Stage):
    others = await stage.discord_.say(stage.channel, stage.alice, "claim")
    partial = stage.bot.get_partial_messageable(stage.channel).get_partial_message(others.id)
    with pytest.raises(discord.Forbidden) as not_ours:
        await partial.edit(content="x")
    await stage.discord_.delete(others)
    with pytest.raises(discord.HTTPException, match="message_reference") as gone:
        await partial.reply("x")
    with pytest.raises(discord.NotFound) as unknown:
        await partial.fetch()
    assert (not_ours.value.code, unknown.value.code) == (50005, 10008)
    assert gone.value.code == 50035


async def test_a_route_the_emulator_lacks_is_reported(stage: Stage):
    with pytest.raises(discord.HTTPException) as missing:
        await stage.bot.http.get_all_custom_emojis(stage.guild)
    assert missing.value.status == 501
    problem = "the emulator has no such route"
    key = f"GET /guilds/{stage.guild}/emojis"
    assert stage.discord_.findings == [Finding(key, "not-implemented", "", problem)]
    stage.discord_.findings.clear()


async def test_a_body_that_is_no_json_is_refused_and_one_that_crashes_us_is_our_fault():
    async with FakeDiscord() as discord_, aiohttp.ClientSession() as session:
        url = f"{discord_.api_url}/channels/{discord_.channel(discord_.guild())}/messages"
        headers = {"Authorization": f"Bot {discord_.token}"}
        refused = await session.post(url, data=b"{", headers=headers)
        assert (refused.status, (await refused.json())["code"]) == (400, 50109)
        crashed = await session.post(url, json=["no object"], headers=headers)
        assert crashed.status == 501
        with pytest.raises(AssertionError, match=r"emulator: POST /channels.*: crash"):
            discord_.assert_clean()


async def test_a_sync_keeps_the_ids_of_commands_that_stay(stage: Stage):
    before = {c["name"]: c["id"] for c in stage.discord_.world.commands[None]}
    stage.bot.tree.remove_command("ask")
    await stage.bot.tree.sync()
    after = {c["name"]: c["id"] for c in stage.discord_.world.commands[None]}
    del before["ask"]
    assert after == before


async def test_the_sixth_message_in_five_seconds_is_a_429_that_says_how_long():
    async with FakeDiscord(ORACLE) as discord_, aiohttp.ClientSession() as session:
        url = f"{discord_.api_url}/channels/{discord_.channel(discord_.guild())}/messages"
        headers = {"Authorization": f"Bot {discord_.token}"}
        for left in ("4", "3", "2", "1", "0", "0"):
            reply = await session.post(url, json={"content": "x"}, headers=headers)
            assert reply.headers["X-RateLimit-Remaining"] == left
        assert reply.status == 429
        assert reply.headers["Content-Type"] == "application/json"
        assert reply.headers["Via"]
        assert 0 < (await reply.json())["retry_after"] <= 5
        discord_.assert_clean()


async def test_a_client_waits_for_the_bucket_by_itself(stage: Stage):
    began = time.monotonic()
    asked = await stage.discord_.slash(stage.channel, stage.alice, "keep")
    await stage.discord_.until(lambda: stage.bot.kept)
    for turn in range(6):
        await stage.bot.kept[0].edit_original_response(content=str(turn))
    assert time.monotonic() - began > 1.5
    assert stage.discord_.message(asked).content == "5"
    assert 429 not in [request.status for request in stage.discord_.requests]
