"""`config show` and `config check` say what is set, where it was found, and what is wrong."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from terminal.command import NoOptions, Program, set_command
from terminal.printing.output import ANSWERED, printable

if TYPE_CHECKING:
    from terminal.settings import LoadedSettings

CHECK_EPILOG = "exit status: 0 all is right, 2 something is wrong"


def add_actions(parser: argparse.ArgumentParser, check_token: Callable[[str], object]) -> None:
    """Add `show` and `check`.

    `check_token` raises a FootnoteError for what is no bot's token. It is handed in because only
    the Discord side knows what a token looks like.
    """
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    show = actions.add_parser(
        "show", help="print all settings as a file that could be used, with secrets hidden"
    )
    set_command(show, NoOptions, _show)
    check = actions.add_parser(
        "check", help="say what is wrong with the settings", epilog=CHECK_EPILOG
    )
    set_command(check, NoOptions, lambda _, program: _check(program, check_token))


def _show(options: NoOptions, program: Program) -> int:
    print(printable(as_toml(program.loaded)))
    return ANSWERED


def _check(program: Program, check_token: Callable[[str], object]) -> int:
    from retrieval.writing.llm import ModelSpec
    from terminal.settings import Settings

    settings, origins = program.settings, program.loaded.origins
    if settings.writer:
        ModelSpec.of(settings.writer)
    if token := settings.discord_token.get_secret_value():
        check_token(token)
    print(f"All is right: {len(origins)} of {len(Settings.model_fields)} settings are set.")
    return ANSWERED


def as_toml(loaded: LoadedSettings) -> str:
    """The settings as TOML; a secret's line says only whether there is one."""
    from terminal.settings import DEFAULT, SECRET_NAMES, Settings

    parts = []
    for name, field in Settings.model_fields.items():
        origin = loaded.origin(name)
        lines = [f"# {field.description}", f"# {(field.examples or [''])[0]}; from: {origin}"]
        if name in SECRET_NAMES:
            is_set = bool(getattr(loaded.settings, name).get_secret_value())
            lines.append(f"# {name} is {'set, and hidden here' if is_set else 'not set'}")
        else:
            line = f"{name} = {_toml_value(getattr(loaded.settings, name))}"
            lines.append(f"# {line}" if origin == DEFAULT else line)
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def _toml_value(value: object) -> str:
    """A value as TOML writes it; JSON's form of a string is valid TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    return json.dumps(str(value), ensure_ascii=False)
