"""`bot.py cited` looks where the bots keep their answers."""

from __future__ import annotations

from corpus.storage.locations import Database
from tests.cogs.background.test_source_changes import CHANGED, listed


async def test_answers_whose_sources_changed_are_listed(database: str):
    assert await listed(Database(database)) == CHANGED
