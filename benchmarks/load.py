"""Puts the program under load: 100 questions at once from 20 servers, then 10,000 in a row.

    python -m benchmarks.load PASSAGES VECTORS QUESTIONS.jsonl --work FOLDER --report FILE.md

The bot is the real program in a process of its own, with the real pipeline over a library of
10,000 passages (those of benchmarks/scale.py). Discord is tests/discord in this process, with its
rate limits on. Times are measured here, from the event that is sent to the request that arrives.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.metadata
import itertools
import json
import os
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.asking import load
from benchmarks.scale import Scale
from corpus.ingestion.embedding import recipe
from corpus.storage.locations import library_file
from corpus.storage.store import ArticleStore
from retrieval.encoders.embedder import Embedder
from retrieval.evaluation.machine import machine
from retrieval.index import snapshots
from tests.discord.emulator import FakeDiscord
from tests.discord.program import running
from tests.discord.values import Interaction, User

PASSAGES = 10_000
SERVERS, MEMBERS_EACH = 20, 5
ROUNDS = 10
ASKED_IN_ALL, AT_ONCE = 10_000, 20
SETTLED_AFTER = 2_000  # questions until memory is compared
GOAL_S = 1.5
PATIENCE_S = 120.0

Asks = Callable[[], str]


@dataclass(frozen=True, slots=True)
class Seat:
    """A member, and the channel in which they ask."""

    channel: int
    user: User


@dataclass(frozen=True, slots=True)
class Asked:
    """Seconds from a question to its acknowledgement and to its answer; None if never."""

    acknowledged_s: float | None
    answered_s: float | None


def seats(d: FakeDiscord, servers: int, members_each: int) -> list[Seat]:
    """Members of several servers; those of one server ask in one channel."""
    found = []
    for server in range(servers):
        guild = d.guild(f"server {server}")
        channel = d.channel(guild)
        members = (d.user(f"{server}-{member}") for member in range(members_each))
        found += [Seat(channel, d.join(guild, member)) for member in members]
    return found


async def ask(d: FakeDiscord, seat: Seat, question: str) -> Interaction:
    """Ask, and wait for the answer, or until there can be none any more."""
    asked = await d.slash(seat.channel, seat.user, "ask", question=question, _wait_s=PATIENCE_S)
    if asked.acknowledged:
        await d.world.bell.until(lambda: d.message(asked).is_v2, PATIENCE_S)
    return asked


def outcomes(d: FakeDiscord, asked: Sequence[Interaction]) -> list[Asked]:
    """When each question was acknowledged, and when the last request to its message came."""
    last: dict[str, float] = {}
    for request in d.sent("PATCH /webhooks/"):
        last[request.path.split("/")[3]] = request.at
    return [
        Asked(
            None if one.acked_at is None else one.acked_at - one.created_at,
            last[one.token] - one.created_at if one.acknowledged and d.message(one).is_v2 else None,
        )
        for one in asked
    ]


async def all_at_once(
    d: FakeDiscord, there: Sequence[Seat], asks: Callable[[], str]
) -> list[Asked]:
    """Let every member ask one question at the same moment."""
    return outcomes(d, await asyncio.gather(*(ask(d, seat, asks()) for seat in there)))


async def one_after_another(
    d: FakeDiscord,
    there: Sequence[Seat],
    asks: Asks,
    count: int,
    on_answer: Callable[[int], None],
) -> int:
    """Ask `count` questions, AT_ONCE at a time; return how many were not answered."""
    numbers = itertools.count(1)
    lost = done = 0

    async def one_seat(seat: Seat) -> None:
        nonlocal lost, done
        while next(numbers) <= count:
            asked = await ask(d, seat, asks())
            lost += not (asked.acknowledged and d.message(asked).is_v2)
            done += 1
            on_answer(done)
            _forget(d, asked)

    await asyncio.gather(*(one_seat(seat) for seat in there[:AT_ONCE]))
    return lost


def _forget(d: FakeDiscord, asked: Interaction) -> None:
    """Keep this process small, because Discord is not what is measured."""
    d.world.messages[asked.channel_id].pop(asked.message_id or 0, None)
    d.requests.clear()


def resident_mb(pid: int) -> float:
    """The memory of a process, on Linux."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    (kilobytes,) = re.findall(r"VmRSS:\s+(\d+) kB", status)
    return int(kilobytes) / 1024


def library(given: argparse.Namespace) -> Path:
    """The data folder with the common library; it is made if it is not there."""
    data_dir: Path = given.work / "data"
    path = library_file(data_dir)
    if not path.exists():
        load(Scale(given.passages, given.vectors, given.vectors, PASSAGES, given.work), path)
        with ArticleStore.open(path) as store:
            store.set_stamp("recipe", recipe(Embedder.load().identity))
        snapshots.make_snapshot(path)
    return data_dir


async def measure(data_dir: Path, questions: Sequence[str]) -> str:
    """Measure both loads; return the report's tables."""
    asks = itertools.cycle(questions).__next__
    async with FakeDiscord() as d:
        there = seats(d, SERVERS, MEMBERS_EACH)
        async with running(d, data_dir) as bot:
            await ask(d, there[0], asks())
            at_once = []
            for number in range(ROUNDS):
                at_once += await all_at_once(d, there, asks)
                print(f"round {number + 1} of {ROUNDS}", file=sys.stderr)
            memory: dict[int, float] = {}

            def look(done: int) -> None:
                if done % 1000 == 0:
                    memory[done] = resident_mb(bot.pid)
                    print(f"{done}: {memory[done]:.0f} MB", file=sys.stderr)

            lost = await one_after_another(d, there, asks, ASKED_IN_ALL, look)
    return f"{_at_once(at_once)}\n\n{_memory(memory, lost)}\n"


def _at_once(asked: Sequence[Asked]) -> str:
    lost = sum(one.answered_s is None for one in asked)
    acknowledged = [one.acknowledged_s for one in asked if one.acknowledged_s is not None]
    answered = [one.answered_s for one in asked if one.answered_s is not None]
    rows = [
        f"| {name} | " + " | ".join(f"{s:.2f}" for s in (*np.percentile(of, (50, 95, 99)), max(of)))
        for name, of in (("acknowledged", acknowledged), ("answered", answered))
    ]
    verdict = "met" if np.percentile(acknowledged, 99) <= GOAL_S and not lost else "missed"
    return "\n".join(
        [
            f"{SERVERS * MEMBERS_EACH} questions at once from {SERVERS} servers, {ROUNDS} times: "
            f"{len(asked):,} asked, {lost} lost. The goal, {GOAL_S} s at p99 and none lost, is "
            f"{verdict}.",
            "",
            "| seconds until | p50 | p95 | p99 | max |",
            "|---|---:|---:|---:|---:|",
            *(f"{row} |" for row in rows),
        ]
    )


def _memory(memory: dict[int, float], lost: int) -> str:
    settled = memory[SETTLED_AFTER]
    later = [mb for done, mb in memory.items() if done >= SETTLED_AFTER]
    furthest = max(abs(mb / settled - 1) for mb in later)
    verdict = "met" if furthest <= 0.05 and not lost else "missed"
    return "\n".join(
        [
            f"{ASKED_IN_ALL:,} questions, {AT_ONCE} at a time: {lost} lost. From question "
            f"{SETTLED_AFTER:,} on, memory stays within {furthest:.1%} of what it was then. The "
            f"goal, 5 %, is {verdict}.",
            "",
            "| questions | " + " | ".join(f"{done:,}" for done in memory) + " |",
            "|---|" + "---:|" * len(memory),
            "| MB | " + " | ".join(f"{mb:.0f}" for mb in memory.values()) + " |",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("passages", "vectors", "questions"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--report", type=Path, required=True)
    parser.add_argument("--beside", default="", help="what else ran, for the report")
    given = parser.parse_args()
    data_dir = library(given)
    busy = os.getloadavg()[0]
    lines = given.questions.read_text(encoding="utf-8").splitlines()
    tables = asyncio.run(measure(data_dir, [json.loads(line)["question"] for line in lines]))
    versions = ", ".join(
        f"{name} {importlib.metadata.version(name)}"
        for name in ("discord.py", "aiohttp", "haystack-ai", "faiss-cpu", "onnxruntime")
    )
    given.report.write_text(
        f"# Discord under load\n\n`make bench-discord`: the program and an emulated Discord "
        f"(tests/discord), each a process of its own on the same cores, over a library of "
        f"{PASSAGES:,} passages.\n\n{machine()}; {versions}. Load average when it began: "
        f"{busy:.1f}. {given.beside}\n\n{tables}",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
