"""Errors of SQLite and of the file system as sentences that say what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from corpus.errors import StoreError


@contextmanager
def store_errors(
    path: Path,
    errors: type[sqlite3.DatabaseError] = sqlite3.DatabaseError,
    *,
    what: str = "library",
) -> Iterator[None]:
    """Turn errors that a person can do something about into StoreErrors; others go on.

    Args:
        path: The file that is worked on, which the sentence names.
        errors: Those of SQLite's errors that are meant.
        what: What the file is, in a word.

    Raises:
        StoreError: The file is damaged, cannot be written, or is locked, or the disk is full.
    """
    try:
        yield
    except errors as error:
        says = str(error)
        if "not a database" in says or "malformed" in says:
            advice = "the file is damaged; put a backup in its place or move it away"
        elif "readonly" in says or "unable to open" in says:
            advice = "it cannot be written; make the folder writable or set FOOTNOTE_DATA_DIR"
        elif "full" in says or "disk I/O" in says:
            advice = "the disk is full or failing; free some space and try again"
        elif "locked" in says:
            advice = "another program is writing to it; try again when that is done"
        else:
            raise
        raise StoreError(f"The {what} {path} cannot be used: {advice}.") from error
    except OSError as error:
        raise StoreError(
            f"The {what} {path} cannot be used: {error.strerror or error}; "
            "make the folder writable or set FOOTNOTE_DATA_DIR."
        ) from error
