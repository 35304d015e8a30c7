"""Serves /metrics, /healthz and /readyz to the operator's tools, on this machine only.

/healthz says whether the process works at all; a supervisor restarts it if not. /readyz says
whether members are being answered.
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
WITHIN_S = 5.0  # a supervisor asks again, and gives up after a few failures

Checks = Mapping[str, Callable[[], Awaitable[bool]]]
"""By name: a check that returns whether all is well."""


class PortTaken(FootnoteError):
    """The monitor's port is taken; the sentence says what to do."""


class Monitor:
    """The HTTP server, and a clock that measures the event loop's delay."""

    def __init__(self, alive: Checks, ready: Checks, set_gauges: Callable[[], None]) -> None:
        """`set_gauges` sets the gauges that no event sets."""
        self._alive = alive
        self._ready = ready
        self._set_gauges = set_gauges
        self._runner: web.AppRunner | None = None
        self._watching: asyncio.Task[None] | None = None
        self.port = 0

    async def start(self, port: int) -> None:
        """Serve on `port`; 0 picks a free one, for tests. Raises PortTaken."""
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
                f"Port {port} for monitoring is not available ({error.strerror or error}); set "
                "FOOTNOTE_MONITOR_PORT to another."
            ) from error
        self.port = self._runner.addresses[0][1]
        self._watching = asyncio.create_task(self._watch(), name="monitor")
        log.info("Monitoring at http://%s:%d/metrics, /healthz and /readyz", HOST, self.port)

    async def close(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _watch(self) -> None:
        """By hand, because the delay of this very sleep is what is measured."""
        """By hand, because the delay of this very sleep is what is measured."""
        while True:
            began = perf_counter()
            await asyncio.sleep(LOOK_S)
            late_s = perf_counter() - began - LOOK_S
            prometheus.LOOP_LAG_SECONDS.observe(max(0.0, late_s))
            self._set_gauges()

    async def _metrics(self, request: web.Request) -> web.Response:
        self._set_gauges()
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
