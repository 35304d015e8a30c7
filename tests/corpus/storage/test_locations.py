"""Libraries in PostgreSQL: what is said where the package for it is missing, and what never is."""

from __future__ import annotations

import sys

import pytest

from cogs.records.database import Records
from corpus.errors import StoreError
from corpus.storage.locations import Database

NAMED = Database("postgresql://footnote:secret@db.example/footnote")


@pytest.fixture(autouse=True)
def without_the_package(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)


def test_libraries_say_which_package_they_need():
    with pytest.raises(StoreError, match=r"pip install 'psycopg\[binary\]'") as raised:
        NAMED.names()
    assert "secret" not in str(raised.value)


async def test_records_say_it_too():
    with pytest.raises(StoreError, match=r"pip install 'psycopg\[binary\]'"):
        await Records.of(NAMED)


def test_no_password_is_shown():
    assert "secret" not in repr(NAMED)
    assert "secret" not in repr(NAMED.place("1234"))
    assert "secret" not in NAMED.spec + NAMED.place("1234").spec
