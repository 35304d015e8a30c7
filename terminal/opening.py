"""The libraries, opened for a command that asks them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from retrieval.shelf import Shelf
    from retrieval.writer import Writer


def open_shelf(folder: Path, library: str | None, writer: Writer | None) -> Shelf:
    """The libraries in a folder. Raises StoreError when the one that was named is not there."""
    from corpus.errors import StoreError
    from retrieval.embedder import Embedder
    from retrieval.library import library_file
    from retrieval.prompts import SENTENCES_SHOWN
    from retrieval.shelf import Shelf

    if library is not None and not library_file(folder, library).exists():
        raise StoreError(
            f"There is no library {library} yet; make it with: "
            f"bot.py ingest --library {library} PATH"
        )
    return Shelf(folder, Embedder.load(), SENTENCES_SHOWN if writer else 0)
