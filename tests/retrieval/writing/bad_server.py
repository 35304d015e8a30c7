"""A server that speaks OpenAI's chat completions, well or badly, on a real socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Says = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Server:
    """Where it listens, what it was asked, and what it says; the last thing again and again."""

    address: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    says: list[Says] = field(default_factory=list)
    wanted_key: str | None = None

    async def models(self, request: web.Request) -> web.StreamResponse:
        """The list of models, for whoever has the key."""
        if self.wanted_key and request.headers.get("Authorization") != f"Bearer {self.wanted_key}":
            return web.json_response({"error": "no"}, status=401)
        return web.json_response({"data": [{"id": "liar"}]})

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(await request.json())
        self.keys.append(request.headers.get("Authorization"))
        say = self.says.pop(0) if len(self.says) > 1 else self.says[0]
        return await say(request)


@asynccontextmanager
async def serving(*says: Says) -> AsyncIterator[Server]:
    server = Server(says=list(says))
    app = web.Application()
    app.router.add_get("/v1/models", server.models)
    app.router.add_post("/v1/chat/completions", server.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    server.address = f"http://127.0.0.1:{port}/v1"
    try:
        yield server
    finally:
        await runner.cleanup()


def replying(content: str) -> Says:
    """A completion with this text."""
    body = {
        "id": "c",
        "object": "chat.completion",
        "created": 1,
        "model": "liar",
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": content},
            }
        ],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }

    async def say(request: web.Request) -> web.StreamResponse:
        return web.json_response(body)

    return say


def stating(*statements: tuple[str, list[int]]) -> Says:
    """A completion with these statements, each a text and the numbers of sentences."""
    rows = [{"text": text, "sentences": numbers} for text, numbers in statements]
    return replying(json.dumps({"statements": rows}))


def status(code: int) -> Says:
    async def say(request: web.Request) -> web.StreamResponse:
        return web.json_response({"error": {"message": "no"}}, status=code)

    return say


async def silent(request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(60)
    return web.Response()


async def endless(request: web.Request) -> web.StreamResponse:
    """Sends without end, as fast as it is read."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    while True:
        await response.write(b" " * 65536)


async def dripping(request: web.Request) -> web.StreamResponse:
    """Sends a little now and then, so that no read ever takes long."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    while True:
        await response.write(b" ")
        await asyncio.sleep(0.02)


async def zipped(request: web.Request) -> web.StreamResponse:
    """A little that would unpack to much."""
    response = web.Response(body=b" " * 50_000_000)
    response.enable_compression(web.ContentCoding.gzip)
    return response


async def hanging_up(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.close()
    return web.Response()
