"""A small web on real sockets: any number of names, one server, everything asked is counted."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

HOME = "127.0.0.2" if sys.platform == "linux" else "::1"
"""Where the server listens: not at 127.0.0.1, which stays forbidden."""

Says = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Asked:
    """One request: the name and path that were asked for, and its headers."""

    host: str
    path: str
    headers: dict[str, str]


@dataclass
class Web:
    """`pages` says what is where, by "name/path?query"; what is not in it is 404."""

    port: int = 0
    pages: dict[str, Says] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    names: dict[str, list[str]] = field(default_factory=dict)
    looked_up: list[str] = field(default_factory=list)
    busy: dict[str, int] = field(default_factory=dict)
    busiest: int = 0

    def url(self, place: str, scheme: str = "http") -> str:
        host, _, path = place.partition("/")
        return f"{scheme}://{host}:{self.port}/{path}"

    def paths(self) -> list[str]:
        return [asked.host + asked.path for asked in self.asked]

    async def resolve(self, host: str, port: int) -> list[str]:
        """The server's address for every name, or what a test said in `names`, in turn."""
        self.looked_up.append(host)
        answers = self.names.get(host, [HOME])
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if answer == "":
            raise OSError("no such name")
        return answer.split()

    @staticmethod
    def is_allowed(address: str) -> bool:
        """Opens the guard for the server's own address, and for no other."""
        return address == HOME

    async def handle(self, request: web.Request) -> web.StreamResponse:
        host = request.host.rpartition(":")[0]
        self.asked.append(Asked(host, request.raw_path, dict(request.headers)))
        self.busy[host] = self.busy.get(host, 0) + 1
        self.busiest = max(self.busiest, self.busy[host])
        try:
            says = self.pages.get(host + request.raw_path) or self.pages.get(host)
            if says is None:
                return web.Response(status=404, text="Not here.")
            return await says(request)
        finally:
            self.busy[host] -= 1


@contextmanager
def serving(tls: Any = None) -> Iterator[Web]:
    """A web in a thread of its own, for code that blocks and for code that does not."""
    made = Web()
    ready = threading.Event()
    loop = asyncio.new_event_loop()
    done = asyncio.Event()

    async def serve() -> None:
        app = web.Application(client_max_size=1)
        app.router.add_route("*", "/{path:.*}", made.handle)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, HOME, 0, ssl_context=tls).start()
        made.port = runner.addresses[0][1]
        ready.set()
        await done.wait()
        await runner.cleanup()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    ready.wait()
    try:
        yield made
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join()
        loop.close()


def saying(
    body: str | bytes, kind: str = "text/html; charset=utf-8", status: int = 200, **headers: str
) -> Says:
    """The same reply to everyone; `etag="…"` and `last_modified="…"` become headers, and count."""
    data = body.encode() if isinstance(body, str) else body
    fields = {name.replace("_", "-"): value for name, value in headers.items()}

    async def say(request: web.Request) -> web.StreamResponse:
        if (etag := headers.get("etag")) and request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers=fields)
        return web.Response(body=data, status=status, headers={"Content-Type": kind, **fields})

    return say


def sending_to(address: str, status: int = 302) -> Says:
    async def say(request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, headers={"Location": address})

    return say


async def dripping(request: web.Request) -> web.StreamResponse:
    """Sends a little now and then, so that no read ever takes long."""
    response = web.StreamResponse(headers={"Content-Type": "text/html"})
    await response.prepare(request)
    while True:
        await response.write(b" ")
        await asyncio.sleep(0.02)


async def dripping_headers(request: web.Request) -> web.StreamResponse:
    """Not even its headers come to an end."""
    assert request.transport is not None
    request.transport.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while True:
        request.transport.write(b"a")
        await asyncio.sleep(0.02)


async def endless(request: web.Request) -> web.StreamResponse:
    """Does not say how much will come, and sends without end."""
    response = web.StreamResponse(headers={"Content-Type": "text/html"})
    await response.prepare(request)
    while True:
        await response.write(b"<p>more</p>" * 5000)


async def announcing_a_gigabyte(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(
        headers={"Content-Type": "text/html", "Content-Length": "1000000000"}
    )
    await response.prepare(request)
    await response.write(b"<p>" * 1000)
    return response


async def hanging_up(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.close()
    return web.Response()
