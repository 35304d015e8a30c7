"""For all tests: what must come before anything else is imported, and what must not outlive one."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

import retrieval  # noqa: F401  it switches Haystack's telemetry off, before Haystack is there


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """`bot.py run`, called in this process, sets up the log of the whole program."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
