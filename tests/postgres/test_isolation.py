"""Random histories in Discord over a database: nothing is seen outside of its server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from corpus.storage.locations import Database, Home
from retrieval.serving.server_libraries import ServerLibraries
from retrieval.serving.service import AskService
from tests.isolation import test_isolation as of_files
from tests.isolation.remembered import remembered
from tests.isolation.town import Leak
from tests.postgres.conftest import made_database

HISTORIES = int(os.environ.get("FOOTNOTE_TEST_POSTGRES_HISTORIES", "12"))
AT_ONCE = 4


@pytest.fixture(autouse=True)
def quick() -> Iterator[None]:
    with remembered():
        yield


@contextmanager
def a_database() -> Iterator[Home]:
    making = made_database()
    try:
        yield Database(next(making))
    finally:
        for _ in making:  # it goes
            pass


def test_nothing_is_seen_outside_of_its_server():
    seen = of_files.live(range(HISTORIES), a_database, AT_ONCE)
    assert seen >= 3 * HISTORIES  # else there was nothing to be leaked


@pytest.mark.parametrize(
    ("of", "method"),
    [
        (AskService, "ask"),
        (AskService, "summarize"),
        (ServerLibraries, "page"),
        (ServerLibraries, "show"),
    ],
)
def test_a_leak_is_found(of: type, method: str, monkeypatch: pytest.MonkeyPatch):
    of_files.leak(of, method, monkeypatch)
    with pytest.raises(Leak):
        of_files.live(range(24), a_database, AT_ONCE)
