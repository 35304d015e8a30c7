"""Finds the function that answers a request, and says what it gets and gives."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from tests.discord.state import World
from tests.discord.values import JSON, Upload


@dataclass(frozen=True, slots=True)
class Call:
    """What a handler gets besides the ids in its path."""

    world: World
    body: Any
    uploads: Mapping[str, Upload]
    query: Mapping[str, str]
    gateway_url: str

    @property
    def form(self) -> JSON:
        """The body where an object is optional: empty when none came."""
        return self.body or {}


@dataclass(frozen=True, slots=True)
class Reply:
    """A status with its JSON; a string goes out as plain text, None as an empty body."""

    status: int
    body: JSON | list[JSON] | str | None = None


def ok(body: JSON | list[JSON]) -> Reply:
    return Reply(200, body)


NO_CONTENT = Reply(204)

Handler = Callable[..., Awaitable[Reply]]


class Router:
    """Routes in the order they were added; the first that matches wins."""

    def __init__(self) -> None:
        self._routes: list[tuple[str, re.Pattern[str], Handler]] = []

    def route(self, method: str, template: str) -> Callable[[Handler], Handler]:
        """Register a handler. `{x_id}` takes digits and arrives as int, `{x}` any one part."""
        ids = re.sub(r"\{(\w+_id)\}", r"(?P<\1>\\d+)", template)
        pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", ids))

        def register(handler: Handler) -> Handler:
            self._routes.append((method, pattern, handler))
            return handler

        return register

    def include(self, other: Router) -> None:
        self._routes += other._routes

    def find(self, method: str, path: str) -> Callable[[Call], Awaitable[Reply]] | None:
        for known, pattern, handler in self._routes:
            if known == method and (match := pattern.fullmatch(path)):
                parts = {
                    key: int(value) if key.endswith("_id") else value
                    for key, value in match.groupdict().items()
                }
                return partial(handler, **parts)
        return None
