"""How a command is declared: its options as a typed value, and the function that runs it."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from corpus.storage.locations import Database, Folder
    from corpus.web.fetch import Fetcher
    from terminal.settings import LoadedSettings, Settings

    Options = TypeVar("Options", bound=DataclassInstance)

LIBRARY_HELP = (
    "which library (default: the common one); a Discord server's own library is named by the "
    "server's id"
)


@dataclass(frozen=True, slots=True)
class Program:
    """What every command gets: the settings, read once, and where the libraries are.

    `make_fetcher` makes what fetches addresses; None stands for corpus.web.fetch.Fetcher. Tests
    give another, because their servers are not on the public internet.
    """

    loaded: LoadedSettings
    home: Folder | Database
    make_fetcher: Callable[[], Fetcher] | None = None

    @property
    def settings(self) -> Settings:
        return self.loaded.settings


@dataclass(frozen=True, slots=True)
class NoOptions:
    """The options of a command that has none."""


@dataclass(frozen=True, slots=True)
class LibraryOptions:
    """The options of a command that asks only for a library; None is the common one."""

    library: str | None


def set_command(
    parser: argparse.ArgumentParser,
    options: type[Options],
    run: Callable[[Options, Program], int],
) -> None:
    """Have the parsed command line made into an `options` value and handed to `run`.

    Each field of `options` has the name of one of the parser's arguments. `run` returns the
    exit status. The parsed namespace then holds as `run` a function of itself and the program.
    """

    def run_parsed(parsed: argparse.Namespace, program: Program) -> int:
        values = {field.name: getattr(parsed, field.name) for field in fields(options)}
        return run(options(**values), program)

    parser.set_defaults(run=run_parsed)


def add_library_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--library", type=_library_name, metavar="NAME", help=LIBRARY_HELP)


def _library_name(name: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", name) is None:
        raise argparse.ArgumentTypeError("a library's name has letters, digits, - and _ only")
    return name
