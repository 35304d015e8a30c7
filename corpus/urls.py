"""Web addresses that open a page at a sentence (URL Fragment Text Directives, WICG). Pure."""

from __future__ import annotations

import re
from urllib.parse import quote, urldefrag

MAX_CHARS = 512  # of the address of a Discord button
WHOLE_CHARS = 120  # a longer quotation is named by its first and last words
END_WORDS = 6
CONTEXT_WORDS = 3
CONTEXT_CHARS = 200


def sentence_url(url: str, text: str, start: int, end: int, *, max_chars: int = MAX_CHARS) -> str:
    """`url` with a text directive for `text[start:end]`, which is scrolled to and marked.

    The words before and after are added where the quotation's own would match earlier in
    the text. Comes back without a directive when there is nothing to name or no room.
    """
    first, last = _ends(text[start:end])
    if not first:
        return url
    terms = [_encoded(term) for term in (first, last) if term]
    if _first_match(text, first) != start:
        # Prefix and suffix may lie in the blocks before and after; each term lies in one.
        prefix = _last_words(text[max(0, start - CONTEXT_CHARS) : start], CONTEXT_WORDS)
        suffix = _first_words(text[end : end + CONTEXT_CHARS], CONTEXT_WORDS)
        terms = (
            ([_encoded(prefix) + "-"] if prefix else [])
            + terms
            + (["-" + _encoded(suffix)] if suffix else [])
        )
    bare, fragment = urldefrag(url)
    whole = f"{bare}#{fragment}:~:text={','.join(terms)}"
    return whole if len(whole) <= max_chars else url


def _ends(quotation: str) -> tuple[str, str]:
    """The quotation whole and "", or its first and its last words, which do not overlap."""
    lines = quotation.strip().splitlines()
    if not lines:
        return "", ""
    if len(lines) == 1 and len(lines[0]) <= WHOLE_CHARS:
        return lines[0], ""
    first = _first_words(lines[0], END_WORDS)
    rest = lines[-1] if len(lines) > 1 else lines[0][len(first) :]
    return first, _last_words(rest, END_WORDS)


def _first_words(text: str, count: int) -> str:
    """The first words of the first line that has any, with the space between them."""
    lines = text.strip().splitlines()
    match = re.match(rf"\S+(?:\s+\S+){{0,{count - 1}}}", lines[0]) if lines else None
    return match[0] if match else ""


def _last_words(text: str, count: int) -> str:
    """The last words of the last line that has any."""
    lines = text.strip().splitlines()
    return " ".join(lines[-1].split()[-count:]) if lines else ""


def _first_match(text: str, term: str) -> int:
    """Where a browser finds `term` first: it ignores case, and white space is white space."""
    pattern = r"\s+".join(re.escape(word) for word in term.split())
    match = re.search(rf"(?<!\w){pattern}(?!\w)", text, re.IGNORECASE)
    return match.start() if match else -1


def _encoded(term: str) -> str:
    """Percent-encoded; "-" too, for at a term's end it marks a prefix or a suffix."""
    return quote(term, safe="", errors="replace").replace("-", "%2D")
