"""Finds the library that a command names, and opens libraries for the commands that ask them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from corpus.storage.locations import Home, Place
    from retrieval.serving.library_router import LibraryRouter
    from retrieval.writing.writer import Writer
    from terminal.command import Program


def library_place(home: Home, library: str | None) -> Place:
    """Where the library of that name is or would be; None names the common one."""
    from corpus.storage.locations import DEFAULT

    return home.place(library or DEFAULT)


def existing_library(home: Home, library: str | None) -> Place:
    """Where the library of that name is. Raises StoreError if there is none yet."""
    from corpus.errors import StoreError

    place = library_place(home, library)
    if not place.exists():
        named = f" --library {library}" if library else ""
        raise StoreError(f"There is no library yet; make it with: bot.py ingest{named} PATH")
    return place


def open_shelf(program: Program, library: str | None, writer: Writer | None) -> LibraryRouter:
    """Open the program's libraries. Raises StoreError if a library is named and is not there.

    With a writer, answers carry as many sentences as a writer is shown.
    """
    from corpus.errors import StoreError
    from retrieval.encoders.embedder import Embedder
    from retrieval.ranking.weights import Caution
    from retrieval.serving.library_router import LibraryRouter
    from retrieval.writing.prompts import SENTENCES_SHOWN

    if library is not None and not program.home.place(library).exists():
        raise StoreError(
            f"There is no library {library} yet; make it with: "
            f"bot.py ingest --library {library} PATH"
        )
    return LibraryRouter(
        program.home,
        Embedder.load(),
        SENTENCES_SHOWN if writer else 0,
        Caution(program.settings.caution),
    )
