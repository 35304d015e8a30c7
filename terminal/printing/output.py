"""What all commands print alike: complaints, cleaned text, and the exit statuses."""

from __future__ import annotations

import re
import sys
from datetime import datetime

ANSWERED, REFUSED, FAILED, INTERRUPTED = 0, 1, 2, 130
"""The exit statuses."""


def complain(sentence: str) -> None:
    """Print a sentence to standard error, behind the program's name."""
    print(f"footnote: {printable(sentence)}", file=sys.stderr)


def printable(text: str) -> str:
    """The text with control characters and lone surrogates replaced.

    A terminal obeys control characters, and an article could bring them along.
    """
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]", "\ufffd", text)


def now() -> datetime:
    """The time by this machine's clock, with its offset from UTC."""
    return datetime.now().astimezone()


def prints_unicode() -> bool:
    """Whether standard output takes any character, and not only ASCII."""
    return (sys.stdout.encoding or "").lower().startswith("utf")
