"""`doctor`: looks at all that the bot needs, and says of each that it is well, or what to do."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from terminal.output import ANSWERED, REFUSED, printable

if TYPE_CHECKING:
    from corpus.storage.locations import Home
    from retrieval.serving.health_checks import Finding
    from terminal.settings import Settings

EPILOG = "exit status: 0 all is well, 1 there is something to do, 2 a setting is wrong"


class AsksDiscord(Protocol):
    """Who looks at Discord's side; `date` is Discord's clock, once it was heard."""

    date: str | None

    def look(self, token: str, *, posted_links: bool) -> AsyncIterator[Finding]: ...


def doctor(options: argparse.Namespace, discord: AsksDiscord) -> int:
    ill = asyncio.run(_look(options.settings, options.home, options.read.origins, discord))
    print()
    if ill:
        print(f"{ill} thing{'' if ill == 1 else 's'} to do.")
        return REFUSED
    print("All is well.")
    return ANSWERED


async def _look(
    settings: Settings, home: Home, origins: Iterable[str], discord: AsksDiscord
) -> int:
    from corpus.errors import FootnoteError
    from retrieval.serving import health_checks
    from retrieval.serving.health_checks import Finding

    ill = 0

    def tell(finding: Finding) -> None:
        nonlocal ill
        ill += not finding.is_well
        print(printable(f"{'ok' if finding.is_well else 'NO':<3} {finding.name}: {finding.says}"))

    made = len(list(origins))
    tell(Finding("settings", True, f"{made} made; bot.py config show lists them"))
    tell(health_checks.disk(settings.data_dir))
    for finding in health_checks.models():
        tell(finding)
    for finding in health_checks.libraries(home):
        tell(finding)
    for finding in health_checks.feeds(home, datetime.now(UTC)):
        tell(finding)
    if settings.writer:
        from retrieval.writing.llm import Named
        from terminal.writer_settings import key_for

        key = ""
        with suppress(FootnoteError):  # of a line that makes no sense; told below
            key = key_for(Named.of(settings.writer), settings)
        tell(await health_checks.writer(settings.writer, key))
    token = settings.discord_token.get_secret_value()
    async for finding in discord.look(token, posted_links=settings.posted_links):
        tell(finding)
    tell(health_checks.clock(datetime.now(UTC), discord.date))
    return ill
