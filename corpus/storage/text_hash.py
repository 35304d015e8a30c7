"""A hash of a text, by which one that changed on the disk is found."""

from __future__ import annotations

import xxhash


def text_hash(text: str) -> str:
    """The text's XXH3 of 64 bits, as 16 hexadecimal digits. It finds accidents, not forgers."""
    return str(xxhash.xxh3_64_hexdigest(text.encode()))
