"""What a command line names as articles: files, folders, and standard input."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from corpus.ingestion.sources import Source

STANDARD_INPUT = Path("-")


def named(paths: Sequence[Path], name: str | None) -> list[Path | Source]:
    """What is to be read, in order: files, those of folders, and for "-" standard input.

    `name` is what standard input would be called as a file.
    """
    from corpus.ingestion.sources import find_files

    found: list[Path | Source] = []
    for path in paths:
        found += [_standard_input(name)] if path == STANDARD_INPUT else find_files([path])
    return found


def _standard_input(name: str | None) -> Source:
    """All of it, or one byte more than may be read. Known by its `name`, else by its title."""
    from corpus.ingestion.sources import Source
    from corpus.parsing.extract import MAX_PACKED_BYTES, SUFFIXES, guess_suffix

    data = sys.stdin.buffer.read(MAX_PACKED_BYTES + 1)
    called = name or "standard input"
    if Path(called).suffix.lower() not in SUFFIXES:
        called += guess_suffix(data)
    return Source(called, lambda: data, f"named:{name}" if name else "")
