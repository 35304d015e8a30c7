"""The stage as a fixture."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.discord.stage import Stage, staged


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """The sample bot on an emulator with nothing changed."""
    async with staged() as made:
        yield made
