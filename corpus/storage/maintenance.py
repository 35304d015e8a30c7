"""Maintaining a library in a file: counting, checking, backing up, restoring, erasing.

Backups are SQLite's own (https://www.sqlite.org/backup.html): of one moment, whatever is
written meanwhile. The index is not in them; it is made again where it is missing.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from corpus.errors import StoreError
from corpus.storage.sqlite import library as sqlite
from corpus.storage.sqlite.errors import store_errors
from corpus.storage.store import ArticleStore

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Check:
    """Something that must hold of a library, and what is wrong with it; None if nothing is."""

    name: str
    wrong: str | None

    @property
    def ok(self) -> bool:
        """Whether it holds."""
        return self.wrong is None


@dataclass(frozen=True, slots=True)
class Stats:
    """How much is in a library.

    `copies` counts the articles that have another one's text, or nearly; `bytes` is the size of
    its files.
    """

    articles: int
    versions: int
    documents: int
    passages: int
    sentences: int
    copies: int
    changes: int
    bytes: int


def stats(path: Path) -> Stats:
    """Counts of one moment. Raises StoreError."""
    with store_errors(path), closing(sqlite.to_read(path)) as connection:
        connection.execute("BEGIN")

        def count(what: str) -> int:
            return int(connection.execute(f"SELECT {what}").fetchone()[0])

        return Stats(
            articles=count("count(DISTINCT article_id) FROM version WHERE document IS NULL"),
            versions=count("count(*) FROM version WHERE document IS NULL"),
            documents=count("count(*) FROM version WHERE document IS NOT NULL"),
            passages=count("count(*) FROM passage"),
            sentences=count("count(*) FROM sentence"),
            copies=count("count(*) - count(DISTINCT story) FROM copy"),
            changes=count("value FROM stamp WHERE name = 'changes'"),
            bytes=sum(file.stat().st_size for file in _files(path) if file.exists()),
        )


# Each query returns a row for each thing that is wrong, with its name in front.
_FAULTS = (
    (
        "every article has its current version",
        "SELECT article.id FROM article LEFT JOIN version "
        "ON article_id = article.id AND version = current WHERE version.id IS NULL",
    ),
    (
        "every version has its text",
        "SELECT article_id FROM version LEFT JOIN body ON version_id = version.id "
        "WHERE body.version_id IS NULL",
    ),
    (
        "texts are as they were written",
        "SELECT article_id FROM version JOIN body ON version_id = version.id "
        "WHERE hash IS NOT text_hash(text)",
    ),
    (
        "passages are spans of current texts",
        "SELECT passage.id FROM passage JOIN version ON version.id = passage.version_id "
        "JOIN article ON article.id = article_id JOIN body ON body.version_id = version.id "
        "WHERE version <> current OR NOT (0 <= start AND start < end AND end <= length(text)) "
        "AND NOT (document IS NOT NULL AND start = 0 AND end = length(text))",
    ),
    (
        "sentences are spans of their passages",
        "SELECT passage.id FROM sentence JOIN passage ON passage.id = passage_id "
        "WHERE NOT (passage.start <= sentence.start AND sentence.start < sentence.end "
        "AND sentence.end <= passage.end)",
    ),
    (
        "what was filed with its copies is found by others",
        "SELECT article_id FROM copy WHERE NOT EXISTS (SELECT 1 FROM band WHERE copy_id = copy.id)",
    ),
    (
        "embeddings have one length",
        "SELECT id FROM passage WHERE embedding IS NOT NULL AND length(embedding) <> "
        "(SELECT length(embedding) FROM passage WHERE embedding IS NOT NULL LIMIT 1)",
    ),
)


def verify(path: Path, on_check: Callable[[Check], None] = lambda check: None) -> list[Check]:
    """Read the whole library and check it, from its pages to its spans; change nothing.

    Args:
        path: The library's file.
        on_check: Called with each check when it is done.

    Returns:
        The checks in the order of their making. Where one could not be made, the error is what
        is wrong.

    Raises:
        StoreError: The file cannot be opened at all.
    """
    made: list[Check] = []
    with store_errors(path), closing(sqlite.to_read(path)) as connection:
        for name, wrong in _checks(connection):
            made.append(Check(name, wrong))
            on_check(made[-1])
    return made


def _checks(connection: sqlite3.Connection) -> Iterator[tuple[str, str | None]]:
    def first(query: str) -> str | None:
        try:
            row = connection.execute(query).fetchone()
        except sqlite3.DatabaseError as error:
            return str(error)
        return None if row is None else f"not so: {row[0]}"

    try:
        pages = str(connection.execute("PRAGMA integrity_check(1)").fetchone()[0])
    except sqlite3.DatabaseError as error:
        pages = str(error)
    yield "the file's pages are sound", None if pages == "ok" else " ".join(pages.split())
    yield "every row refers to one that is there", first("PRAGMA foreign_key_check")
    for name, query in _FAULTS:
        yield name, first(query)


def backup(path: Path, file: Path) -> Stats:
    """Copy a library as it is at one moment, and check the copy.

    Args:
        path: The library's file.
        file: The backup to make; it must not exist.

    Returns:
        What is in the copy.

    Raises:
        StoreError: The copy could not be made; then there is no `file`.
    """
    if file.exists():
        raise StoreError(f"{file} is there already; name a file that is not.")
    with _beside(file) as copy:
        with (
            store_errors(path),
            closing(sqlite.to_read(path)) as source,
            closing(sqlite3.connect(copy)) as target,
            # An error of writing; damage is one of reading.
            store_errors(file, sqlite3.OperationalError),
        ):
            source.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")  # one file, with nothing beside it
        counted = _whole(copy)
        _publish(copy, file)
    return counted


def restore(file: Path, path: Path, *, replace: bool = False) -> Stats:
    """Put a backup in the place of a library, in one step.

    A program that has the library open sees either the old one or the new one. A damaged library
    is moved aside.

    Args:
        file: The backup.
        path: The library's file.
        replace: Whether a library that has articles may be replaced.

    Returns:
        What is in the library now.

    Raises:
        StoreError: The backup is not whole, or the library has articles; then it is as it was.
    """
    if not file.is_file():
        raise StoreError(f"There is no file {file}; name one that `library backup` made.")
    with store_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    with _beside(path) as copy:
        with (
            store_errors(file),
            closing(sqlite.to_read(file)) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
        with store_errors(copy), closing(sqlite.to_write(copy)) as target:
            # Whoever compares counts of changes must not take this history for the other.
            with target:
                target.execute(
                    "UPDATE stamp SET value = ? WHERE name = 'history'", (secrets.token_hex(8),)
                )
            target.execute("PRAGMA journal_mode = DELETE")
        counted = _whole(copy)
        if _is_usable(path):
            with ArticleStore.open(path) as store:
                if store.count() and not replace:
                    raise StoreError(
                        f"The library {path} has articles; back it up, and add --replace to put "
                        "the backup in its place."
                    )
            with (
                store_errors(path),
                closing(sqlite3.connect(copy)) as source,
                closing(sqlite.to_write(path)) as target,
            ):
                source.backup(target)
        else:
            for damaged in _files(path):
                with suppress(FileNotFoundError):
                    damaged.replace(damaged.with_name(f"{damaged.name}.damaged"))
            _publish(copy, path)
    return counted


def _is_usable(path: Path) -> bool:
    """Whether there is a library at `path` that can be written into."""
    if not path.exists():
        return False
    try:
        return all(check.ok for check in verify(path))
    except StoreError:
        return False


def _whole(copy: Path) -> Stats:
    """The counts of a copy that is whole; raises StoreError for one that is not."""
    for check in verify(copy):
        if not check.ok:
            raise StoreError(f"The copy is not whole ({check.name}: {check.wrong}); try again.")
    return stats(copy)


@contextmanager
def _beside(file: Path) -> Iterator[Path]:
    """A name beside `file` to write to first; what is left there at the end is deleted."""
    copy = file.with_name(f"{file.name}.{secrets.token_hex(4)}.part")
    try:
        with store_errors(file):
            yield copy
    finally:
        for left in _files(copy):
            with suppress(FileNotFoundError):
                left.unlink()


def _publish(copy: Path, file: Path) -> None:
    """Give a finished copy its name, so that a crash leaves either all of it or nothing."""
    _sync(copy)
    os.replace(copy, file)
    _sync(file.parent)


def _sync(place: Path) -> None:
    descriptor = os.open(place, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def erase(folder: Path) -> None:
    """Overwrite every file of a library's folder where it lies, then delete the folder.

    Nobody may have it open in this process. Raises StoreError; then call it again.
    """
    with store_errors(folder):
        for place in sorted(folder.rglob("*")):
            if place.is_file() and not place.is_symlink():
                _overwrite(place)
        shutil.rmtree(folder, ignore_errors=not folder.exists())


def _overwrite(file: Path) -> None:
    size = file.stat().st_size
    with file.open("r+b") as opened:
        for at in range(0, size, _BLOCK):
            opened.write(bytes(min(_BLOCK, size - at)))
        opened.flush()
        os.fsync(opened.fileno())


def _files(path: Path) -> list[Path]:
    """A database's file and those that SQLite may keep beside it."""
    return [path, *(path.with_name(path.name + end) for end in ("-wal", "-shm", "-journal"))]
