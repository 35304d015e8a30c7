"""Finds what a command line names as articles: files, folders, and standard input."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from corpus.ingestion.sources import Source

STANDARD_INPUT = Path("-")


def find_sources(paths: Sequence[Path], name: str | None) -> list[Path | Source]:
    """What there is to read, in order: files, the files in folders, and standard input for "-".

    `name` is the file name to give to standard input.
    """
    from corpus.ingestion.sources import find_files

    found: list[Path | Source] = []
    for path in paths:
        found += [_standard_input(name)] if path == STANDARD_INPUT else find_files([path])
    return found


def _standard_input(name: str | None) -> Source:
    """All of standard input, up to one byte more than may be read, which is then refused.

    The article is known again by its `name`, or by its title if it has no name.
    """
    from corpus.ingestion.sources import Source
    from corpus.parsing.extract import MAX_PACKED_BYTES, SUFFIXES, guess_suffix

    data = sys.stdin.buffer.read(MAX_PACKED_BYTES + 1)
    called = name or "standard input"
    if Path(called).suffix.lower() not in SUFFIXES:
        called += guess_suffix(data)
    return Source(called, lambda: data, f"named:{name}" if name else "")
