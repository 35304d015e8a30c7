"""The real program in a process of its own, against an emulator."""

from __future__ import annotations

import asyncio
import os
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.discord import launch
from tests.discord.emulator import FakeDiscord


@asynccontextmanager
async def running(
    d: FakeDiscord, data_dir: Path, log: Path | None = None, **settings: str
) -> AsyncIterator[Process]:
    """`bot.py run`, connected; killed in the end if it still runs.

    What it writes to standard error is in `log`, if that is given; `settings` are variables.
    """
    changes = {"FOOTNOTE_DATA_DIR": str(data_dir), "FOOTNOTE_DISCORD_TOKEN": d.token, **settings}
    written = None if log is None else log.open("wb")
    started = await asyncio.create_subprocess_exec(
        *launch.command("run"),
        cwd=launch.ROOT,
        env={**os.environ, **d.environment(), **changes},
        stdout=DEVNULL,
        stderr=DEVNULL if log is None else written,
    )
    try:
        await d.connected(60)
        yield started
    finally:
        if started.returncode is None:
            started.kill()
        await started.wait()
        if written is not None:
            written.close()
        await d.until(lambda: not d.gateway.live)
