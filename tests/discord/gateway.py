"""The gateway: identify, heartbeats, resume, dispatch, and ways for it to let a client down."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web

from tests.discord import intents, payloads
from tests.discord.compression import Packer, packer_for
from tests.discord.faults import GatewayFaults
from tests.discord.state import World
from tests.discord.values import JSON

DISPATCH, HEARTBEAT, IDENTIFY, RESUME, RECONNECT = 0, 1, 2, 6, 7
REQUEST_MEMBERS, INVALID_SESSION, HELLO, HEARTBEAT_ACK = 8, 9, 10, 11
DECODE_ERROR, NOT_AUTHENTICATED, AUTHENTICATION_FAILED = 4002, 4003, 4004
ALREADY_AUTHENTICATED, DISALLOWED_INTENTS = 4005, 4014
# Events kept for a resume. Discord keeps some minutes' worth and gives no number.
_KEPT_EVENTS = 5000


class Connection:
    """One websocket of one client."""

    def __init__(
        self, socket: web.WebSocketResponse, transport: asyncio.Transport | None, packer: Packer
    ) -> None:
        self._socket = socket
        self._transport = transport
        self._packer = packer
        self._lock = asyncio.Lock()
        self.closed_by_us = False

    @property
    def is_open(self) -> bool:
        return not self._socket.closed

    async def send(
        self, op: int, data: object = None, *, seq: int | None = None, event: str | None = None
    ) -> None:
        """Send a frame, or nothing to a client that is gone: the next resume will tell it."""
        text = json.dumps({"op": op, "d": data, "s": seq, "t": event})
        async with self._lock:
            if self._socket.closed:
                return
            packed = self._packer.pack(text)
            try:
                if isinstance(packed, str):
                    await self._socket.send_str(packed)
                else:
                    await self._socket.send_bytes(packed)
            except ConnectionResetError:
                return

    async def close(self, code: int, reason: str = "") -> None:
        self.closed_by_us = True
        await self._socket.close(code=code, message=reason.encode())

    def abort(self) -> None:
        """Reset TCP with no close frame; the client reports 1006."""
        self.closed_by_us = True
        if self._transport is not None:
            self._transport.abort()


@dataclass(slots=True)
class Session:
    """What outlives a connection: the events a resuming client may have missed."""

    id: str
    intents: int
    connection: Connection
    seq: int = 0
    sent: deque[tuple[int, str, JSON]] = field(default_factory=lambda: deque(maxlen=_KEPT_EVENTS))
    # A replay and fresh events must not overtake one another.
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    ready: bool = False
    shard: tuple[int, int] = (0, 1)

    def hears(self, guild_id: int) -> bool:
        """Whether a server is of its shard; 0 stands for direct messages."""
        number, count = self.shard
        return (guild_id >> 22) % count == number

    @property
    def is_live(self) -> bool:
        return self.ready and self.connection.is_open


@dataclass(slots=True)
class GatewayLog:
    """What clients did: handshakes by their query, frames by their op, closes by their code."""

    handshakes: list[dict[str, str]] = field(default_factory=list)
    received: list[int] = field(default_factory=list)
    closed: list[int | None] = field(default_factory=list)


class Gateway:
    """Serves websockets and hands each session the events it asked for."""

    def __init__(self, world: World, *, heartbeat_ms: int, resume_url: Callable[[], str]) -> None:
        self.faults = GatewayFaults()
        self.log = GatewayLog()
        self.sessions: dict[str, Session] = {}
        self._world = world
        self._heartbeat_ms = heartbeat_ms
        self._resume_url = resume_url

    @property
    def live(self) -> list[Session]:
        """The sessions with a client at the other end that was told READY."""
        return [session for session in self.sessions.values() if session.is_live]

    # What clients do.

    async def handle(self, http: web.Request) -> web.StreamResponse:
        if self.faults.refuse_handshakes > 0:
            self.faults.refuse_handshakes -= 1
            return web.Response(status=503, text="no gateway here")
        socket = web.WebSocketResponse(max_msg_size=0, compress=False)
        await socket.prepare(http)
        self.log.handshakes.append(dict(http.query))
        packer = packer_for(http.query.get("compress"))
        connection = Connection(socket, http.transport, packer)
        await connection.send(HELLO, {"heartbeat_interval": self._heartbeat_ms})
        session: Session | None = None
        async for frame in socket:
            # Some clients send their JSON in binary frames.
            if frame.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                continue
            session = await self._receive(frame.data, connection, session)
        self.log.closed.append(socket.close_code)
        if (
            session is not None
            and not connection.closed_by_us
            and socket.close_code in (1000, 1001)
        ):
            # A client that says goodbye this way gives its session up.
            self.sessions.pop(session.id, None)
        self._world.bell.ring()
        return socket

    async def _receive(
        self, raw: str | bytes, connection: Connection, session: Session | None
    ) -> Session | None:
        """Act on one frame; returns the connection's session as it is afterwards."""
        try:
            frame = json.loads(raw)
            op, data = frame["op"], frame.get("d")
        except (ValueError, TypeError, KeyError):
            await connection.close(DECODE_ERROR, "Error while decoding payload.")
            return session
        self.log.received.append(op)
        if op == HEARTBEAT:
            if self.faults.acknowledge_heartbeats:
                await connection.send(HEARTBEAT_ACK)
        elif op == IDENTIFY:
            if session is not None:
                await connection.close(ALREADY_AUTHENTICATED, "Already authenticated.")
                return session
            return await self._identify(data, connection)
        elif op == RESUME:
            return await self._resume(data, connection)
        elif session is None:
            await connection.close(NOT_AUTHENTICATED, "Not authenticated.")
        elif op == REQUEST_MEMBERS:
            await self._send_members(data, session)
        return session

    async def _identify(self, data: JSON, connection: Connection) -> Session | None:
        if data["token"] != self._world.token:
            await connection.close(AUTHENTICATION_FAILED, "Authentication failed.")
            return None
        asked = data["intents"]
        if asked & intents.PRIVILEGED & ~self._world.allowed_intents:
            await connection.close(DISALLOWED_INTENTS, "Disallowed intent(s).")
            return None
        session = Session(f"session-{self._world.new_id()}", asked, connection)
        session.shard = tuple(data.get("shard") or (0, 1))
        self.sessions[session.id] = session
        await self._deliver(session, "READY", self._ready_json(session))
        for guild in list(self._world.guilds.values()):
            if self._world.bot.id in guild.members and session.hears(guild.id):
                await self._deliver(session, "GUILD_CREATE", self._world.guild_create(guild))
        session.ready = True
        self._world.bell.ring()
        return session

    def _ready_json(self, session: Session) -> JSON:
        world = self._world
        return {
            "v": 10,
            "user": payloads.me_json(world.bot),
            "guilds": [
                {"id": str(guild.id), "unavailable": True}
                for guild in world.guilds.values()
                if world.bot.id in guild.members and session.hears(guild.id)
            ],
            "shard": list(session.shard),
            "session_id": session.id,
            "session_type": "normal",
            "resume_gateway_url": self._resume_url(),
            "application": {"id": str(world.bot.id), "flags": world.application_flags},
            "private_channels": [],
            "relationships": [],
        }

    async def _resume(self, data: JSON, connection: Connection) -> Session | None:
        """Replay what the client missed, or send it away to identify anew."""
        if data["token"] != self._world.token:
            await connection.close(AUTHENTICATION_FAILED, "Authentication failed.")
            return None
        session = self.sessions.get(data["session_id"])
        if session is None or not self.faults.accept_resume:
            await connection.send(INVALID_SESSION, False)
            return None
        async with session.lock:
            session.connection = connection
            for seq, event, body in list(session.sent):
                if seq > (data["seq"] or 0):
                    await connection.send(DISPATCH, body, seq=seq, event=event)
        await self._deliver(session, "RESUMED", {"_trace": []})
        return session

    async def _send_members(self, data: JSON, session: Session) -> None:
        """Answer a request for members by id, by the start of the name, or for all."""
        guild = self._world.guilds[int(data["guild_id"])]
        found = list(guild.members.values())
        if wanted := data.get("user_ids"):
            ids = {str(one) for one in (wanted if isinstance(wanted, list) else [wanted])}
            found = [member for member in found if str(member.user.id) in ids]
        elif query := data.get("query"):
            found = [member for member in found if member.user.name.startswith(query)]
        found = found[: data.get("limit") or None]
        chunk = {
            "guild_id": str(guild.id),
            "members": [payloads.member_json(member) for member in found],
            "chunk_index": 0,
            "chunk_count": 1,
            "not_found": [],
            "nonce": data.get("nonce"),
        }
        await self._deliver(session, "GUILD_MEMBERS_CHUNK", chunk)

    # What the world does.

    async def dispatch(self, event: str, data: JSON) -> None:
        """Send an event to every session that asked for it; keep it for those away just now."""
        for session in list(self.sessions.values()):
            of_guild = data.get("guild_id") or (data["id"] if event.startswith("GUILD_") else 0)
            if not session.hears(int(of_guild)):
                continue
            if session.ready and intents.wants(session.intents, event, data):
                await self._deliver(session, event, self._as_seen(session, event, data))

    def _as_seen(self, session: Session, event: str, data: JSON) -> Mapping[str, object]:
        if event not in ("MESSAGE_CREATE", "MESSAGE_UPDATE"):
            return data
        return intents.readable(
            data,
            intents=session.intents,
            app_id=self._world.bot.id,
            in_guild="guild_id" in data,
        )

    async def _deliver(self, session: Session, event: str, data: Mapping[str, object]) -> None:
        # A frozen copy: the world goes on changing the objects, a replay must not.
        body = json.loads(json.dumps(data))
        async with session.lock:
            session.seq += 1
            seq = session.seq
            session.sent.append((seq, event, body))
            times = 2 if self.faults.duplicate_events and event != "READY" else 1
            for _ in range(times):
                await session.connection.send(DISPATCH, body, seq=seq, event=event)

    # What a test does to the clients.

    async def close(self, code: int) -> None:
        """Close every live connection with a close code."""
        for session in self.live:
            await session.connection.close(code)

    def abort(self) -> None:
        """Cut every live connection without a word."""
        for session in self.live:
            session.connection.abort()

    async def ask_reconnect(self) -> None:
        """Op 7: ask clients to come back and resume."""
        for session in self.live:
            await session.connection.send(RECONNECT)

    async def invalidate(self, *, resumable: bool) -> None:
        """Op 9: with `resumable` clients resume, else they must identify anew."""
        for session in self.live:
            if not resumable:
                del self.sessions[session.id]
            await session.connection.send(INVALID_SESSION, resumable)

    async def hang_up(self) -> None:
        """Close whatever is still open: the emulator goes down."""
        for session in self.sessions.values():
            if session.connection.is_open:
                await session.connection.close(1001)
