"""A send that fails for now is tried again, as long as its answer can still be put there."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import aiohttp
import discord
import pytest

from cogs.interactions import sending
from cogs.interactions.sending import TOKEN_LIFE, ReplyTarget, deliver

UNAVAILABLE = discord.DiscordServerError(SimpleNamespace(status=503, reason="later"), "later")
UNKNOWN = discord.NotFound(
    SimpleNamespace(status=404, reason="gone"), {"code": 10008, "message": "Unknown Message"}
)


class Edits:
    """Fails as it is told to, then works; counts how often it was called."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.count = 0

    async def __call__(self, **content: Any) -> str:
        self.count += 1
        if self.failures:
            raise self.failures.pop(0)
        return content["content"]


def target(edit: Edits, age_s: float = 0.0) -> ReplyTarget:
    asked = discord.utils.time_snowflake(datetime.now(UTC) - timedelta(seconds=age_s))
    return ReplyTarget(edit, Edits(), object(), asked)


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "FIRST_PAUSE_S", 0.01)


@pytest.mark.parametrize("error", [UNAVAILABLE, aiohttp.ClientError("dropped"), TimeoutError()])
async def test_a_failing_connection_or_server_is_tried_again(error: Exception):
    edit = Edits(error, error, error)
    assert await deliver(target(edit), sentence="Here.") == "Here."
    assert edit.count == 4


async def test_what_discord_refuses_is_not_tried_again():
    edit = Edits(UNKNOWN)
    assert await deliver(target(edit), sentence="Here.") is None
    assert edit.count == 1


async def test_when_the_time_is_over_the_last_failure_is_raised_after_one_attempt():
    edit = Edits(UNAVAILABLE, UNAVAILABLE)
    with pytest.raises(discord.DiscordServerError):
        await deliver(target(edit, age_s=TOKEN_LIFE.total_seconds()), sentence="Here.")
    assert edit.count == 1


async def test_what_is_cancelled_between_two_attempts_ends_at_once(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(sending, "FIRST_PAUSE_S", 60.0)
    edit = Edits(UNAVAILABLE)
    sent = asyncio.create_task(deliver(target(edit), sentence="Here."))
    await asyncio.sleep(0.05)
    sent.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sent
    assert edit.count == 1


async def test_what_is_cancelled_during_an_attempt_is_not_tried_again():
    class Hanging(Edits):
        async def __call__(self, **content: Any) -> str:
            self.count += 1
            await asyncio.Event().wait()
            return ""

    edit = Hanging()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await deliver(target(edit), sentence="Here.")
    assert edit.count == 1
