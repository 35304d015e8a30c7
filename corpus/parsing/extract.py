"""Reads a file of any known format: bytes in, an article's text and facts in one form out."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePath
from urllib.parse import urlsplit

from corpus.errors import Unreadable
from corpus.parsing.dates import if_later, if_not_ahead, iso_date
from corpus.parsing.decode import decode
from corpus.parsing.raw_article import RawArticle
from corpus.parsing.text_formats import read_markdown, read_text

MAX_BYTES = 10_000_000
MAX_PACKED_BYTES = 50_000_000  # of a PDF or an archive, which are mostly pictures
MAX_TITLE_CHARS = 300
OPENING_CHARS = 80  # what stands in for a missing title
KINDS = ".txt, .md, .html, .pdf, .docx or .epub"


def _read_html(text: str) -> RawArticle:
    from corpus.parsing.html import read_html  # 0.5 s to import, and only for HTML

    return read_html(text)


def _read_pdf(data: bytes, name: str) -> RawArticle:
    from corpus.parsing.pdf import read_pdf

    return read_pdf(data, name)


def _read_docx(data: bytes, name: str) -> RawArticle:
    from corpus.parsing.office import read_docx

    return read_docx(data, name)


def _read_epub(data: bytes, name: str) -> RawArticle:
    from corpus.parsing.office import read_epub

    return read_epub(data, name)


_OF_TEXT: dict[str, Callable[[str], RawArticle]] = {
    ".txt": read_text,
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".html": _read_html,
    ".htm": _read_html,
    ".xhtml": _read_html,
}
_OF_BYTES: dict[str, Callable[[bytes, str], RawArticle]] = {
    ".pdf": _read_pdf,
    ".docx": _read_docx,
    ".epub": _read_epub,
}
SUFFIXES = frozenset([*_OF_TEXT, *_OF_BYTES])
"""The endings of the names of files that can be read, in small letters, with the full stop."""

_CHARSET = re.compile(
    rb"<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*[\"']?([\w.:-]+)", re.I
)
# Control characters, and those that reverse, join or hide others.
_NOT_SHOWN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})((?:[-_][A-Za-z0-9]{2,8}){0,3})(?:\.[\w-]+)?")


@dataclass(frozen=True, slots=True)
class Extracted:
    """A text and what is known about it, in the form of `ArticleInfo`."""

    text: str
    title: str
    url: str | None
    source: str | None
    author: str | None
    published: str | None
    updated: str | None = None
    language: str | None = None


Extract = Callable[[bytes, str], Extracted]
"""Reads the article in a file's bytes, by the file's name; raises Unreadable."""


def extract(data: bytes, name: str) -> Extracted:
    """Read the article in a file.

    Read strangers' files with corpus.parsing.sandbox, which does this within limits.

    Args:
        data: The file's bytes.
        name: The file's name, whose ending tells the format.

    Raises:
        Unreadable: With the file's name, the reason and the remedy.
    """
    suffix = PurePath(name).suffix.lower()
    if suffix not in SUFFIXES:
        raise Unreadable(f"{name} is not a {KINDS} file; save it as one of these.")
    if len(data) > max_bytes(name):
        raise too_large(name, len(data))
    if not data:
        raise Unreadable(f"{name} is empty; leave it out or fill it.")
    if suffix in _OF_BYTES:
        return normalised(_OF_BYTES[suffix](data, name), name)
    reader = _OF_TEXT[suffix]
    declared = _CHARSET.search(data[:4096]) if reader is _read_html else None
    text = decode(data, name, declared[1].decode("ascii", "ignore") if declared else None)
    return normalised(reader(text), name)


def guess_suffix(data: bytes) -> str:
    """Guess the ending of a file's name from its first bytes: .pdf, .epub, .docx, .html or .txt."""
    if data.startswith(b"%PDF"):
        return ".pdf"
    if data.startswith(b"PK\x03\x04"):
        return ".epub" if b"application/epub+zip" in data[:100] else ".docx"
    start = data[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return ".html" if start.startswith((b"<!doctype html", b"<html", b"<?xml")) else ".txt"


def max_bytes(name: str) -> int:
    """How many bytes a file of this name may have."""
    return MAX_PACKED_BYTES if PurePath(name).suffix.lower() in _OF_BYTES else MAX_BYTES


def normalised(found: RawArticle, name: str, now: datetime | None = None) -> Extracted:
    """Bring what a parser found into the form of `ArticleInfo`.

    Facts that are not clear become None: a date ahead of now, an update no later than the
    publication, an address that is none of the web. Invisible characters go.

    Args:
        found: What the parser found.
        name: The file's name, for the message.
        now: An aware datetime; by default, this moment.

    Raises:
        Unreadable: There is no text.
    """
    # Entities can say what no text may hold: "&#0;", and halves of a character.
    text = re.sub("[\x00\ud800-\udfff]", "\ufffd", found.text)
    if not _NOT_SHOWN.sub("", text).strip():
        raise Unreadable(f"{name} has no article text; leave it out or save it as .txt.")
    facts = {fact: _tidy(value) for fact, value in found.facts.items()}
    now = now or datetime.now(UTC)
    published, updated = (
        if_not_ahead(iso_date(facts.get(name)), now) for name in ("published", "updated")
    )
    return Extracted(
        text,
        facts.get("title") or opening_words(text),
        _web_address(facts.get("url")),
        facts.get("source"),
        facts.get("author"),
        published,
        if_later(updated, published),
        _language(facts.get("language")),
    )


def too_large(name: str, size: int) -> Unreadable:
    """The error for a file called `name` of `size` bytes."""
    return Unreadable(
        f"{name} has {size / 1e6:,.0f} MB and the limit is {max_bytes(name) // 1_000_000} MB; "
        "split it into smaller files."
    )


def opening_words(text: str) -> str:
    """A text's first words, which serve as a title where there is none."""
    start = " ".join(_NOT_SHOWN.sub("", text[: OPENING_CHARS * 4]).split())
    if len(start) <= OPENING_CHARS:
        return start
    whole_words = start[: OPENING_CHARS + 1].rpartition(" ")[0]
    return (whole_words or start[:OPENING_CHARS]) + "…"


def _tidy(value: str) -> str | None:
    """One line without invisible characters; None when that is "" or "unknown"."""
    line = " ".join(_NOT_SHOWN.sub(" ", re.sub("[\ud800-\udfff]", "", value)).split())
    return None if line.lower() in ("", "unknown") else line[:MAX_TITLE_CHARS]


def _web_address(value: str | None) -> str | None:
    """The address if it is one of the web, else None."""
    if value is None or " " in value:
        return None
    try:
        parts = urlsplit(value)
    except ValueError:
        return None
    return value if parts.scheme in ("http", "https") and parts.hostname else None


def _language(value: str | None) -> str | None:
    """A tag of BCP 47 (en, pt-BR), None for what is none."""
    match = _LANGUAGE.fullmatch(value or "")
    return match[1].lower() + match[2].replace("_", "-") if match else None
