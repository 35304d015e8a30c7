"""`bot.py cited` looks where the bots keep their answers."""

from __future__ import annotations

from corpus.home import Database
from tests.cogs.test_living import CHANGED, listed


async def test_answers_whose_sources_changed_are_listed(database: str):
    assert await listed(Database(database)) == CHANGED
