"""Ways to misbehave: answers that fail or get lost, limits that bind, a gateway that lets go."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.discord.values import JSON


@dataclass(slots=True)
class Fault:
    """What happens to requests whose "METHOD /path" matches the regular expression `pattern`.

    It lets the first `skip` through and strikes the next `times`; with `having` only those count
    whose JSON has that key, not empty. It may wait (`delay_s`), then
    answer with `status` and `body`, or `drop` the TCP connection; with neither, the request merely
    was slow. With `after` the request takes effect first and only its answer is lost, which is how
    a client that repeats itself comes to do things twice.
    """

    pattern: str
    times: int = 1
    skip: int = 0
    having: str | None = None
    status: int | None = None
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    drop: bool = False
    after: bool = False

    @property
    def answers(self) -> bool:
        """Whether the client gets something other than the real answer."""
        return self.drop or self.status is not None


def rate_limited(
    pattern: str, *, retry_after_s: float = 0.1, times: int = 1, everywhere: bool = False
) -> Fault:
    """A 429 in the form that clients obey; `everywhere` makes it the global one."""
    body, headers = _too_many(retry_after_s, "global" if everywhere else "user")
    return Fault(pattern, times=times, status=429, body=body, headers=headers)


def pick(faults: list[Fault], key: str, body: object) -> Fault | None:
    """The first fault that strikes this request, one use of it spent."""
    for fault in faults:
        has = fault.having is None or (isinstance(body, dict) and body.get(fault.having))
        if fault.times > 0 and has and re.search(fault.pattern, key):
            if fault.skip > 0:
                fault.skip -= 1
                continue
            fault.times -= 1
            return fault
    return None


@dataclass(slots=True)
class GatewayFaults:
    """Switches of the gateway; set them while it runs.

    `refuse_handshakes` counts the next websocket handshakes to answer with 503.
    """

    acknowledge_heartbeats: bool = True
    accept_resume: bool = True
    duplicate_events: bool = False
    refuse_handshakes: int = 0


@dataclass(frozen=True, slots=True)
class Limit:
    """`count` requests in `per_s` seconds for each value that the pattern's group captures."""

    name: str
    pattern: re.Pattern[str]
    count: int
    per_s: float


# Discord publishes no numbers per route; these are near what clients report. What matters is that
# the client reads them off the headers.
_LIMITS = (
    Limit("create-message", re.compile(r"POST /channels/(\d+)/messages"), 5, 5.0),
    Limit("edit-message", re.compile(r"PATCH /channels/(\d+)/messages/\d+"), 5, 5.0),
    Limit("webhook", re.compile(r"(?:POST|PATCH) /webhooks/\d+/([^/]+).*"), 5, 2.0),
    Limit("create-thread", re.compile(r"POST /channels/(\d+)/(?:messages/\d+/)?threads"), 10, 10.0),
)
_GLOBAL_COUNT, _GLOBAL_PER_S = 50, 1.0
_FREE_OF_GLOBAL = re.compile(r"\S+ /(?:interactions|webhooks)/")


@dataclass(slots=True)
class _Window:
    left: int
    ends_at: float


class RateLimits:
    """The buckets: what is left of each, and the headers and refusals that tell a client so.

    They run on real time even when a test holds the emulator's clock, because the client waits in
    real time.
    """

    def __init__(self, *, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._windows: dict[tuple[str, str], _Window] = {}

    def spend(self, key: str) -> tuple[dict[str, str], JSON | None]:
        """Count one request. The reply's headers, and the 429's body when there is none left."""
        if not _FREE_OF_GLOBAL.match(key):
            window = self._window(("global", ""), _GLOBAL_COUNT, _GLOBAL_PER_S)
            if window.left <= 0:
                body, headers = _too_many(window.ends_at - self._now(), "global")
                return headers, body
            window.left -= 1
        for limit in _LIMITS:
            if match := limit.pattern.fullmatch(key):
                return self._spend(limit, match[1])
        return {}, None

    def _spend(self, limit: Limit, subject: str) -> tuple[dict[str, str], JSON | None]:
        window = self._window((limit.name, subject), limit.count, limit.per_s)
        reset_after_s = max(0.0, window.ends_at - self._now())
        headers = {
            "X-RateLimit-Limit": str(limit.count),
            "X-RateLimit-Bucket": limit.name,
            "X-RateLimit-Reset": f"{time.time() + reset_after_s:.3f}",
            "X-RateLimit-Reset-After": f"{reset_after_s:.3f}",
        }
        if window.left <= 0:
            body, refusal = _too_many(reset_after_s, "user")
            return {**headers, **refusal}, body
        window.left -= 1
        headers["X-RateLimit-Remaining"] = str(window.left)
        return headers, None

    def _window(self, key: tuple[str, str], count: int, per_s: float) -> _Window:
        window = self._windows.get(key)
        if window is None or self._now() >= window.ends_at:
            window = self._windows[key] = _Window(count, self._now() + per_s)
        return window


def _too_many(retry_after_s: float, scope: str) -> tuple[JSON, dict[str, str]]:
    body = {
        "message": "You are being rate limited.",
        "retry_after": round(retry_after_s, 3),
        "global": scope == "global",
        "code": 0,
    }
    headers = {
        "Retry-After": str(int(retry_after_s) + 1),
        "X-RateLimit-Scope": scope,
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset-After": f"{retry_after_s:.3f}",
    }
    if scope == "global":
        headers["X-RateLimit-Global"] = "true"
    return body, headers
