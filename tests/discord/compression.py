"""How gateway frames are packed: as text, or as one long zlib or zstd stream per connection."""

from __future__ import annotations

import zlib
from importlib import import_module
from typing import Any, Protocol

ZLIB, ZSTD = "zlib-stream", "zstd-stream"


class Packer(Protocol):
    """Turns the JSON text of one frame into what goes over the wire."""

    def pack(self, text: str) -> str | bytes: ...


class PlainPacker:
    def pack(self, text: str) -> str:
        return text


class ZlibPacker:
    """Each frame ends in 00 00 ff ff, by which the client knows that it is whole."""

    def __init__(self) -> None:
        self._stream = zlib.compressobj()

    def pack(self, text: str) -> bytes:
        return self._stream.compress(text.encode()) + self._stream.flush(zlib.Z_SYNC_FLUSH)


class ZstdPacker:
    """Needs `zstandard`, whose presence is also what makes discord.py ask for this stream."""

    def __init__(self) -> None:
        zstandard: Any = import_module("zstandard")
        self._flush_block = zstandard.COMPRESSOBJ_FLUSH_BLOCK
        self._stream = zstandard.ZstdCompressor().compressobj()

    def pack(self, text: str) -> bytes:
        packed: bytes = self._stream.compress(text.encode())
        packed += self._stream.flush(self._flush_block)
        return packed


def packer_for(asked: str | None) -> Packer:
    """The packer for the `compress` query parameter; anything unknown stays plain text."""
    if asked == ZLIB:
        return ZlibPacker()
    if asked == ZSTD:
        return ZstdPacker()
    return PlainPacker()
