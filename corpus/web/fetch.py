"""Fetches an address within limits: the only module that opens connections to strangers.

It uses aiohttp, for two reasons. aiohttp takes both a resolver and the making of each socket as
arguments, so that the address that is checked is the address that is dialled, while TLS still
verifies the name. And one `asyncio.timeout` limits a whole visit, with its redirects and with a
header sent letter by letter; a client with a time limit for each read cannot do that.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import PackageNotFoundError, version
from ipaddress import ip_address
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from corpus.errors import FetchError
from corpus.parsing.extract import MAX_BYTES
from corpus.web.decompress import decompressor, too_large
from corpus.web.ip_guard import is_public

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""Looks up a name and a port: numeric addresses, in the order to try them; raises OSError."""

TOTAL_S = 30.0
MAX_REDIRECTS = 5
MAX_URL_CHARS = 2000
LONGEST_WAIT_S = 7 * 86_400.0  # whatever a server asks for
_REDIRECTS = (301, 302, 303, 307, 308)
_BLOCK = 1 << 16

try:
    _VERSION = version("footnote")
except PackageNotFoundError:  # a clone that was not installed
    _VERSION = "0"
PRODUCT = "Footnote"
USER_AGENT = f"{PRODUCT}/{_VERSION} (reads articles for a Discord bot that quotes them)"


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """What one visit may cost.

    `max_bytes` limits what is sent, and also what that unpacks to; `total_s` is from the first
    look-up of a name to the last byte, over all redirects.
    """

    max_bytes: int = MAX_BYTES
    total_s: float = TOTAL_S
    max_redirects: int = MAX_REDIRECTS


FETCH_LIMITS = FetchLimits()

Gate = Callable[[str], AbstractAsyncContextManager[None]]
"""Waits until an address may be requested; the request is made inside."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address gave.

    `url` is the address after all redirects, and `moved` says that all of them were permanent.
    `content_type` and `charset` are in small letters, "" and None where they were not sent. `etag`
    and `modified` belong into the next request; `body` is None when they were sent and nothing is
    new (304).
    """

    url: str
    body: bytes | None
    content_type: str = ""
    charset: str | None = None
    etag: str | None = None
    modified: str | None = None
    moved: bool = False


async def resolve(host: str, port: int) -> list[str]:
    """Look up a name with this machine's resolver.

    Args:
        host: The name.
        port: The port to be dialled.

    Returns:
        Numeric addresses, each once, in the resolver's order.

    Raises:
        OSError: The name is not known.
    """
    loop = asyncio.get_running_loop()
    rows = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(row[4][0]) for row in rows))


def is_stranger(address: str) -> bool:
    """Whether a numeric address is public and not this machine's own.

    A service on this machine may be open to this machine only; reached at the public address, it
    would take the request for a local one. Asking the routing table sends nothing.
    """
    if not is_public(address):
        return False
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((address, 9))
        except OSError:
            return True  # no way there: dialling it will say so
        return ip_address(probe.getsockname()[0]) != ip_address(address)


class Fetcher:
    """Fetches, with no cookies, no credentials and no proxy. Use as `async with Fetcher() as …`."""

    def __init__(
        self,
        *,
        limits: FetchLimits = FETCH_LIMITS,
        resolve: Resolve = resolve,
        is_allowed: Callable[[str], bool] = is_stranger,
        tls: ssl.SSLContext | None = None,
        user_agent: str = USER_AGENT,
    ) -> None:
        """Open nothing yet.

        Args:
            limits: For each visit.
            resolve: Looks up names.
            is_allowed: Decides about every numeric address, at every redirect; only a test should
                give another.
            tls: The certificates to trust in place of the system's; for a test.
            user_agent: What servers are told.
        """
        self._limits = limits
        self._resolve = resolve
        self._is_allowed = is_allowed
        self._tls = tls
        self._user_agent = user_agent
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(
            resolver=_Resolver(self._addresses),
            use_dns_cache=False,
            happy_eyeballs_delay=None,
            socket_factory=self._socket,
            ssl=self._tls or True,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,  # it would unpack a bomb before we could count
            trust_env=False,
            headers={"User-Agent": self._user_agent, "Accept-Encoding": "gzip, deflate"},
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._limits.total_s / 2),
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def get(
        self,
        url: str,
        *,
        etag: str | None = None,
        modified: str | None = None,
        gate: Gate | None = None,
    ) -> Fetched:
        """Fetch an address, wherever it redirects to.

        Args:
            url: The address.
            etag: The ETag of the last time, so that a server need not send the same again.
            modified: The Last-Modified of the last time, likewise.
            gate: Every request is made inside of what this gives for its address. Waiting for it
                does not count as time of the visit.

        Raises:
            FetchError: The address cannot be fetched, or is not on the public internet.
        """
        conditions = {
            name: value
            for name, value in (("If-None-Match", etag), ("If-Modified-Since", modified))
            if value
        }
        at, moved, left_s = _checked(url), True, self._limits.total_s
        for step in range(self._limits.max_redirects + 1):
            async with gate(str(at)) if gate else nullcontext():
                began = time.monotonic()
                try:
                    async with asyncio.timeout(left_s):
                        found = await self._visit(at, conditions)
                except TimeoutError as error:
                    raise FetchError(
                        f"{printable(at)} took longer than {self._limits.total_s:g} seconds; "
                        "try again later.",
                        passing=True,
                    ) from error
                left_s -= time.monotonic() - began
            if isinstance(found, Fetched):
                return replace(found, moved=moved and step > 0)
            at, moved = found.target, moved and found.for_good
        raise FetchError(
            f"{printable(url)} redirects again and again; name the article's own address."
        )

    async def _visit(self, url: URL, conditions: Mapping[str, str]) -> Fetched | _Onward:
        try:
            async with self._asked(url, conditions) as reply:
                if reply.status in _REDIRECTS:
                    return _onward(url, reply)
                return await self._read(url, reply)
        except (aiohttp.ClientError, ssl.SSLError, OSError) as error:
            if isinstance(error, TimeoutError):
                raise
            raise _unreachable(url, error) from error

    def _asked(
        self, url: URL, conditions: Mapping[str, str]
    ) -> aiohttp.client._BaseRequestContextManager[aiohttp.ClientResponse]:
        if self._session is None:
            raise RuntimeError("a Fetcher is entered before it is used")
        return self._session.get(url, allow_redirects=False, headers=dict(conditions))

    async def _read(self, url: URL, reply: aiohttp.ClientResponse) -> Fetched:
        headers = reply.headers
        found = Fetched(
            str(url),
            None,
            reply.content_type.lower() if "Content-Type" in headers else "",
            (reply.charset or "").lower() or None,
            headers.get("ETag"),
            headers.get("Last-Modified"),
        )
        if reply.status == 304:
            return found
        if not 200 <= reply.status < 300:
            raise _refused(url, reply.status, headers.get("Retry-After"))
        return replace(found, body=await self._body(url, reply))

    async def _body(self, url: URL, reply: aiohttp.ClientResponse) -> bytes:
        most = self._limits.max_bytes
        said = reply.content_length
        if said is not None and said > most:
            raise too_large(printable(url), most)
        unpacking = decompressor(printable(url), reply.headers.get("Content-Encoding", ""), most)
        sent = 0
        async for block in reply.content.iter_chunked(_BLOCK):
            sent += len(block)
            if sent > most:
                raise too_large(printable(url), most)
            unpacking.take(block)
        return unpacking.whole()

    async def _addresses(self, host: str, port: int) -> list[str]:
        """The addresses of a name, if all are allowed. Raises FetchError and OSError."""
        found = await self._resolve(host, port)
        if not found:
            raise OSError(f"no address for {host}")
        for address in found:
            self._check(address, host)
        return found

    def _socket(self, about: aiohttp.AddrInfoType) -> socket.socket:
        """Make a socket, for an address that is allowed; every connection goes through here."""
        family, kind, proto, _, place = about
        self._check(str(place[0]), str(place[0]))
        return socket.socket(family, kind, proto)

    def _check(self, address: str, host: str) -> None:
        if not self._is_allowed(address):
            raise FetchError(
                f"{host} is not on the public internet, and Footnote reads nothing else; "
                "save the page as a file and add that."
            )


class _Resolver(AbstractResolver):
    """Gives aiohttp numeric addresses, so that it looks up nothing itself."""

    def __init__(self, addresses: Resolve) -> None:
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for address in await self._addresses(host, port)
        ]

    async def close(self) -> None:
        """There is nothing to release."""


@dataclass(frozen=True, slots=True)
class _Onward:
    """A redirect."""

    target: URL
    for_good: bool


def _onward(url: URL, reply: aiohttp.ClientResponse) -> _Onward:
    """Where a redirect leads. Raises FetchError where that is no address."""
    target = reply.headers.get("Location")
    if not target:
        raise FetchError(f"{printable(url)} redirects without saying where to.")
    try:
        joined = str(url.join(URL(target)))
    except ValueError as error:
        raise FetchError(f"{printable(url)} redirects to what is not an address.") from error
    return _Onward(_checked(joined), reply.status in (301, 308))


def _checked(address: str) -> URL:
    """The address to fetch. Raises FetchError where it is no address of the web."""
    if len(address) > MAX_URL_CHARS:
        raise FetchError(f"The address is longer than {MAX_URL_CHARS} characters; name another.")
    try:
        url = URL(address.strip())
        port = url.port
    except (ValueError, UnicodeError) as error:
        raise FetchError(
            f"{printable(address)} is not an address; it should look like https://news.example/article."
        ) from error
    if url.scheme not in ("http", "https") or not url.host:
        raise FetchError(
            f"{printable(address)} is not an address of the web; name one that begins with https://."
        )
    if url.user is not None or url.password is not None:
        raise FetchError("The address holds a user's name or password; name it without.")
    # Others below 1024 are those of mail, files and the like, whose servers must not be spoken to.
    if port is not None and port < 1024 and port not in (80, 443):
        raise FetchError(
            f"{printable(address)} asks for port {port}, which is not one of the web's."
        )
    return url.with_fragment(None)


def printable(url: URL | str) -> str:
    """An address for a sentence: at most 120 characters, on one line."""
    shown = "".join(mark if mark.isprintable() and mark != " " else "�" for mark in str(url))
    return shown if len(shown) <= 120 else f"{shown[:119]}…"


def _unreachable(url: URL, error: Exception) -> FetchError:
    passing = not isinstance(
        error,
        aiohttp.ClientConnectorCertificateError | ssl.SSLCertVerificationError | aiohttp.InvalidURL,
    )
    match error:
        case aiohttp.ClientConnectorDNSError():
            why = f"the name {url.host} is not known; check the address"
        case aiohttp.ClientConnectorCertificateError() | ssl.SSLCertVerificationError():
            why = f"its certificate is not one of {url.host}; do not trust this address"
        case aiohttp.ClientConnectorSSLError() | ssl.SSLError():
            why = "no secure connection came about; try again later"
        case aiohttp.ClientPayloadError() | aiohttp.ServerDisconnectedError():
            why = "the server broke off; try again later"
        case aiohttp.ClientResponseError():
            why = "the server does not speak as a web server does"
        case aiohttp.InvalidURL():
            why = "it is not written as an address is; check it"
        case _:
            why = "the server does not answer; try again later"
    return FetchError(f"{printable(url)} cannot be fetched: {why}.", passing=passing)


def _refused(url: URL, status: int, retry_after: str | None) -> FetchError:
    match status:
        case 401 | 407:
            why = "asks for a login; save the page as a file and add that"
        case 402:
            why = "asks for payment; save the page as a file and add that"
        case 403 | 451:
            why = f"refuses programs ({status}); save the page as a file and add that"
        case 404 | 410:
            why = f"is not there ({status}); check the address"
        case 429:
            why = "was asked too often (429); try again later"
        case status if status >= 500:
            why = f"is out of order ({status}); try again later"
        case _:
            why = f"gives no page ({status}); check the address"
    return FetchError(
        f"{printable(url)} {why}.",
        status=status,
        passing=status in (408, 425, 429) or status >= 500,
        retry_after_s=_wait_s(retry_after),
    )


def _wait_s(
    value: str | None, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> float | None:
    """Retry-After, which is seconds or a date (RFC 9110, 10.2.3); None when it is neither."""
    if value is None:
        return None
    if value.strip().isascii() and value.strip().isdigit():
        wait_s = float(value.strip()[:12])
    else:
        try:
            until = parsedate_to_datetime(value)
        except ValueError:
            return None
        wait_s = (until.replace(tzinfo=until.tzinfo or UTC) - now()).total_seconds()
    return min(max(wait_s, 0.0), LONGEST_WAIT_S)
