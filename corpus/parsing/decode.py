"""Decodes bytes to text, or refuses. A text that may be decoded wrongly is never stored."""

from __future__ import annotations

import re

from corpus.errors import Unreadable

_KINDS = (
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"\x1f\x8b", "a compressed file"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"SQLite format 3", "a database"),
)
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_CONTROLS_ALLOWED = 0.001  # of all characters: a stray form feed or escape is no binary file
_ALIKE = 0.1  # encodings whose text is this little less plausible might be the right one too
_PLAUSIBLE = 0.1


def decode(data: bytes, name: str, declared: str | None = None) -> str:
    """Decode a file: as Unicode, in the declared encoding, or in one that is certain.

    Args:
        data: The file's bytes.
        name: The file's name, for the message.
        declared: The encoding that the file names itself; None where it names none.

    Raises:
        Unreadable: The file is empty, is not text, or gives different texts in several encodings
            that are about as likely.
    """
    for magic, kind in _KINDS:
        if data.startswith(magic):
            raise _not_text(name, f"it looks like {kind}")
    text = _decoded(data, name, declared)
    controls = len(_CONTROLS.findall(text))
    if "\x00" in text or controls > len(text) * _CONTROLS_ALLOWED + 1:
        raise _not_text(name, "it holds control characters")
    if not text.strip("\ufeff \t\r\n\f\v\u200b\u00a0"):
        raise Unreadable(f"{name} is empty; leave it out or fill it.")
    return text


def _decoded(data: bytes, name: str, declared: str | None) -> str:
    marked = next((encoding for mark, encoding in _MARKS if data.startswith(mark)), None)
    for encoding in filter(None, (marked, "utf-8", declared)):
        try:
            text = data.decode(encoding)
        except (UnicodeError, LookupError):
            continue
        if "\x00" not in text:
            return text
    if marked is None and not _is_damaged_utf8(data) and (guess := _certain(data)) is not None:
        return guess
    if b"\x00" in data:
        raise _not_text(name, "it holds binary data")
    raise Unreadable(
        f"{name} is in an encoding that cannot be told for certain; save it as UTF-8 and try again."
    )


def _is_damaged_utf8(data: bytes) -> bool:
    """Whether most bytes beyond ASCII are UTF-8; any other encoding would garble such a text."""
    right = len(re.findall("[^\x00-\x7f]", data.decode("utf-8", "ignore")))
    wrong = data.decode("utf-8", "replace").count("\ufffd")
    return right > wrong


def _certain(data: bytes) -> str | None:
    """The text in the most plausible encoding; None if one that is nearly as plausible differs."""
    from charset_normalizer import from_bytes

    matches = list(from_bytes(data[:200_000]))
    if not matches or matches[0].coherence < _PLAUSIBLE:
        return None
    best = matches[0]
    rivals = [
        match.encoding
        for match in matches
        if match.chaos <= best.chaos + _ALIKE / 5 and match.coherence >= best.coherence - _ALIKE
    ]
    try:
        texts = {data.decode(encoding) for encoding in rivals}
    except UnicodeError:
        return None
    return texts.pop() if len(texts) == 1 else None


def _not_text(name: str, why: str) -> Unreadable:
    return Unreadable(
        f"{name} is not text: {why}; give it the ending that it should "
        "have, save it as text, or leave it out."
    )
