"""The checks of `doctor` on Discord: the token, the intents, the permissions, the clock."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import discord
from discord.http import Route

from cogs.supervisor import TokenRefused, check_token
from retrieval.serving.health_checks import Finding

NEEDED_PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    read_message_history=True,
)
MAX_NAMED = 5  # servers with missing permissions
GUILDS_PER_PAGE = 200


class DiscordChecks:
    """The checks, one after the other. `date` is the Date header of Discord's last reply."""

    def __init__(self) -> None:
        self.date: str | None = None

    async def look(self, token: str, *, posted_links: bool) -> AsyncIterator[Finding]:
        """Yield a finding for each check; without a valid token nothing else is checked."""
        try:
            token = check_token(token)
        except TokenRefused as error:
            yield Finding("token", False, str(error))
            return
        client = discord.Client(intents=discord.Intents(guilds=True), http_trace=self._trace())
        try:
            async with client:
                try:
                    await client.login(token)
                except discord.LoginFailure:
                    yield Finding("token", False, "Discord refuses it; reset it there and copy it.")
                    return
                yield Finding("token", True, f"of {client.user}")
                yield _intents(await client.application_info(), posted_links=posted_links)
                yield _permissions(await _guilds(client))
        except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as error:
            yield Finding("Discord", False, f"It cannot be reached ({error}); try again later.")

    def _trace(self) -> aiohttp.TraceConfig:
        async def note(session: Any, context: Any, params: aiohttp.TraceRequestEndParams) -> None:
            self.date = params.response.headers.get("Date", self.date)

        trace = aiohttp.TraceConfig()
        trace.on_request_end.append(note)
        return trace


def _intents(application: discord.AppInfo, *, posted_links: bool) -> Finding:
    flags = application.flags
    has = flags.gateway_message_content or flags.gateway_message_content_limited
    if posted_links and not has:
        advice = "turn on the Message Content Intent on the Bot page, or posted links off."
        return Finding("intents", False, f"Discord lets it read no messages; {advice}")
    return Finding("intents", True, "all that are asked for" if posted_links else "none is needed")


async def _guilds(client: discord.Client) -> list[dict[str, Any]]:
    """The servers that the bot is in, each with its permissions there."""
    found: list[dict[str, Any]] = []
    after = 0
    while True:
        params = {"limit": GUILDS_PER_PAGE, "after": after}
        page = await client.http.request(Route("GET", "/users/@me/guilds"), params=params)
        found += page
        if len(page) < GUILDS_PER_PAGE:
            return found
        after = int(page[-1]["id"])


def _permissions(guilds: list[dict[str, Any]]) -> Finding:
    """Check the permissions in each server. Channels may take some away; the log says so then."""
    lacks = {}
    for guild in guilds:
        has = discord.Permissions(int(guild["permissions"]))
        missing = NEEDED_PERMISSIONS.value & ~has.value
        if missing and not has.administrator:
            names = [name for name, on in discord.Permissions(missing) if on]
            lacks[guild["name"]] = ", ".join(name.replace("_", " ").title() for name in names)
    if lacks:
        named = "; ".join(f"{name} lacks {what}" for name, what in list(lacks.items())[:MAX_NAMED])
        more = f" and {len(lacks) - MAX_NAMED} more" if len(lacks) > MAX_NAMED else ""
        return Finding("permissions", False, f"{named}{more}; give them to the bot's role there.")
    if not guilds:
        return Finding("permissions", False, "It is in no server; open the Install Link.")
    return Finding("permissions", True, f"those it needs, in {len(guilds):,} servers")
