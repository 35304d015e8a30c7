"""Escapes foreign text, so that Discord shows it as it is."""

from __future__ import annotations

import re
from collections.abc import Sequence

# What begins formatting, a link, a mention, an emoji or a timestamp anywhere in a line.
_ANYWHERE = re.compile(r"[\\*_~`|\[\]<>()#]")
# What does so only at a line's start: lists and small print.
_AT_START = re.compile(r"^(\s*)([-+]|\d+[.)])", re.MULTILINE)
# Addresses are not escaped: a backslash would become a part of them.
_ADDRESS = re.compile(r"https?://[^\s<>()\[\]*|`\\]+")

CUT = " […]"
"""Marks where a text was cut."""


def escape(text: str) -> str:
    """Put a backslash before everything that Discord would take for Markdown."""
    parts = []
    at = 0
    for address in _ADDRESS.finditer(text):
        parts += [_ANYWHERE.sub(r"\\\g<0>", text[at : address.start()]), address[0]]
        at = address.end()
    parts.append(_ANYWHERE.sub(r"\\\g<0>", text[at:]))
    return _AT_START.sub(_escape_start, "".join(parts))


def _escape_start(match: re.Match[str]) -> str:
    space, mark = match[1], match[2]
    return space + (f"\\{mark}" if mark in "-+" else f"{mark[:-1]}\\{mark[-1]}")


def unescape(text: str) -> str:
    """Undo `escape`."""
    return re.sub(r"\\(.)", r"\1", text)


def _bold(line: str, places: Sequence[tuple[int, int]]) -> str:
    """The line escaped, with those places in bold; none inside an address."""
    parts, at = [], 0
    addresses = [match.span() for match in _ADDRESS.finditer(line)]
    for start, end in places:
        if any(start < its_end and its_start < end for its_start, its_end in addresses):
            continue
        parts += [escape(line[at:start]), "**", escape(line[start:end]), "**"]
        at = end
    return "".join([*parts, escape(line[at:])])


def fit(text: str, max_chars: int, bold: Sequence[tuple[int, int]] = ()) -> str:
    """`text` escaped, in one line of at most `max_chars`; a cut text ends with CUT.

    `bold` are places in the text, which is in one line then, to be shown in bold, first to last;
    nothing is bold where not all of it fits.
    """
    line = " ".join(text.split())
    if bold and line == text and len(whole := _bold(line, bold)) <= max_chars:
        return whole
    whole = escape(line)
    if len(whole) <= max_chars:
        return whole
    room = max(0, max_chars - len(CUT))
    while line and len(escape(line)) > room:
        over = len(escape(line)) - room
        line = line[: -max(1, over // 2)]
    head, space, _ = line.rpartition(" ")
    kept = escape(head if space and len(head) > len(line) // 2 else line)
    return (kept + CUT)[:max_chars]
