"""The libraries, opened for a command that asks them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from corpus.storage.locations import Home
    from retrieval.serving.library_router import Shelf
    from retrieval.writing.writer import Writer


def open_shelf(home: Home, library: str | None, writer: Writer | None) -> Shelf:
    """The libraries there. Raises StoreError when the one that was named is not there."""
    from corpus.errors import StoreError
    from retrieval.encoders.embedder import Embedder
    from retrieval.serving.library_router import Shelf
    from retrieval.writing.prompts import SENTENCES_SHOWN

    if library is not None and not home.place(library).exists():
        raise StoreError(
            f"There is no library {library} yet; make it with: "
            f"bot.py ingest --library {library} PATH"
        )
    return Shelf(home, Embedder.load(), SENTENCES_SHOWN if writer else 0)
