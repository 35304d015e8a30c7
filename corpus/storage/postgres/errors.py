"""PostgreSQL's errors as sentences that say what to do, without a password."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.conninfo import conninfo_to_dict

from corpus.errors import StoreError


@contextmanager
def store_errors(url: str) -> Iterator[None]:
    """Turn errors that a person can do something about into StoreErrors; others go on.

    Args:
        url: The database; the sentence names it without the user and the password.

    Raises:
        StoreError: The database cannot be reached, is full, lacks pgvector or the library, or
            does not let its user do that.
    """
    try:
        yield
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName) as error:
        raise StoreError(
            f"That library is not in the database {_place(url)} any more; ask again."
        ) from error
    except psycopg.errors.DiskFull as error:
        raise StoreError(f"The database {_place(url)} has no room; free some.") from error
    except psycopg.errors.InsufficientPrivilege as error:
        raise StoreError(
            f"The database {_place(url)} does not let its user do that ({_first(error)}); the user "
            "has to own the database, with the extension vector in it."
        ) from error
    except (psycopg.errors.UndefinedFile, psycopg.errors.FeatureNotSupported) as error:
        raise StoreError(
            f"The database {_place(url)} has no pgvector ({_first(error)}); install that there."
        ) from error
    except psycopg.OperationalError as error:
        raise StoreError(
            f"The database {_place(url)} cannot be reached ({_first(error)}); start it, or look at "
            "FOOTNOTE_DATABASE."
        ) from error


def _place(url: str) -> str:
    """Where it is, without who asks and their password."""
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        return "that FOOTNOTE_DATABASE names"
    where = parts.get("host") or parts.get("hostaddr") or "this machine"
    return f"{parts.get('dbname') or 'postgres'} at {where}"


def _first(error: psycopg.Error) -> str:
    """The first line of what the server says; it names no password."""
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
