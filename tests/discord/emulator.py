"""FakeDiscord: the world, its REST side, its gateway and its people as one thing to test with."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import TracebackType
from typing import Self

import aiohttp
import discord
import yarl
from aiohttp import web
from discord.gateway import DiscordWebSocket
from discord.http import Route

from tests.discord import launch, payloads, routes, routes_messages, tls
from tests.discord.faults import Fault, GatewayFaults, RateLimits
from tests.discord.gateway import Gateway
from tests.discord.oracle import Finding, Oracle
from tests.discord.people import People
from tests.discord.rest import PREFIX, Request, Rest
from tests.discord.router import Router
from tests.discord.routes_interactions import build_router
from tests.discord.state import World
from tests.discord.tls import Certificates
from tests.discord.values import JSON, Interaction, Member, Message, User

ALL_INTENTS = (1 << 32) - 1
ACK_WINDOW_S = 3.0


class FakeDiscord(People):
    """One emulated Discord on a loopback port, running inside its `async with`.

    `oracle` checks all requests and all replies. `clock` times acknowledgements and token lives;
    rate limits stay on real time. `allowed_intents` are those switched on for the app: a client
    that asks for another privileged one is closed with 4014. With `certificates` it speaks TLS
    under Discord's own names (`connector`), else plain HTTP (`override`, `environment`).

    Build guilds, channels and members before the client connects, or `announce` them after.
    """

    def __init__(
        self,
        oracle: Oracle | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        ack_window_s: float = ACK_WINDOW_S,
        rate_limits: bool = True,
        heartbeat_ms: int = 41_250,
        allowed_intents: int = ALL_INTENTS,
        certificates: Certificates | None = None,
    ) -> None:
        super().__init__(World(clock=clock, allowed_intents=allowed_intents))
        self.gateway = Gateway(
            self.world, heartbeat_ms=heartbeat_ms, resume_url=lambda: self.gateway_url
        )
        self.world.listener = self.gateway.dispatch
        router = Router()
        for part in (routes.router, routes_messages.router, build_router(ack_window_s)):
            router.include(part)
        self.rest = Rest(
            self.world,
            router,
            oracle=oracle,
            limits=RateLimits() if rate_limits else None,
            gateway_url=lambda: self.gateway_url,
        )
        self.port = 0
        self._certificates = certificates
        self._runner: web.AppRunner | None = None

    # Running it.

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("*", PREFIX + "/{rest:.*}", self.rest.handle)
        app.router.add_get("/attachments/{key:.*}", self._serve_file)
        app.router.add_get("/", self.gateway.handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        context = self._certificates.server if self._certificates else None
        await web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=context).start()
        self.port = self._runner.addresses[0][1]
        self.world.cdn = f"{self._origin(tls.CDN_HOST)}/attachments"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.gateway.hang_up()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _serve_file(self, http: web.Request) -> web.Response:
        data = self.world.files.get(http.match_info["key"])
        return web.Response(status=404) if data is None else web.Response(body=data)

    def _origin(self, host: str) -> str:
        return f"https://{host}" if self._certificates else f"http://127.0.0.1:{self.port}"

    # Pointing a client at it.

    @property
    def token(self) -> str:
        """The one bot token that is accepted."""
        return self.world.token

    @property
    def api_url(self) -> str:
        return self._origin(tls.API_HOST) + PREFIX

    @property
    def gateway_url(self) -> str:
        return self._origin(tls.GATEWAY_HOST).replace("http", "ws", 1) + "/"

    @contextmanager
    def override(self) -> Iterator[None]:
        """Point all of this process's discord.py at the emulator, by two class attributes."""
        before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = self.api_url, yarl.URL(self.gateway_url)
        try:
            yield
        finally:
            Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = before

    def connector(self) -> aiohttp.TCPConnector:
        """For `discord.Client(connector=...)`: Discord's names lead here, nothing is patched."""
        if self._certificates is None:
            raise ValueError("made without certificates, so it does not speak TLS")
        return tls.connector(self.port, self._certificates)

    def environment(self) -> dict[str, str]:
        """The variables by which `tests.discord.launch` finds this emulator."""
        return {launch.API_KEY: self.api_url, launch.GATEWAY_KEY: self.gateway_url}

    @asynccontextmanager
    async def running(
        self, client: discord.Client, *, timeout_s: float = 10.0
    ) -> AsyncIterator[discord.Client]:
        """Start `client` and wait until it is ready; close it in the end. Its failure raises."""
        task = asyncio.create_task(client.start(self.token))
        try:
            await self.world.bell.until(lambda: task.done() or client.is_ready(), timeout_s)
            if task.done():
                task.result()
            if not client.is_ready():
                raise AssertionError(f"the client was not ready within {timeout_s} s")
            yield client
        finally:
            await client.close()
            await asyncio.wait({task}, timeout=timeout_s)
        task.result()

    async def connected(self, timeout_s: float = 20.0) -> None:
        """Wait for some client, say in another process, to be through READY and all guilds."""
        await self.until(lambda: self.gateway.live, timeout_s)

    # Building the world. Ids come back where Discord's users would copy an id.

    def user(self, name: str) -> User:
        return self.world.new_user(name)

    def guild(self, name: str = "Guild") -> int:
        return self.world.new_guild(name).id

    def channel(
        self, guild_id: int, name: str = "general", kind: int = payloads.TEXT_CHANNEL
    ) -> int:
        return int(self.world.new_channel(self.world.guilds[guild_id], name, kind)["id"])

    def dm(self, user: User) -> int:
        """The direct-message channel between `user` and the bot."""
        return int(self.world.dm_with(user)["id"])

    def join(self, guild_id: int, user: User, *, permissions: int = 0) -> User:
        """Make `user` a member; `permissions` beyond everyone's come by a role of their own."""
        guild = self.world.guilds[guild_id]
        member = Member(user)
        if permissions:
            role = self.world.new_role(guild, f"{user.name}'s role", permissions)
            member.role_ids.append(int(role["id"]))
        guild.members[user.id] = member
        return user

    async def announce(self, place_id: int) -> None:
        """Tell connected clients of a guild or channel that was made after they connected."""
        if guild := self.world.guilds.get(place_id):
            await self.world.publish("GUILD_CREATE", self.world.guild_create(guild))
        else:
            await self.world.publish("CHANNEL_CREATE", self.world.channel(place_id))

    def leave(self, guild_id: int, user: User) -> None:
        """Let a member go. Only clients with the members intent would hear of it."""
        del self.world.guilds[guild_id].members[user.id]

    async def remove_channel(self, channel_id: int) -> None:
        """Delete a channel with all that was said there."""
        gone = self.world.remove_channel(channel_id)
        await self.world.publish("CHANNEL_DELETE", gone)

    async def expel(self, guild_id: int) -> None:
        """Remove the bot from a guild."""
        del self.world.guilds[guild_id].members[self.bot.id]
        await self.world.publish("GUILD_DELETE", {"id": str(guild_id)})

    async def deny(self, place_id: int, bits: int, *, tell: bool = True) -> None:
        """Take permissions from the bot: in one channel, or from everyone in a whole guild.

        With `tell` the client hears of it as in Discord. Without, its cache goes on believing in
        the old ones, as it does for a moment whenever permissions change.
        """
        if guild := self.world.guilds.get(place_id):
            everyone = guild.roles[0]
            everyone["permissions"] = str(int(everyone["permissions"]) & ~bits)
            event, data = "GUILD_ROLE_UPDATE", {"guild_id": str(guild.id), "role": everyone}
        else:
            channel = self.world.channel(place_id)
            overwrite = {"id": str(self.bot.id), "type": 1, "allow": "0", "deny": str(bits)}
            channel["permission_overwrites"] = [overwrite]
            event, data = "CHANNEL_UPDATE", channel
        if tell:
            await self.world.publish(event, data)

    async def allow(self, channel_id: int) -> None:
        """Take back every `deny` in a channel."""
        await self.deny(channel_id, 0)

    def close_dms(self, user: User) -> None:
        """Let `user` refuse direct messages from the bot: 50007."""
        self.world.closed_to_bot.add(user.id)

    # Looking at it.

    @property
    def bot(self) -> User:
        return self.world.bot

    def message(self, which: Interaction | int) -> Message:
        """An interaction's answer, or the message with an id; LookupError while there is none."""
        if isinstance(which, Interaction):
            if which.message_id is None:
                raise LookupError("the interaction has no message yet")
            return self.world.messages[which.channel_id][which.message_id]
        for said in self.world.messages.values():
            if which in said:
                return said[which]
        raise LookupError(f"no message {which}")

    def messages(self, channel_id: int, *, by: User | None = None) -> list[Message]:
        """What was said in a channel, oldest first, ephemeral messages too."""
        said = self.world.messages[channel_id].values()
        return [message for message in said if by is None or message.author == by]

    def replies(self, channel_id: int) -> list[Message]:
        """What the bot said in a channel, oldest first."""
        return self.messages(channel_id, by=self.bot)

    def threads(self, channel_id: int) -> list[int]:
        """The ids of the channel's threads, oldest first."""
        return [
            thread_id
            for thread_id, channel in self.world.channels.items()
            if channel.get("parent_id") == str(channel_id)
        ]

    def file(self, attachment: JSON) -> bytes:
        """What an attachment holds."""
        return self.world.files[attachment["url"].removeprefix(self.world.cdn + "/")]

    @property
    def requests(self) -> list[Request]:
        return self.rest.record.requests

    def sent(self, pattern: str) -> list[Request]:
        """The requests whose "METHOD /path" matches a regular expression, in order."""
        return self.rest.record.sent(pattern)

    @property
    def faults(self) -> list[Fault]:
        """Append `Fault`s here; each goes off as often as it says."""
        return self.rest.faults

    @property
    def gateway_faults(self) -> GatewayFaults:
        return self.gateway.faults

    @property
    def findings(self) -> list[Finding]:
        """What was wrong with the client's requests. Clear it where a test meant to be wrong."""
        return self.rest.record.findings

    @property
    def own_findings(self) -> list[Finding]:
        """What was wrong with the emulator's replies."""
        return self.rest.record.own

    def assert_clean(self) -> None:
        """No request broke Discord's document, no route was missing, no reply was malformed."""
        wrong = [f"client: {f}" for f in self.findings]
        wrong += [f"emulator: {f}" for f in self.own_findings]
        assert not wrong, "\n".join(wrong)
