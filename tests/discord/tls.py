"""TLS under Discord's own names, for a client that nothing in the process was changed for.

The client gets a resolver by which discord.com, its gateway and its CDN are this machine, and an
authority that vouches for the emulator's certificate. aiohttp dials the port that a resolver
names, so the emulator need not sit on 443.
"""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass

import aiohttp
import trustme
from aiohttp.abc import AbstractResolver, ResolveResult

API_HOST = "discord.com"
GATEWAY_HOST = "gateway.discord.gg"
CDN_HOST = "cdn.discordapp.com"


@dataclass(frozen=True, slots=True)
class Certificates:
    """Both ends' TLS: what the emulator shows and what the client trusts."""

    server: ssl.SSLContext
    client: ssl.SSLContext

    @classmethod
    def issue(cls) -> Certificates:
        """A fresh authority, and from it a certificate for Discord's names."""
        authority = trustme.CA()
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(API_HOST, GATEWAY_HOST, CDN_HOST).configure_cert(server)
        client = ssl.create_default_context()
        authority.configure_trust(client)
        return cls(server, client)


class LoopbackResolver(AbstractResolver):
    """Every name is the emulator's port on loopback. `asked` lists the names in order."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        return [
            ResolveResult(
                hostname=host,
                host="127.0.0.1",
                port=self._port,
                family=socket.AF_INET,
                proto=0,
                flags=0,
            )
        ]

    async def close(self) -> None:
        """Nothing is held open."""


def connector(port: int, certificates: Certificates) -> aiohttp.TCPConnector:
    """What to pass to `discord.Client(connector=...)`; must be made inside the running loop."""
    return aiohttp.TCPConnector(limit=0, resolver=LoopbackResolver(port), ssl=certificates.client)
