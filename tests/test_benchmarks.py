"""Benchmarks are run by hand, and rarely: what they import must still be there when they are."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

import pytest

import benchmarks


@pytest.mark.parametrize("name", [found.name for found in iter_modules(benchmarks.__path__)])
def test_a_benchmark_can_be_started(name: str):
    import_module(f"benchmarks.{name}")
