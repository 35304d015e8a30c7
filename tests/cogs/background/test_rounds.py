"""A job that repeats goes on after whatever went wrong in one round."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from cogs.background.answer_expiry import AnswerExpiry
from cogs.records.answers import SavedAnswers
from corpus.errors import StoreError


class Failing(SavedAnswers):
    """Raises each of these once, then sets `worked`."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.rounds = 0
        self.worked = asyncio.Event()

    async def expire(self) -> None:
        self.rounds += 1
        if self.errors:
            raise self.errors.pop(0)
        self.worked.set()


async def test_a_round_that_fails_is_logged_and_the_next_one_comes(
    caplog: pytest.LogCaptureFixture,
):
    answers = Failing(StoreError("locked"), aiohttp.ClientError("dropped"), KeyError("no such"))
    expiry = AnswerExpiry(answers)
    expiry.repeat.change_interval(seconds=0.01)
    await expiry.cog_load()
    async with asyncio.timeout(5):
        await answers.worked.wait()
    await expiry.cog_unload()
    assert "Deleting old answers failed and is tried again later: StoreError" in caplog.text
    assert "dropped" in caplog.text
    assert "KeyError: 'no such'" in caplog.text


async def test_the_first_round_comes_at_once_and_none_after_the_end():
    answers = Failing()
    expiry = AnswerExpiry(answers)
    expiry.repeat.change_interval(seconds=0.05)
    await expiry.cog_load()
    async with asyncio.timeout(5):
        await answers.worked.wait()
    await expiry.cog_unload()
    rounds = answers.rounds
    await asyncio.sleep(0.2)
    assert answers.rounds == rounds
