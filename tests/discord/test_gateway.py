"""The gateway lets clients down in every known way, and they come back."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import discord
import pytest

from tests.discord import intents
from tests.discord.compression import ZLIB, ZSTD, packer_for
from tests.discord.emulator import ALL_INTENTS, FakeDiscord
from tests.discord.sample_bot import SampleBot
from tests.discord.stage import ORACLE, Stage, staged


async def resumed(stage: Stage) -> None:
    """Wait for the client's resume, and see that it still answers."""
    await stage.discord_.until(lambda: "resumed" in stage.bot.events, 8)
    await stage.mention()
    await stage.answered()
    assert stage.bot.events.count("ready") == 1


@pytest.mark.parametrize("code", [1000, 1001, 4000, 4008, 4009])
async def test_a_close_that_may_be_resumed_is(stage: Stage, code: int):
    await stage.discord_.gateway.close(code)
    await resumed(stage)


async def test_events_missed_while_cut_off_are_replayed(stage: Stage):
    stage.discord_.gateway.abort()
    await stage.mention()
    await stage.answered()
    assert "resumed" in stage.bot.events


async def test_op_7_and_a_resumable_op_9_make_the_client_resume(stage: Stage):
    await stage.discord_.gateway.ask_reconnect()
    await stage.discord_.until(lambda: stage.bot.events.count("resumed") == 1, 8)
    await stage.discord_.gateway.invalidate(resumable=True)
    await stage.discord_.until(lambda: stage.bot.events.count("resumed") == 2, 8)


async def test_an_invalid_session_makes_the_client_identify_anew(stage: Stage):
    await stage.discord_.gateway.invalidate(resumable=False)
    await stage.discord_.until(lambda: stage.bot.events.count("ready") == 2, 8)
    await stage.mention()
    await stage.answered()


async def test_a_refused_resume_makes_the_client_identify_anew(stage: Stage):
    stage.discord_.gateway_faults.accept_resume = False
    await stage.discord_.gateway.close(4000)
    await stage.discord_.until(lambda: stage.bot.events.count("ready") == 2, 8)
    assert "resumed" not in stage.bot.events


async def test_heartbeats_without_an_answer_make_the_client_come_back():
    discord_ = FakeDiscord(ORACLE, heartbeat_ms=100)
    async with staged(discord_, heartbeat_timeout=0.4) as stage:
        discord_.gateway_faults.acknowledge_heartbeats = False
        await discord_.until(lambda: "disconnect" in stage.bot.events, 8)
        discord_.gateway_faults.acknowledge_heartbeats = True
        await discord_.until(lambda: "resumed" in stage.bot.events, 8)


async def test_duplicated_events_reach_the_client_twice(stage: Stage):
    stage.discord_.gateway_faults.duplicate_events = True
    await stage.mention()
    await stage.answered(times=2)
    assert len(stage.bot.heard) == 2


async def test_an_intent_that_is_switched_off_ends_in_4014():
    allowed = ALL_INTENTS & ~intents.MESSAGE_CONTENT
    async with FakeDiscord(ORACLE, allowed_intents=allowed) as discord_:
        with discord_.override():
            with pytest.raises(discord.PrivilegedIntentsRequired):
                async with discord_.running(SampleBot()):
                    pass
            async with discord_.running(SampleBot(message_content=False)) as bot:
                assert bot.is_ready()


# Below, a bare websocket stands in for a client that does what discord.py never would.


@asynccontextmanager
async def connected(
    discord_: FakeDiscord, query: str = "?v=10&encoding=json"
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(discord_.gateway_url + query) as socket,
    ):
        yield socket


def identify(discord_: FakeDiscord, **changes: object) -> dict[str, object]:
    return {"op": 2, "d": {"token": discord_.token, "intents": 0, "properties": {}, **changes}}


async def test_hello_comes_first_and_heartbeats_are_answered():
    async with FakeDiscord() as discord_, connected(discord_) as socket:
        hello = await socket.receive_json()
        assert hello == {"op": 10, "d": {"heartbeat_interval": 41_250}, "s": None, "t": None}
        await socket.send_bytes(b'{"op": 1, "d": null}')
        assert (await socket.receive_json())["op"] == 11


async def test_events_are_numbered_and_filtered_by_intent():
    async with FakeDiscord() as discord_, connected(discord_) as socket:
        guild = discord_.guild()
        channel = discord_.channel(guild)
        alice = discord_.join(guild, discord_.user("alice"))
        await socket.receive_json()
        asked = intents.GUILDS | intents.GUILD_MESSAGES << intents.DIRECT_SHIFT
        await socket.send_json(identify(discord_, intents=asked))
        await discord_.connected()
        await discord_.say(channel, alice, "unheard")
        await discord_.say(discord_.dm(alice), alice, "heard")
        frames = [await socket.receive_json() for _ in range(3)]
        assert [(frame["s"], frame["t"]) for frame in frames] == [
            (1, "READY"),
            (2, "GUILD_CREATE"),
            (3, "MESSAGE_CREATE"),
        ]
        assert frames[2]["d"]["content"] == "heard"


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        (["no json"], 4002),
        (['{"op": 8, "d": {}}'], 4003),
        (['{"op": 2, "d": {"token": "wrong", "intents": 0}}'], 4004),
        (['{"op": 6, "d": {"token": "wrong", "session_id": "s", "seq": 1}}'], 4004),
        (["identify", "identify"], 4005),
    ],
)
async def test_a_client_that_breaks_the_protocol_is_closed(frames: list[str], code: int):
    async with FakeDiscord() as discord_, connected(discord_) as socket:
        for frame in frames:
            known = json.dumps(identify(discord_))
            await socket.send_str(known if frame == "identify" else frame)
        while (await socket.receive()).type is aiohttp.WSMsgType.TEXT:
            pass
        assert socket.close_code == code


@pytest.mark.parametrize(("code", "kept"), [(1000, 0), (1001, 0), (4000, 1)])
async def test_a_clients_goodbye_ends_its_session(code: int, kept: int):
    async with FakeDiscord() as discord_:
        async with connected(discord_) as socket:
            await socket.send_json(identify(discord_))
            await discord_.connected()
            await socket.close(code=code)
        await discord_.until(lambda: discord_.gateway.log.closed == [code])
        assert len(discord_.gateway.sessions) == kept


async def test_a_handshake_may_be_refused():
    async with FakeDiscord() as discord_:
        discord_.gateway_faults.refuse_handshakes = 1
        with pytest.raises(aiohttp.WSServerHandshakeError, match="503"):
            async with connected(discord_):
                pass
        async with connected(discord_) as socket:
            assert (await socket.receive_json())["op"] == 10


async def test_members_are_given_on_request():
    async with FakeDiscord() as discord_, connected(discord_) as socket:
        guild = discord_.guild()
        alice = discord_.join(guild, discord_.user("alice"))
        await socket.send_json(identify(discord_))
        wanted = {"guild_id": str(guild), "query": "al", "limit": 5, "nonce": "n"}
        await socket.send_json({"op": 8, "d": wanted})
        async with asyncio.timeout(2):
            while (frame := await socket.receive_json())["t"] != "GUILD_MEMBERS_CHUNK":
                pass
        assert [member["user"]["id"] for member in frame["d"]["members"]] == [str(alice.id)]
        assert frame["d"]["nonce"] == "n"


def test_zlib_frames_end_where_the_client_looks_for_the_end():
    packer, stream = packer_for(ZLIB), zlib.decompressobj()
    for text in ("one", "two"):
        packed = packer.pack(text)
        assert isinstance(packed, bytes)
        assert packed.endswith(b"\x00\x00\xff\xff")
        assert stream.decompress(packed) == text.encode()


def test_zstd_frames_unpack_one_by_one():
    zstandard = pytest.importorskip("zstandard")
    packer, stream = packer_for(ZSTD), zstandard.ZstdDecompressor().decompressobj()
    assert [stream.decompress(packer.pack(text)) for text in ("one", "two")] == [b"one", b"two"]


def test_without_compression_frames_are_text():
    assert packer_for(None).pack("one") == "one"
