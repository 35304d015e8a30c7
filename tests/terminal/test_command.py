"""A command gets its options as a typed value."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import pytest

from corpus.storage.locations import Folder
from terminal.command import LibraryOptions, Program, add_library_option, set_command
from terminal.settings import LoadedSettings, Settings


@dataclass(frozen=True, slots=True)
class CopyOptions:
    file: Path
    twice: bool


@pytest.fixture
def program(tmp_path: Path) -> Program:
    settings = Settings(data_dir=tmp_path)
    return Program(LoadedSettings(settings, {}, None), Folder(tmp_path))


def test_the_function_gets_the_options_as_a_value_and_its_status_is_returned(program: Program):
    seen: list[tuple[CopyOptions, Program]] = []

    def copy(options: CopyOptions, given: Program) -> int:
        seen.append((options, given))
        return 3

    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path)
    parser.add_argument("--twice", action="store_true")
    set_command(parser, CopyOptions, copy)
    parsed = parser.parse_args(["a.db", "--twice"])
    assert parsed.run(parsed, program) == 3
    assert seen == [(CopyOptions(Path("a.db"), True), program)]


@pytest.mark.parametrize("name", ["../etc", "", "a b", "x" * 65, "-x"])
def test_a_librarys_name_is_no_path(name: str, capsys: pytest.CaptureFixture[str]):
    parser = argparse.ArgumentParser()
    add_library_option(parser)
    with pytest.raises(SystemExit):
        parser.parse_args([f"--library={name}"])
    assert "letters, digits, - and _ only" in capsys.readouterr().err


def test_without_a_name_the_common_library_is_meant(program: Program):
    parser = argparse.ArgumentParser()
    add_library_option(parser)
    set_command(parser, LibraryOptions, lambda options, _: 0 if options.library is None else 1)
    parsed = parser.parse_args([])
    assert parsed.run(parsed, program) == 0
