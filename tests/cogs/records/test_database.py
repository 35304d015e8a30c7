"""What the bot remembers of Discord: kept, brought up to date, forgotten."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from cogs.records import migrations
from cogs.records.database import KEPT_OF_MEMBERS, Records
from corpus.errors import StoreError
from corpus.storage.connection import Connection
from retrieval.errors import Busy

SET = "INSERT INTO setting VALUES ($1, 0, $2, $3)"


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[Records]:
    made = await Records.open(path)
    try:
        yield made
    finally:
        await made.close()


async def settings(made: Records) -> list[tuple[int, str, str]]:
    query = "SELECT server, name, value FROM setting ORDER BY server, name"
    return await made.read(lambda connection: connection.rows(query))


def bytes_in(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())


async def test_what_was_written_is_there_when_opened_again(tmp_path: Path):
    path = tmp_path / "data" / "discord.db"
    async with opened(path) as made:
        await made.write(lambda connection: connection.execute(SET, 7, "language", '"de"'))
    async with opened(path) as made:
        assert await settings(made) == [(7, "language", '"de"')]


async def test_a_change_that_fails_halfway_is_none():
    made = await Records.in_memory()

    def fail(connection: Connection) -> None:
        connection.execute(SET, 7, "language", '"de"')
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await made.write(fail)
    assert await settings(made) == []
    await made.close()


async def test_steps_may_be_missing_and_come_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    steps = tmp_path / "steps"
    shutil.copytree(migrations.STEPS, steps)
    monkeypatch.setattr(migrations, "STEPS", steps)
    path = tmp_path / "discord.db"
    (steps / "sqlite" / "1000.sql").write_text("CREATE TABLE later (server INTEGER) STRICT;")
    async with opened(path) as made:
        await made.write(lambda connection: connection.execute("INSERT INTO later VALUES (7)"))
    (steps / "sqlite" / "999.sql").write_text("CREATE TABLE earlier (server INTEGER) STRICT;")
    async with opened(path) as made:
        there = await made.read(lambda connection: connection.tables_with("server"))
        assert {"earlier", "later"} <= set(there)
        assert await made.forget_server(7) == 1
    (steps / "sqlite" / "999.sql").unlink()
    with pytest.raises(StoreError, match="made by a later release"):
        await Records.open(path)


async def test_a_step_that_fails_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    steps = tmp_path / "steps"
    shutil.copytree(migrations.STEPS, steps)
    path = tmp_path / "discord.db"
    async with opened(path) as made:
        await made.write(lambda connection: connection.execute(SET, 7, "language", '"de"'))
    monkeypatch.setattr(migrations, "STEPS", steps)
    (steps / "sqlite" / "1000.sql").write_text(
        "DELETE FROM setting;\nINSERT INTO nowhere VALUES (1);"
    )
    with pytest.raises(sqlite3.OperationalError, match="no such table: nowhere"):
        await Records.open(path)
    (steps / "sqlite" / "1000.sql").unlink()
    async with opened(path) as made:
        assert await settings(made) == [(7, "language", '"de"')]


@pytest.mark.parametrize("column", ["member", "server"])
async def test_whatever_is_about_a_member_or_a_server_can_be_forgotten(column: str):
    """In every table, also in those that are made after this test."""
    made = await Records.in_memory()

    def fill(connection: Connection) -> list[str]:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute("PRAGMA defer_foreign_keys = ON")
        tables = connection.tables_with(column)
        for table in tables:
            about = connection.rows(f"PRAGMA table_info({table})")
            for value in (7, 8):
                row = [
                    value if name == column or key else _any(kind)
                    for _, name, kind, _, _, key in about
                ]
                marks = ", ".join(f"${at}" for at in range(1, len(row) + 1))
                connection.execute(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", *row)
        return tables

    def left(connection: Connection) -> set[tuple[str, int]]:
        return {
            (table, value)
            for table in connection.tables_with(column)
            for (value,) in connection.rows(f"SELECT {column} FROM {table}")
        }

    tables = await made.write(fill)
    kept = KEPT_OF_MEMBERS if column == "member" else frozenset()
    forget = made.forget_member if column == "member" else made.forget_server
    assert await forget(7) == len(tables) - len(kept & set(tables))
    assert {value for table, value in await made.read(left) if table not in kept} <= {8}
    await made.close()


def _any(kind: str) -> object:
    return {"INTEGER": 1, "REAL": 1.0, "BLOB": b"x"}.get(kind, "x")


async def test_no_byte_of_what_was_forgotten_is_left_in_any_file(tmp_path: Path):
    path = tmp_path / "discord.db"
    async with opened(path) as made:
        for server in range(1, 400):
            secret = f'"secret of {server} {"x" * 100}"'
            await made.write(lambda c, row=(server, "language", secret): c.execute(SET, *row))
        assert await made.forget_server(200) == 1
        everything = bytes_in(tmp_path)
        assert b"secret of 199" in everything
        assert b"secret of 200" not in everything


async def test_nothing_runs_on_the_event_loop_and_the_queue_is_bounded():
    made = await Records(lambda: migrations.open_file(None), max_waiting=2).opened()
    go = threading.Event()
    waiting = [asyncio.create_task(made.read(lambda c: go.wait(5))) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(Busy, match="try again in a moment"):
        await settings(made)
    go.set()
    assert await asyncio.gather(*waiting) == [True, True]
    assert await settings(made) == []
    await made.close()


async def test_a_file_that_is_none_of_ours_is_a_sentence(tmp_path: Path):
    path = tmp_path / "discord.db"
    path.write_text("not a database at all, and long enough to be one" * 100)
    with pytest.raises(StoreError, match=r"The file .*discord\.db cannot be used: the file is dam"):
        await Records.open(path)
    with pytest.raises(StoreError, match="cannot be used"):
        await Records.open(path / "below" / "discord.db")
