"""What the operator's tools see."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from prometheus_client import REGISTRY

from cogs.background.http_monitor import Monitor, PortTaken
from corpus.errors import StoreError
from retrieval.errors import QuestionError
from retrieval.query.question import Question
from retrieval.query.scope import Scope
from retrieval.serving.service import AskService

ROOT = Path(__file__).resolve().parents[3]


async def well() -> bool:
    return True


async def ill() -> bool:
    return False


async def broken() -> bool:
    raise StoreError("The disk is full.")


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[AskService]:
    made = AskService(tmp_path)
    yield made
    await made.close()


async def get(port: int, path: str) -> tuple[int, str]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}{path}") as reply,
    ):
        return reply.status, await reply.text()


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def test_health_and_readiness_are_two_things():
    monitor = Monitor({"records": well}, {"records": well, "discord": ill}, lambda: None)
    await monitor.start(0)
    status, body = await get(monitor.port, "/healthz")
    assert (status, json.loads(body)) == (200, {"records": True})
    status, body = await get(monitor.port, "/readyz")
    assert (status, json.loads(body)) == (503, {"records": True, "discord": False})
    await monitor.close()


async def test_a_check_that_breaks_is_ill_and_breaks_nothing():
    monitor = Monitor({"records": broken}, {}, lambda: None)
    await monitor.start(0)
    assert (await get(monitor.port, "/healthz"))[0] == 503
    assert (await get(monitor.port, "/readyz"))[0] == 200
    await monitor.close()


async def test_a_port_that_is_taken_is_said():
    first = Monitor({}, {}, lambda: None)
    await first.start(0)
    with pytest.raises(PortTaken, match=f"Port {first.port} .* to another"):
        await Monitor({}, {}, lambda: None).start(first.port)
    await first.close()


async def test_questions_are_counted_by_what_became_of_them(service: AskService):
    before = {
        outcome: counted("footnote_questions_total", kind="question", outcome=outcome)
        for outcome in ("answered", "nothing_on_this", "only_near", "turned_away")
    }
    await service.ask(Question.of("why was Antonov recalled?"), server=None)
    await service.ask(Question.of("who won the 2022 World Cup?"), server=None)
    with pytest.raises(QuestionError):
        await service.ask(Question.of("why?", within=Scope("nobody")), server=None)
    after = {
        outcome: counted("footnote_questions_total", kind="question", outcome=outcome) - was
        for outcome, was in before.items()
    }
    assert (after["answered"], after["turned_away"]) == (1, 1)
    assert after["nothing_on_this"] + after["only_near"] == 1
    assert counted("footnote_stage_seconds_count", stage="reader") >= 2


async def test_metrics_are_prometheuss_and_name_nothing_that_was_asked(service: AskService):
    await service.ask(Question.of("why was Antonov recalled?"), server=None)
    monitor = Monitor({}, {}, service.look)
    await monitor.start(0)
    status, body = await get(monitor.port, "/metrics")
    await monitor.close()
    assert status == 200
    assert "footnote_open_libraries 1.0" in body
    assert "Antonov" not in body


async def test_the_dashboard_asks_for_metrics_that_there_are():
    board = json.loads((ROOT / "ops" / "grafana.json").read_text(encoding="utf-8"))
    asked = {
        name
        for panel in board["panels"]
        for target in panel.get("targets", [])
        for name in re.findall(r"footnote_\w+", target["expr"])
    }
    known = set()
    for family in REGISTRY.collect():
        endings = {
            "counter": ["_total"],
            "gauge": [""],
            "histogram": ["_bucket", "_count", "_sum"],
        }.get(family.type, [""])
        known |= {family.name + ending for ending in endings}
    assert asked
    assert asked <= known


async def test_the_clock_sees_when_the_loop_is_held_up():
    import time

    monitor = Monitor({}, {}, lambda: None)
    await monitor.start(0)
    before = counted("footnote_loop_lag_seconds_sum")
    await asyncio.sleep(0.9)
    time.sleep(0.4)  # noqa: ASYNC251  what must not be
    await asyncio.sleep(0.3)
    assert counted("footnote_loop_lag_seconds_sum") - before > 0.15
    await monitor.close()
