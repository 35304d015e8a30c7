"""Where libraries are: files under one folder, or schemas of a PostgreSQL database.

A setting chooses. Whoever opens libraries is given a Home, and asks it for the Place of each.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from corpus.errors import StoreError
from corpus.storage.maintenance import erase
from corpus.storage.page_state import next_due
from corpus.storage.store import ArticleStore

_log = logging.getLogger(__name__)

FILE_NAME = "library.db"
DEFAULT = "default"
"""The name of the common library. Those of Discord's servers are the servers' ids."""
DATABASE_VARIABLE = "FOOTNOTE_DATABASE"
"""The environment variable that tells a process which database; no argument names it."""
_IN_DATABASE = "database:"


class Place(Protocol):
    """Where one library is, whether it is there or not. Methods may raise StoreError."""

    @property
    def name(self) -> str:
        """The library's name in its home."""

    @property
    def path(self) -> Path | None:
        """Its file; None where it is in a database."""

    @property
    def spec(self) -> str:
        """A text of which `as_place` makes the same place in another process."""

    def exists(self) -> bool:
        """Whether there is a library."""

    def open(self) -> ArticleStore:
        """Open it to read and write; make it when it is not there."""

    def open_to_read(self) -> ArticleStore:
        """Open one that is there."""

    def erase(self) -> bool:
        """Delete all of it; False when it is not there."""


class Home(Protocol):
    """Where all libraries are."""

    def place(self, name: str = DEFAULT) -> Place:
        """Where the library of this name is, or would be."""

    def names(self) -> list[str]:
        """The names of the libraries that are there, sorted. May raise StoreError."""

    def due(self, before: str) -> list[str]:
        """The names of those with a feed or page that was due before a moment (ISO 8601, UTC).

        May raise StoreError.
        """

    @property
    def variables(self) -> Mapping[str, str]:
        """The environment variables that a process needs to find it."""

    @property
    def spec(self) -> str:
        """A text of which `as_home` makes the same home in such a process."""


def library_file(data_dir: Path, name: str = DEFAULT) -> Path:
    """The file of the library called `name`; a folder of its own holds all that belongs to it."""
    return data_dir / "libraries" / name / FILE_NAME


@dataclass(frozen=True, slots=True)
class File:
    """A library in a file."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.parent.name

    @property
    def spec(self) -> str:
        return str(self.path.absolute())

    def exists(self) -> bool:
        return self.path.exists()

    def open(self) -> ArticleStore:
        return ArticleStore.open(self.path)

    def open_to_read(self) -> ArticleStore:
        return ArticleStore.open_to_read(self.path)

    def erase(self) -> bool:
        if not self.path.parent.exists():
            return False
        erase(self.path.parent)
        return True


@dataclass(frozen=True, slots=True)
class Folder:
    """The libraries under one folder of data."""

    data_dir: Path

    def place(self, name: str = DEFAULT) -> File:
        return File(library_file(self.data_dir, name))

    def names(self) -> list[str]:
        found = (self.data_dir / "libraries").glob(f"*/{FILE_NAME}")
        return sorted(file.parent.name for file in found)

    def due(self, before: str) -> list[str]:
        found = []
        for name in self.names():
            try:
                with self.place(name).open_to_read() as store:
                    at = next_due(store)
            except StoreError as error:
                _log.warning("%s", error)
                continue
            if at is not None and at <= before:
                found.append(name)
        return found

    @property
    def variables(self) -> Mapping[str, str]:
        return {}

    @property
    def spec(self) -> str:
        return str(self.data_dir.absolute())


@dataclass(frozen=True, slots=True)
class Schema:
    """A library in a database; `url` may have a password, and is never shown."""

    url: str = field(repr=False)
    name: str

    @property
    def path(self) -> None:
        return None

    @property
    def spec(self) -> str:
        return f"{_IN_DATABASE}{self.name}"

    def exists(self) -> bool:
        return bool(_postgres().exists(self.url, self.name))

    def open(self) -> ArticleStore:
        return ArticleStore(_postgres().open_library(self.url, self.name))

    def open_to_read(self) -> ArticleStore:
        return self.open()

    def erase(self) -> bool:
        return bool(_postgres().erase(self.url, self.name))


@dataclass(frozen=True, slots=True)
class Database:
    """The libraries in a PostgreSQL database; `url` may have a password, and is never shown."""

    url: str = field(repr=False)

    def place(self, name: str = DEFAULT) -> Schema:
        return Schema(self.url, name)

    def names(self) -> list[str]:
        found: list[str] = _postgres().names(self.url)
        return found

    def due(self, before: str) -> list[str]:
        found: list[str] = _postgres().due(self.url, before)
        return found

    @property
    def variables(self) -> Mapping[str, str]:
        return {DATABASE_VARIABLE: self.url}

    @property
    def spec(self) -> str:
        return _IN_DATABASE


def as_home(written: str | Path | Home, environment: Mapping[str, str] | None = None) -> Home:
    """Make a home of what names one.

    Args:
        written: A Home's `spec`, a folder of data, or a Home, which stays as it is.
        environment: Where to find the database, by the home's `variables`.
    """
    if isinstance(written, Path):
        return Folder(written)
    if not isinstance(written, str):
        return written
    if written.startswith(_IN_DATABASE):
        return Database((environment or {})[DATABASE_VARIABLE])
    return Folder(Path(written))


def as_place(written: str | Path | Place, environment: Mapping[str, str] | None = None) -> Place:
    """Make a place of what names one.

    Args:
        written: A Place's `spec`, a library's file, or a Place, which stays as it is.
        environment: Where to find the database, by the home's `variables`.
    """
    if isinstance(written, Path):
        return File(written)
    if not isinstance(written, str):
        return written
    if written.startswith(_IN_DATABASE):
        return as_home(written, environment).place(written.removeprefix(_IN_DATABASE))
    return File(Path(written))


def needs_psycopg() -> None:
    """Raise StoreError where psycopg is missing, the package for PostgreSQL."""
    try:
        import psycopg  # noqa: F401
    except ImportError as error:
        raise StoreError(
            "Libraries in PostgreSQL need one more package; install it with: "
            "pip install 'psycopg[binary]'"
        ) from error


def _postgres() -> Any:
    needs_psycopg()
    from corpus.storage.postgres import library

    return library
