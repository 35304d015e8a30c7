"""The operator's side: the doctor, what the tools see of the running bot, how it stops, its log."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import time
from pathlib import Path

import aiohttp
import pytest

from corpus.storage.locations import library_file
from corpus.storage.maintenance import backup
from tests.discord import intents, launch
from tests.discord.emulator import ALL_INTENTS, FakeDiscord
from tests.discord.faults import Fault
from tests.discord.program import running
from tests.discord.stage import ORACLE
from tests.retrieval.writing.bad_server import serving, silent

QUESTION = "why was Antonov recalled?"
QUOTE = "did not give specific reasons for the recall"
SECRET_KEY = "sk-planted-in-the-tests"


async def doctor(d: FakeDiscord, data_dir: Path, **settings: str) -> tuple[int, dict[str, str]]:
    """Its exit status, and by what was looked at the line's mark and words."""
    changes = {"FOOTNOTE_DATA_DIR": str(data_dir), "FOOTNOTE_DISCORD_TOKEN": d.token, **settings}
    started = await asyncio.create_subprocess_exec(
        *launch.command("doctor"),
        cwd=launch.ROOT,
        env={**os.environ, **d.environment(), **changes},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, aside = await started.communicate()
    said = out.decode()
    assert d.token not in said
    assert aside.decode() == ""
    lines = [line for line in said.splitlines() if line[:2] in ("ok", "NO")]
    named = [(line[:2], *line[3:].split(": ", 1)) for line in lines]
    assert started.returncode is not None
    return started.returncode, {name.strip(): f"{mark} {told}" for mark, name, told in named}


async def test_where_all_is_well_the_doctor_says_so(tmp_path: Path):
    async with FakeDiscord(ORACLE) as d:
        d.guild("Readers")
        status, found = await doctor(d, tmp_path)
        assert (status, {line[:2] for line in found.values()}) == (0, {"ok"})
        assert found["permissions"] == "ok those it needs, in 1 servers"
        assert found["intents"] == "ok none is needed"
        assert found["clock"] == "ok within seconds of Discord's"
        assert found["model"].startswith("ok ")
        d.assert_clean()


async def test_what_is_ill_is_said_with_what_to_do(tmp_path: Path):
    (tmp_path / "libraries" / "default").mkdir(parents=True)
    library_file(tmp_path, "default").write_bytes(b"no library at all")
    allowed = ALL_INTENTS & ~intents.MESSAGE_CONTENT
    async with FakeDiscord(ORACLE, allowed_intents=allowed) as d, serving(silent) as server:
        server.wanted_key = "another"
        quiet = d.guild("Quiet")
        for role in d.world.guilds[quiet].roles:
            role["permissions"] = "0"
        status, found = await doctor(
            d,
            tmp_path,
            FOOTNOTE_POSTED_LINKS="on",
            FOOTNOTE_WRITER=f"openai:liar@{server.address}",
            FOOTNOTE_WRITER_KEY=SECRET_KEY,
        )
        assert status == 1
        ill = {name: told for name, told in found.items() if told.startswith("NO")}
        assert set(ill) == {
            "library default",
            "feeds of default",
            "intents",
            "permissions",
            "writer",
        }
        assert "turn on the Message Content Intent" in ill["intents"]
        assert ill["permissions"].startswith("NO Quiet lacks ")
        assert "Send Messages In Threads" in ill["permissions"]
        assert "refuses the key (401); look at FOOTNOTE_WRITER_KEY" in ill["writer"]
        assert SECRET_KEY not in str(found)


async def test_a_token_that_discord_refuses_is_said_and_nothing_else_is_asked(tmp_path: Path):
    async with FakeDiscord(ORACLE) as d:
        status, found = await doctor(d, tmp_path, FOOTNOTE_DISCORD_TOKEN="MTIz.abc.wrong")
        assert (status, found["token"]) == (1, "NO Discord refuses it; reset it there and copy it.")
        assert "permissions" not in found


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


async def get(port: int, path: str) -> tuple[int, str]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}{path}") as reply,
    ):
        return reply.status, await reply.text()


async def until_ready(port: int) -> tuple[int, str]:
    """What /readyz says in the end: discord.py waits some seconds for the servers it is in."""
    async with asyncio.timeout(20):
        while (found := await get(port, "/readyz"))[0] != 200:  # noqa: ASYNC110  of another process
            await asyncio.sleep(0.1)
    return found


def files_in(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file()]


@pytest.mark.parametrize("is_open", [False, True])
async def test_the_log_has_no_secret_and_no_question_unless_that_is_wanted(
    is_open: bool, tmp_path: Path
):
    log, port = tmp_path / "log", free_port()
    settings = {
        "FOOTNOTE_LOG_LEVEL": "debug",
        "FOOTNOTE_LOG_FORMAT": "json",
        "FOOTNOTE_LOG_QUESTIONS": "on" if is_open else "off",
        "FOOTNOTE_MONITOR_PORT": str(port),
        "FOOTNOTE_WRITER_KEY": SECRET_KEY,
    }
    async with FakeDiscord(ORACLE) as d:
        guild = d.guild("Readers")
        channel, alice = d.channel(guild), d.join(guild, d.user("alice"))
        async with running(d, tmp_path / "data", log, **settings) as bot:
            d.faults.append(Fault("PATCH /webhooks/", times=1, status=503))
            asked = await d.slash(channel, alice, "ask", question=QUESTION)
            await d.until(lambda: QUOTE in d.message(asked).text, 30)
            status, ready = await until_ready(port)
            assert (status, json.loads(ready)) == (
                200,
                {"discord": True, "model": True, "records": True},
            )
            assert (await get(port, "/healthz"))[0] == 200
            _, metrics = await get(port, "/metrics")
            assert 'footnote_questions_total{kind="question",outcome="answered"} 1.0' in metrics
            assert "footnote_discord_servers 1.0" in metrics
            # Told to stop, it answers what is under way and is gone within the 10 s of Docker.
            late = await d.slash(channel, alice, "ask", question=QUESTION, _wait_s=5)
            bot.send_signal(signal.SIGTERM)
            began = time.monotonic()
            assert await asyncio.wait_for(bot.wait(), 10) == 0
            assert time.monotonic() - began < 10
            assert not d.message(late).loading
    said = log.read_text(encoding="utf-8")
    lines = [json.loads(line) for line in said.splitlines()]
    answered = [line for line in lines if line["event"] == "A question was answered"]
    assert {line.get("server") for line in answered} >= {guild}
    asked_in_server = {line.get("asked") for line in answered if line.get("server")}
    assert asked_in_server == {QUESTION if is_open else None}
    assert ("Antonov" in said) is is_open
    for secret in (d.token, SECRET_KEY):
        assert secret not in said
        assert secret not in metrics


async def test_no_secret_is_in_anything_that_is_kept(tmp_path: Path):
    """Neither in the files of the running bot nor in a backup."""
    data = tmp_path / "data"
    text = tmp_path / "envoy.txt"
    text.write_text("The envoy was recalled on Tuesday because he sang at dinner, they said.")
    async with FakeDiscord(ORACLE) as d:
        guild = d.guild("Readers")
        channel, alice = d.channel(guild), d.join(guild, d.user("alice"))
        ingest = await asyncio.create_subprocess_exec(
            *launch.command("ingest", str(text)),
            cwd=launch.ROOT,
            env={
                **os.environ,
                **d.environment(),
                "FOOTNOTE_DATA_DIR": str(data),
                "FOOTNOTE_DISCORD_TOKEN": d.token,
            },
            stdout=asyncio.subprocess.DEVNULL,
        )
        assert await ingest.wait() == 0
        async with running(d, data, FOOTNOTE_WRITER_KEY=SECRET_KEY) as bot:
            asked = await d.slash(channel, alice, "ask", question="why was the envoy recalled?")
            await d.until(lambda: "sang at dinner" in d.message(asked).text, 30)
            backup(library_file(data, "default"), tmp_path / "copy.backup")
            bot.kill()
            await bot.wait()
        kept = await asyncio.to_thread(files_in, tmp_path)
        assert len(kept) > 4
        for file in kept:
            found = file.read_bytes()
            assert d.token.encode() not in found, file
            assert SECRET_KEY.encode() not in found, file
