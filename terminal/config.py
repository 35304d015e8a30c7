"""`config show` and `config check`: what is set, where that was found, and whether it can be."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from terminal.output import ANSWERED, printable

if TYPE_CHECKING:
    from terminal.settings import Read

CHECK_EPILOG = "exit status: 0 all is right, 2 something is wrong"


def add_actions(command: argparse.ArgumentParser) -> None:
    actions = command.add_subparsers(title="actions", metavar="ACTION", required=True)
    show = actions.add_parser(
        "show", help="print all settings as a file that could be used, secrets hidden"
    )
    show.set_defaults(action=_show)
    check = actions.add_parser("check", help="say what is wrong with them", epilog=CHECK_EPILOG)
    check.set_defaults(action=_check)


def config(options: argparse.Namespace) -> int:
    action: int = options.action(options)
    return action


def _show(options: argparse.Namespace) -> int:
    print(printable(shown(options.read)))
    return ANSWERED


def _check(options: argparse.Namespace) -> int:
    from retrieval.writing.llm import Named
    from terminal.settings import Settings

    read: Read = options.read
    if read.settings.writer:
        Named.of(read.settings.writer)
    if token := read.settings.discord_token.get_secret_value():
        options.check_token(token)
    print(f"All is right: {len(read.origins)} of {len(Settings.model_fields)} settings are made.")
    return ANSWERED


def shown(read: Read) -> str:
    """The settings as TOML. A secret's line says only whether there is one."""
    from terminal.settings import DEFAULT, SECRET_NAMES, Settings

    parts = []
    for name, field in Settings.model_fields.items():
        origin = read.origin(name)
        lines = [f"# {field.description}", f"# {(field.examples or [''])[0]}; from: {origin}"]
        if name in SECRET_NAMES:
            is_set = bool(getattr(read.settings, name).get_secret_value())
            lines.append(f"# {name} is {'set, and hidden here' if is_set else 'not set'}")
        else:
            line = f"{name} = {_toml(getattr(read.settings, name))}"
            lines.append(f"# {line}" if origin == DEFAULT else line)
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def _toml(value: object) -> str:
    """A value as TOML has it; of a string, JSON's form is one of TOML's."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    return json.dumps(str(value), ensure_ascii=False)
