"""What fuzzing ever found, and where it begins: none of it breaks a parser any more."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.parsers import PARSERS
from tests.fuzz.seeds import seeds

CASES = Path(__file__).parent / "cases"
FOUND = sorted(file for file in CASES.glob("*/*") if file.is_file())
if not FOUND:  # pytest would skip the test below, and nobody would see it
    raise FileNotFoundError(f"The cases that fuzzing found are missing from {CASES}")


@pytest.mark.parametrize("name", PARSERS)
def test_where_it_begins_is_sound(name: str):
    sound = seeds(name)
    assert sound
    for seed in [*sound, b"", b"\x00", b"\xff" * 10]:
        PARSERS[name](seed)


@pytest.mark.parametrize("file", FOUND, ids=lambda file: f"{file.parent.name}/{file.name[:20]}")
def test_what_was_found_breaks_nothing_any_more(file: Path):
    PARSERS[file.parent.name](file.read_bytes())
