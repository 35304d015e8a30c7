"""The libraries, opened for a command that asks them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from corpus.home import Home
    from retrieval.shelf import Shelf
    from retrieval.writer import Writer


def open_shelf(home: Home, library: str | None, writer: Writer | None) -> Shelf:
    """The libraries there. Raises StoreError when the one that was named is not there."""
    from corpus.errors import StoreError
    from retrieval.embedder import Embedder
    from retrieval.prompts import SENTENCES_SHOWN
    from retrieval.shelf import Shelf

    if library is not None and not home.place(library).exists():
        raise StoreError(
            f"There is no library {library} yet; make it with: "
            f"bot.py ingest --library {library} PATH"
        )
    return Shelf(home, Embedder.load(), SENTENCES_SHOWN if writer else 0)
