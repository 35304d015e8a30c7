"""The HTTP side: reads a request, logs and judges it, lets faults strike, and answers."""

from __future__ import annotations

import asyncio
import json
import re
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import BodyPartReader, web

from tests.discord.errors import ApiError, invalid_json, unauthorized
from tests.discord.faults import Fault, RateLimits, pick
from tests.discord.oracle import Finding, Oracle
from tests.discord.router import Call, Reply, Router
from tests.discord.state import World
from tests.discord.values import JSON, Upload

PREFIX = "/api/v10"
# These carry their own secret in the path, so they need no bot token.
_TOKEN_IN_PATH = ("/interactions/", "/webhooks/")


@dataclass(slots=True)
class Request:
    """One request as the client made it, and how it ended.

    `status` is what the client was told; None when the connection was dropped or nothing went out.
    """

    at: float
    method: str
    path: str
    query: dict[str, str]
    json: JSON | list[JSON] | None
    uploads: dict[str, Upload]
    authorization: str | None
    reason: str | None
    status: int | None = None

    @property
    def key(self) -> str:
        """The form that fault patterns and searches match: "POST /channels/1/messages"."""
        return f"{self.method} {self.path}"


@dataclass(slots=True)
class Record:
    """What came in, and what was wrong with it (`findings`) or with our replies to it (`own`)."""

    requests: list[Request] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    own: list[Finding] = field(default_factory=list)

    def sent(self, pattern: str) -> list[Request]:
        """The requests whose "METHOD /path" matches the regular expression, in order."""
        return [request for request in self.requests if re.search(pattern, request.key)]


class Rest:
    """Answers everything under /api/v10."""

    def __init__(
        self,
        world: World,
        router: Router,
        *,
        oracle: Oracle | None,
        limits: RateLimits | None,
        gateway_url: Callable[[], str],
    ) -> None:
        self.record = Record()
        self.faults: list[Fault] = []
        self._world = world
        self._router = router
        self._oracle = oracle
        self._limits = limits
        self._gateway_url = gateway_url

    async def handle(self, http: web.Request) -> web.Response:
        try:
            request = await self._read(http)
        except ValueError:
            error = invalid_json()
            return _response(Reply(error.status, error.body), {})
        self.record.requests.append(request)
        self._judge_request(request)
        fault = pick(self.faults, request.key, request.json)
        if fault is not None and fault.delay_s:
            await asyncio.sleep(fault.delay_s)
        if fault is not None and fault.answers and not fault.after:
            return _strike(fault, http, request)
        headers: dict[str, str] = {}
        if self._limits is not None:
            headers, refusal = self._limits.spend(request.key)
            if refusal is not None:
                return self._answer(request, Reply(429, refusal), headers)
        reply = await self._perform(request)
        if fault is not None and fault.answers:
            return _strike(fault, http, request)
        return self._answer(request, reply, headers)

    async def _read(self, http: web.Request) -> Request:
        body: JSON | list[JSON] | None = None
        uploads: dict[str, Upload] = {}
        if http.content_type == "multipart/form-data":
            async for part in await http.multipart():
                if not isinstance(part, BodyPartReader):
                    continue
                if part.name == "payload_json":
                    body = json.loads(await part.text())
                else:
                    data = bytes(await part.read())
                    uploads[part.name or ""] = Upload(part.filename or "", data)
        elif raw := await http.read():
            body = json.loads(raw)
        return Request(
            at=self._world.clock(),
            method=http.method,
            path=http.path.removeprefix(PREFIX),
            query=dict(http.query),
            json=body,
            uploads=uploads,
            authorization=http.headers.get("Authorization"),
            reason=http.headers.get("X-Audit-Log-Reason"),
        )

    def _judge_request(self, request: Request) -> None:
        if self._oracle is not None:
            self.record.findings += self._oracle.check_request(
                request.method, request.path, request.json, request.query
            )

    async def _perform(self, request: Request) -> Reply:
        """Do what was asked. Errors of Discord's become replies, our own become findings."""
        try:
            self._authorize(request)
            route = self._router.find(request.method, request.path)
            if route is None:
                problem = "the emulator has no such route"
                self.record.findings.append(Finding(request.key, "not-implemented", "", problem))
                return Reply(501, {"code": 0, "message": problem})
            call = Call(
                world=self._world,
                body=request.json,
                uploads=request.uploads,
                query=request.query,
                gateway_url=self._gateway_url(),
            )
            return await route(call)
        except ApiError as error:
            return Reply(error.status, error.body)
        except Exception:  # noqa: BLE001 - a crash of the emulator must fail the test that met it
            # 501, because a client would repeat a 500 for half a minute.
            crash = Finding(request.key, "crash", "", traceback.format_exc(limit=-2))
            self.record.own.append(crash)
            return Reply(501, {"code": 0, "message": "the emulator crashed"})

    def _authorize(self, request: Request) -> None:
        if request.path.startswith(_TOKEN_IN_PATH):
            return
        if request.authorization != f"Bot {self._world.token}":
            raise unauthorized()

    def _answer(self, request: Request, reply: Reply, headers: dict[str, str]) -> web.Response:
        request.status = reply.status
        if self._oracle is not None and reply.status != 501:
            self.record.own += self._oracle.check_response(
                request.method, request.path, reply.status, reply.body
            )
        self._world.bell.ring()
        return _response(reply, headers)


def _strike(fault: Fault, http: web.Request, request: Request) -> web.Response:
    if fault.drop or fault.status is None:
        if http.transport is not None:
            http.transport.abort()
        return web.Response(status=500)
    request.status = fault.status
    body = {"code": 0, "message": "injected"} if fault.body is None else fault.body
    return _response(Reply(fault.status, body), fault.headers)


def _response(reply: Reply, headers: dict[str, str]) -> web.Response:
    # discord.py takes a 429 without a Via header for a ban by Cloudflare and does not retry.
    headers = {"Via": "1.1 emulator", **headers}
    if reply.body is None:
        return web.Response(status=reply.status, headers=headers)
    if isinstance(reply.body, str):
        return web.Response(status=reply.status, text=reply.body, headers=headers)
    # Exactly this type: with a charset behind it, discord.py hands out text instead of JSON.
    headers["Content-Type"] = "application/json"
    body = json.dumps(reply.body).encode()
    return web.Response(status=reply.status, body=body, headers=headers)
