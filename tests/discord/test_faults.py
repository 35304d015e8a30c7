"""Requests that fail on order, and what an unmodified client makes of them."""

from __future__ import annotations

import time

import aiohttp
import discord
import pytest

from tests.discord.faults import Fault, RateLimits, rate_limited
from tests.discord.stage import Stage

POST = r"POST /channels/\d+/messages$"


@pytest.mark.parametrize("everywhere", [False, True])
async def test_a_429_is_waited_out_and_repeated(stage: Stage, everywhere: bool):
    stage.discord_.faults.append(rate_limited(POST, times=2, everywhere=everywhere))
    await stage.mention()
    await stage.answered()
    sent = stage.discord_.sent(f"POST /channels/{stage.channel}/messages$")
    assert [request.status for request in sent] == [429, 429, 200]


async def test_a_429_on_an_interactions_webhook_is_waited_out(stage: Stage):
    stage.discord_.faults.append(rate_limited("PATCH /webhooks", times=1))
    asked = await stage.discord_.slash(stage.channel, stage.alice, "ask", question="Why?")
    await stage.discord_.until(lambda: asked.followups)
    assert [r.status for r in stage.discord_.sent("PATCH /webhooks")] == [429, 200, 200]


async def test_a_lost_answer_is_repeated_but_the_nonce_keeps_it_one_message(stage: Stage):
    stage.discord_.faults.append(Fault(POST, status=502, body="bad gateway", after=True))
    await stage.mention()
    await stage.answered()
    sent = stage.discord_.sent(f"POST /channels/{stage.channel}/messages$")
    assert [request.status for request in sent] == [502, 200]
    assert stage.said() == ["Paris [1]"]


async def test_a_dropped_connection_is_no_http_exception(stage: Stage):
    stage.discord_.faults.append(Fault(POST, drop=True))
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await stage.bot.get_partial_messageable(stage.channel).send("x")
    assert stage.said() == []
    assert stage.discord_.sent(POST)[-1].status is None


async def test_a_connection_dropped_after_the_effect_leaves_the_message(stage: Stage):
    stage.discord_.faults.append(Fault(POST, drop=True, after=True))
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await stage.bot.get_partial_messageable(stage.channel).send("x")
    assert stage.said() == ["x"]


async def test_a_fault_may_skip_the_first_and_merely_be_slow(stage: Stage):
    stage.discord_.faults.append(Fault(POST, skip=1, delay_s=0.2))
    channel = stage.bot.get_partial_messageable(stage.channel)
    began = time.monotonic()
    await channel.send("quick")
    quick_s = time.monotonic() - began
    await channel.send("slow")
    assert quick_s < 0.2 <= time.monotonic() - began - quick_s
    assert stage.said() == ["quick", "slow"]


async def test_an_answer_of_our_choice_reaches_the_client(stage: Stage):
    body = {"code": 30046, "message": "Too many edits"}
    stage.discord_.faults.append(Fault(POST, status=400, body=body))
    with pytest.raises(discord.HTTPException) as refused:
        await stage.bot.get_partial_messageable(stage.channel).send("x")
    assert refused.value.code == 30046


def test_the_global_limit_spares_interactions():
    now = [0.0]
    limits = RateLimits(now=lambda: now[0])
    for _ in range(50):
        assert limits.spend("GET /users/1")[1] is None
    headers, refusal = limits.spend("GET /users/1")
    assert refusal is not None
    assert refusal["global"] is True
    assert headers["X-RateLimit-Global"] == "true"
    assert limits.spend("POST /interactions/1/token/callback")[1] is None
    now[0] = 1.0
    assert limits.spend("GET /users/1")[1] is None
