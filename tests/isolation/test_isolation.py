"""Random histories in Discord: nothing that a server added is ever seen outside of it.

FOOTNOTE_TEST_HISTORIES says how many; .ci/run has more. A leak tells its seed and its steps.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from corpus.storage.locations import Folder, Home
from retrieval.encoders.embedder import Embedder
from retrieval.errors import AskerError
from retrieval.serving.server_libraries import ServerLibraries
from retrieval.serving.service import AskService
from tests.isolation.remembered import remembered
from tests.isolation.town import Leak, a_town

HISTORIES = int(os.environ.get("FOOTNOTE_TEST_HISTORIES", "48"))
FIRST = int(os.environ.get("FOOTNOTE_TEST_FIRST_HISTORY", "0"))
STEPS = 16
AT_ONCE = 16  # the simulated Discord waits more than it works
MEMORY = Path("/dev/shm")  # noqa: S108  where there is no disk to wait for


@pytest.fixture(autouse=True)
def quick() -> Iterator[None]:
    with remembered():
        yield


@contextmanager
def a_folder() -> Iterator[Home]:
    where = MEMORY if MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(dir=where) as folder:
        yield Folder(Path(folder))


def live(
    seeds: range,
    a_home: Callable[[], AbstractContextManager[Home]] = a_folder,
    at_once: int = AT_ONCE,
) -> int:
    """The histories of these seeds; returns how often something was seen where it belongs."""
    embedder = Embedder.load()

    async def one(seed: int, home: Home) -> int:
        async with a_town(home, embedder, seed) as town:
            try:
                await town.live(STEPS)
            except Leak as leak:
                raise Leak(f"seed {seed}: {leak}") from leak
            return town.seen

    def run(seed: int) -> int:
        with a_home() as home:
            return asyncio.run(one(seed, home))

    with ThreadPoolExecutor(at_once) as pool:
        running = [pool.submit(run, seed) for seed in seeds]
        try:
            return sum(done.result() for done in running)
        finally:
            for waiting in running:
                waiting.cancel()


def test_nothing_is_seen_outside_of_its_server():
    seen = live(range(FIRST, FIRST + HISTORIES))
    assert seen >= 3 * HISTORIES  # else there was nothing to be leaked


@pytest.mark.parametrize(
    ("of", "method"),
    [
        (AskService, "ask"),
        (AskService, "excerpt"),
        (AskService, "citations"),
        (AskService, "choices"),
        (AskService, "summarize"),
        (ServerLibraries, "page"),
        (ServerLibraries, "show"),
        (ServerLibraries, "completed"),
    ],
)
def test_a_leak_is_found(of: type, method: str, monkeypatch: pytest.MonkeyPatch):
    """So that the test above can fail."""
    leak(of, method, monkeypatch)
    with pytest.raises(Leak):
        live(range(200))


def leak(of: type, method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on, one method looks into the other libraries first."""
    looks = getattr(of, method)

    async def confused(self: Any, *args: Any, server: int | None, **options: Any) -> Any:
        articles = self if isinstance(self, ServerLibraries) else self.articles
        for other in {*await articles.servers()} - {server}:
            with suppress(AskerError):
                found = await looks(self, *args, server=other, **options)
                if any(found) if isinstance(found, list) else found is not None:
                    return found
        return await looks(self, *args, server=server, **options)

    monkeypatch.setattr(of, method, confused)
