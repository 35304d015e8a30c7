"""`doctor` checks all that the bot needs, and says for each thing that it is well or what to do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from terminal.printing.output import ANSWERED, REFUSED, printable

if TYPE_CHECKING:
    from retrieval.serving.health_checks import Finding
    from terminal.command import Program

EPILOG = "exit status: 0 all is well, 1 there is something to do, 2 a setting is wrong"


class DiscordChecks(Protocol):
    """What checks Discord's side: cogs.discord_checks, which the terminal does not import.

    `date` is the time by Discord's clock, None until Discord has answered.
    """

    date: str | None

    def look(self, token: str, *, posted_links: bool) -> AsyncIterator[Finding]: ...


def doctor(program: Program, discord: DiscordChecks) -> int:
    to_do = asyncio.run(_print_findings(program, discord))
    print()
    if to_do:
        print(f"{to_do} thing{'' if to_do == 1 else 's'} to do.")
        return REFUSED
    print("All is well.")
    return ANSWERED


async def _print_findings(program: Program, discord: DiscordChecks) -> int:
    """Print a line for each check; return how many are not well."""
    from corpus.errors import FootnoteError
    from retrieval.serving import health_checks
    from retrieval.serving.health_checks import Finding

    settings, home = program.settings, program.home
    to_do = 0

    def show(finding: Finding) -> None:
        nonlocal to_do
        to_do += not finding.is_well
        print(printable(f"{'ok' if finding.is_well else 'NO':<3} {finding.name}: {finding.says}"))

    count = len(program.loaded.origins)
    show(Finding("settings", True, f"{count} set; bot.py config show lists them"))
    show(health_checks.disk(settings.data_dir))
    for finding in health_checks.models():
        show(finding)
    for finding in health_checks.libraries(home):
        show(finding)
    for finding in health_checks.feeds(home, datetime.now(UTC)):
        show(finding)
    if settings.writer:
        from retrieval.writing.llm import ModelSpec
        from terminal.writer_settings import writer_key

        key = ""
        with suppress(FootnoteError):  # the check below says what is wrong with the line
            key = writer_key(ModelSpec.of(settings.writer), settings)
        show(await health_checks.writer(settings.writer, key))
    token = settings.discord_token.get_secret_value()
    async for finding in discord.look(token, posted_links=settings.posted_links):
        show(finding)
    show(health_checks.clock(datetime.now(UTC), discord.date))
    return to_do
