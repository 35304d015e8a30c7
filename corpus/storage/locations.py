"""Where libraries are kept: in a folder, a file each, or in a PostgreSQL database, a schema each.

One line of configuration chooses; whoever opens libraries is given a Home, and asks it for Places.
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
"""By this variable the processes that the bot starts know its database; no argument has it."""
_IN_DATABASE = "database:"


class Place(Protocol):
    """Where one library is, whether it is there or not. Methods may raise StoreError."""

    @property
    def name(self) -> str: ...

    @property
    def path(self) -> Path | None:
        """Its file; None where it is in a database."""

    @property
    def spec(self) -> str:
        """For `as_place`, in another process."""

    def exists(self) -> bool: ...

    def open(self) -> ArticleStore:
        """To read and write; made when it is not there."""

    def open_to_read(self) -> ArticleStore:
        """One that is there."""

    def erase(self) -> bool:
        """Delete all of it; False when it is not there."""


class Home(Protocol):
    """Where all libraries are."""

    def place(self, name: str = DEFAULT) -> Place: ...

    def names(self) -> list[str]:
        """Of the libraries that are there, sorted. May raise StoreError."""

    def due(self, before: str) -> list[str]:
        """Of those in which something was to be looked at before a moment. May raise StoreError."""

    @property
    def variables(self) -> Mapping[str, str]:
        """What the environment of a process that is to find it must have."""

    @property
    def spec(self) -> str:
        """For `as_home`, in such a process."""


def library_file(data_dir: Path, name: str = DEFAULT) -> Path:
    """Where the library called `name` lies; a folder of its own holds all of it."""
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
    """The home that was written so; a folder of data is one too, and a home stays as it is."""
    if isinstance(written, Path):
        return Folder(written)
    if not isinstance(written, str):
        return written
    if written.startswith(_IN_DATABASE):
        return Database((environment or {})[DATABASE_VARIABLE])
    return Folder(Path(written))


def as_place(written: str | Path | Place, environment: Mapping[str, str] | None = None) -> Place:
    """The place that was written so; a library's file is one too, and a place stays as it is."""
    if isinstance(written, Path):
        return File(written)
    if not isinstance(written, str):
        return written
    if written.startswith(_IN_DATABASE):
        return as_home(written, environment).place(written.removeprefix(_IN_DATABASE))
    return File(Path(written))


def needs_psycopg() -> None:
    """Raises StoreError where the package is missing that speaks to PostgreSQL."""
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
