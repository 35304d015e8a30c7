"""Decompresses what a server sends, block by block and no further than a limit."""

from __future__ import annotations

import zlib

from corpus.errors import FetchError


class Body:
    """Collects a body that is not compressed."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []

    def take(self, block: bytes) -> None:
        """Take the next block as it was sent. Raises FetchError where it is damaged or too much."""
        self._blocks.append(block)

    def whole(self) -> bytes:
        """The whole body. Raises FetchError where its end is missing."""
        return b"".join(self._blocks)


class _Unpacker(Body):
    """Decompresses gzip or deflate, no further than the limit, however much a few bytes hold."""

    def __init__(self, name: str, max_bytes: int) -> None:
        super().__init__()
        self._name = name
        self._max_bytes = max_bytes
        self._size = 0
        self._zlib = zlib.decompressobj(zlib.MAX_WBITS | 32)  # gzip or zlib, by its first bytes
        self._begun = False

    def take(self, block: bytes) -> None:
        while block:
            if self._zlib.eof:  # gzip may be several, one after another
                self._zlib = zlib.decompressobj(zlib.MAX_WBITS | 32)
            try:
                made = self._zlib.decompress(block, self._max_bytes - self._size + 1)
            except zlib.error as error:
                if self._begun:
                    raise FetchError(f"{self._name} came damaged; try again later.") from error
                # "deflate" without its header, as some servers send it
                self._zlib = zlib.decompressobj(-zlib.MAX_WBITS)
                self._begun = True
                continue
            self._begun = True
            self._size += len(made)
            if self._size > self._max_bytes:
                raise too_large(self._name, self._max_bytes)
            super().take(made)
            # Some servers fill up with zeros.
            block = self._zlib.unconsumed_tail or self._zlib.unused_data.lstrip(b"\0")

    def whole(self) -> bytes:
        if self._begun and not self._zlib.eof:
            raise FetchError(
                f"{self._name} broke off in the middle; try again later.", passing=True
            )
        return super().whole()


def decompressor(name: str, encoding: str, max_bytes: int) -> Body:
    """Choose what takes a body.

    Args:
        name: The address, for messages.
        encoding: Content-Encoding, "" for none.
        max_bytes: The most that it may decompress to.

    Raises:
        FetchError: The encoding is one that was not asked for.
    """
    match encoding.strip().lower():
        case "" | "identity":
            return Body()
        case "gzip" | "x-gzip" | "deflate":
            return _Unpacker(name, max_bytes)
        case other:
            raise FetchError(
                f"{name} comes packed in a way that was not asked for ({other[:20]}); "
                "save the page as a file and add that."
            )


def too_large(name: str, max_bytes: int) -> FetchError:
    """The error for a body of the address `name` that is larger than `max_bytes`."""
    return FetchError(
        f"{name} is larger than {max_bytes / 1e6:g} MB, too large for an article; "
        "name a smaller page."
    )
