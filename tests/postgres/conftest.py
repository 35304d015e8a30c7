"""A database for each test, in the server whose address is in FOOTNOTE_TEST_POSTGRES."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator

import psycopg
import pytest
from haystack.utils import Secret
from psycopg import sql
from psycopg.conninfo import make_conninfo

SERVER = os.environ.get("FOOTNOTE_TEST_POSTGRES", "")
_numbers = itertools.count()


@pytest.fixture
def database() -> Iterator[str]:
    """Its connection string; the database is empty, and gone afterwards."""
    yield from made_database()


@pytest.fixture(scope="module")
def shared_database() -> Iterator[str]:
    """The same for all tests of a file."""
    yield from made_database()


def made_database() -> Iterator[str]:
    if not SERVER:
        pytest.fail("FOOTNOTE_TEST_POSTGRES names no server; tests/postgres/server.py starts one.")
    name = f"footnote_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(SERVER, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield make_conninfo(SERVER, dbname=name)
        drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
        connection.execute(drop)


@pytest.fixture
def secret(database: str, monkeypatch: pytest.MonkeyPatch) -> Secret:
    monkeypatch.setenv("FOOTNOTE_TEST_DATABASE", database)
    return Secret.from_env_var("FOOTNOTE_TEST_DATABASE")
