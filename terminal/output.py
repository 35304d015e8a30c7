"""What every command says in the same way: complaints, clean text, options."""

from __future__ import annotations

import argparse
import re
import sys
from datetime import datetime

ANSWERED, REFUSED, FAILED, INTERRUPTED = 0, 1, 2, 130
"""The exit statuses."""

LIBRARY_HELP = (
    "which library (default: the common one); one named by a Discord server's id is "
    "that server's own"
)


def complain(sentence: str) -> None:
    print(f"footnote: {printable(sentence)}", file=sys.stderr)


def printable(text: str) -> str:
    """Without what a terminal would obey, and without half characters."""
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]", "\ufffd", text)


def now() -> datetime:
    """This machine's clock, with its offset from UTC."""
    return datetime.now().astimezone()


def speaks_unicode() -> bool:
    return (sys.stdout.encoding or "").lower().startswith("utf")


def add_library_option(command: argparse.ArgumentParser) -> None:
    command.add_argument("--library", type=_library, metavar="NAME", help=LIBRARY_HELP)


def _library(name: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", name) is None:
        raise argparse.ArgumentTypeError("a library's name has letters, digits, - and _ only")
    return name
