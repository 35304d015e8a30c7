"""Reading a library: its articles, their passages, and what it notes of itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from corpus.storage.connection import Connection
from corpus.storage.passage_reader import PassageReader


class StoreReader(PassageReader):
    """The reading half of an ArticleStore."""

    def __init__(self, connection: Connection, path: Path | None = None) -> None:
        """Read over an open connection.

        Args:
            connection: The library's database. It is public, for what has tables of its own in a
                library: the watch list, the copies, pgvector's index.
            path: The library's file; None in memory, and in a database server.
        """
        self.connection = connection
        self.path = path

    @property
    def is_in_database(self) -> bool:
        """Whether it is in a database server, which searches it too, and in no file."""
        return self.connection.is_server

    def close(self) -> None:
        """Close the library."""
        self.connection.close()

    def __enter__(self) -> Self:
        """Open already."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Close the library."""
        self.close()

    def is_there(self) -> bool:
        """Whether the library still is where it was opened: somebody may have erased it."""
        if self.path is not None:
            return self.path.exists()
        return self.connection.has_table("article")

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """What is read inside is of one moment, whatever others write meanwhile."""
        with self.connection.reading():
            yield

    def stamp(self, name: str) -> str | None:
        """A note about the library, such as what its embeddings were made with; None if unset."""
        rows = self.connection.rows("SELECT value FROM stamp WHERE name = $1", name)
        return rows[0][0] if rows else None

    def changes(self) -> int:
        """How often anything changed so far, by any process: cheap enough for every question."""
        return int(self.stamp("changes") or 0)

    def moment(self) -> tuple[int, int]:
        """Differs from an earlier one when anything was written since, by any process.

        In a file it is much cheaper than `changes`.
        """
        token = self.connection.change_token()
        return (self.changes(), 0) if token is None else token
