"""What the operator's tools see of the running bot: /metrics, /healthz and /readyz.

Served on this machine alone. /healthz tells whether the process works at all, so that a supervisor
starts it again where it does not; /readyz whether members are answered just now.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from time import perf_counter

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from corpus.errors import FootnoteError
from retrieval.monitoring import prometheus

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
LOOK_S = 1.0
WITHIN_S = 5.0  # a supervisor asks again, and gives up after a few times

Checks = Mapping[str, Callable[[], Awaitable[bool]]]
"""By the name of what is checked: whether it is as it should be."""


class PortTaken(FootnoteError):
    """The monitor's port cannot be had; the sentence says what to do."""


class Monitor:
    """The server, and the clock that looks after the event loop."""

    def __init__(self, alive: Checks, ready: Checks, look: Callable[[], None]) -> None:
        """`look` sets the gauges that nobody sets by doing something."""
        self._alive = alive
        self._ready = ready
        self._look = look
        self._runner: web.AppRunner | None = None
        self._watching: asyncio.Task[None] | None = None
        self.port = 0

    async def start(self, port: int) -> None:
        """Raises PortTaken. Port 0 is one that is free, for tests."""
        app = web.Application()
        app.router.add_get("/metrics", self._metrics)
        app.router.add_get("/healthz", partial(_checked, self._alive))
        app.router.add_get("/readyz", partial(_checked, self._ready))
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False)
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, port)
        try:
            await site.start()
        except OSError as error:
            await self._runner.cleanup()
            raise PortTaken(
                f"The port {port} for monitoring cannot be had ({error.strerror or error}); name "
                "another in FOOTNOTE_MONITOR_PORT."
            ) from error
        self.port = self._runner.addresses[0][1]
        self._watching = asyncio.create_task(self._watch(), name="monitor")
        log.info("Monitored at http://%s:%d/metrics, /healthz and /readyz", HOST, self.port)

    async def close(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _watch(self) -> None:
        while True:
            began = perf_counter()
            await asyncio.sleep(LOOK_S)
            late_s = perf_counter() - began - LOOK_S
            prometheus.LOOP_LAG_SECONDS.observe(max(0.0, late_s))
            self._look()

    async def _metrics(self, request: web.Request) -> web.Response:
        self._look()
        body = await asyncio.to_thread(generate_latest)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})


async def _checked(checks: Checks, request: web.Request) -> web.Response:
    found = {name: await _holds(check) for name, check in checks.items()}
    return web.json_response(found, status=200 if all(found.values()) else 503)


async def _holds(check: Callable[[], Awaitable[bool]]) -> bool:
    try:
        async with asyncio.timeout(WITHIN_S):
            return await check()
    except (FootnoteError, TimeoutError) as error:
        log.warning("A check failed: %r", error)
        return False
