"""The runner of migrations: what is missing is run in order, all of it or nothing."""

from __future__ import annotations

import sqlite3

import pytest

from corpus.errors import StoreError
from corpus.storage.connection import Connection
from corpus.storage.migrations import Ledger, Migrations, StepTable, UserVersion, migrate
from corpus.storage.sqlite.connection import SqliteConnection

STEPS = {1: "CREATE TABLE a (x);", 2: "CREATE TABLE b (x);\nINSERT INTO a VALUES (1);"}


@pytest.fixture
def connection() -> SqliteConnection:
    return SqliteConnection(sqlite3.connect(":memory:", isolation_level=None), None)


@pytest.mark.parametrize("ledger", [StepTable(), UserVersion()])
def test_each_step_is_run_once(connection: SqliteConnection, ledger: Ledger):
    assert migrate(connection, Migrations({1: STEPS[1]}, ledger, "later")) == [1]
    assert migrate(connection, Migrations(STEPS, ledger, "later")) == [2]
    assert migrate(connection, Migrations(STEPS, ledger, "later")) == []
    assert connection.rows("SELECT count(*) FROM a") == [(1,)]


@pytest.mark.parametrize("ledger", [StepTable(), UserVersion()])
def test_a_step_that_is_not_known_is_a_later_releases(connection: SqliteConnection, ledger: Ledger):
    migrate(connection, Migrations(STEPS, ledger, "later"))
    with pytest.raises(StoreError, match="made later"):
        migrate(connection, Migrations({1: STEPS[1]}, ledger, "made later"))


@pytest.mark.parametrize("ledger", [StepTable(), UserVersion()])
def test_what_a_check_refuses_is_not_there(connection: SqliteConnection, ledger: Ledger):
    def refuse(connection: Connection) -> None:
        assert connection.has_table("b")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        migrate(connection, Migrations(STEPS, ledger, "later", check=refuse))
    assert not connection.has_table("a")
    assert ledger.done(connection) == set()
