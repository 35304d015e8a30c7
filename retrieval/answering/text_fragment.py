"""Makes web addresses that open a page at a sentence (URL Fragment Text Directives, WICG). Pure.

A browser looks for the first place on the page that the directive fits. The same search runs
here on the article's text, in place of the page's, and must find the sentence. tests/browser/
opens the links.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, urldefrag

MAX_CHARS = 512  # of the address of a Discord button
WHOLE_CHARS = 120  # of a longer quotation only the first and last words are in the link
END_WORDS = (6, 4, 3, 2)  # first and last words, tried in this order until they fit
CONTEXT_WORDS = (3, 6, 12)  # before and after; more where fewer occur elsewhere too
CONTEXT_CHARS = 400

_LINES = r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+"
# Between pieces of text: new lines, and the marks that extraction puts before list items and
# table cells. The page itself has no such marks.
_BORDER = re.compile(rf"{_LINES}|(?:^|(?<=\s))[-|](?=\s|$)", re.MULTILINE)
# White space ends a word; in scripts without spaces, punctuation does.
_WORD = re.compile(r"[^\s、。，．；：！？]+[、。，．；：！？]*|[、。，．；：！？]+")
# Thai, Lao, Burmese, Khmer, Chinese, Japanese: a word may begin beside another letter.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\ua4cf\uf900-\ufaff]")
_MARKS = frozenset("-|")
_QUOTES = {"'": "‘’‚‛", '"': "“”„‟"}
_IGNORED = re.compile("[\u0300-\u036f\u00ad\u200b-\u200f\u2060\ufe0f]+")


@dataclass(frozen=True, slots=True)
class _Directive:
    """`first` to `last`, or `first` alone where `last` is empty, between its neighbours."""

    first: str
    last: str = ""
    before: str = ""
    after: str = ""

    def written(self) -> str:
        terms = [_encoded(term) for term in (self.first, self.last) if term]
        before = [_encoded(self.before) + "-"] if self.before else []
        after = ["-" + _encoded(self.after)] if self.after else []
        return ",".join(before + terms + after)

    def found(self, text: str) -> tuple[int, int] | None:
        """The first place in a folded text that it fits, as start and end; None for none."""
        first, last, before, after = map(_folded, (self.first, self.last, self.before, self.after))
        for start, end in _places(text, first, 0):
            if not text.endswith(before, 0, start - text.startswith(" ", start - 1)):
                continue
            for _, until in _places(text, last, end) if last else [(start, end)]:
                if text.startswith(after, until + text.startswith(" ", until)):
                    return start, until
        return None


def sentence_url(url: str, text: str, start: int, end: int, *, max_chars: int = MAX_CHARS) -> str:
    """Add a text directive to an address, so that a browser scrolls to a quotation and marks it.

    The words before and after are added where the quotation alone would match earlier in the
    text. Where even those occur earlier, the link opens there: the words are the same.

    Args:
        url: The article's address.
        text: The article's text.
        start: Where the quotation begins in it, in code points.
        end: Where it ends, excluded.
        max_chars: The longest address that may come back.

    Returns:
        The address with the directive; `url` unchanged where the quotation has no words or there
        is no room.
    """
    bare, fragment = urldefrag(url)
    opened = f"{bare}#{fragment}:~:text="
    earlier, wanted = _folded(text[:start]), _folded(text[start:end])
    around = f"{earlier} {wanted} {_folded(text[end : end + CONTEXT_CHARS])}"
    place = (len(earlier) + 1, len(earlier) + 1 + len(wanted))
    elsewhere = ""
    for directive in _directives(text, start, end):
        link = opened + directive.written()
        if len(link) > max_chars:
            continue
        found = directive.found(around)
        if found == place:
            return link
        if found is not None and not elsewhere and around[slice(*found)] == wanted:
            elsewhere = link
    return elsewhere or url


def _directives(text: str, start: int, end: int) -> Iterator[_Directive]:
    """The directives to try, the simplest first."""
    named = list(_named(text[start:end]))
    yield from named
    # Prefix and suffix may lie in the blocks before and after; a term lies in one block.
    before = _pieces(text[max(0, start - CONTEXT_CHARS) : start])
    after = _pieces(text[end : end + CONTEXT_CHARS])
    for count in CONTEXT_WORDS:
        prefix = _last_words(before[-1], count) if before else ""
        suffix = _first_words(after[0], count) if after else ""
        for directive in named:
            yield _Directive(directive.first, directive.last, prefix, suffix)


def _named(quotation: str) -> Iterator[_Directive]:
    """The whole quotation, where it is one short piece, then its first and last words."""
    pieces = _pieces(quotation)
    if not pieces:
        return
    if len(pieces) == 1 and len(pieces[0]) <= WHOLE_CHARS:
        yield _Directive(pieces[0])
    for count in END_WORDS:
        first = _first_words(pieces[0], count)
        rest = pieces[-1] if len(pieces) > 1 else pieces[0][len(first) :]
        if last := _last_words(rest, count):
            yield _Directive(first, last)


def _pieces(text: str) -> list[str]:
    """The lines, list items and table cells of `text` that have words; each is its own block."""
    return [piece.strip() for piece in _BORDER.split(text) if not piece.isspace() and piece]


def _first_words(text: str, count: int) -> str:
    words = list(_WORD.finditer(text))[:count]
    return text[: words[-1].end()].strip() if words else ""


def _last_words(text: str, count: int) -> str:
    words = list(_WORD.finditer(text))[-count:]
    return text[words[0].start() :].strip() if words else ""


def _folded(text: str) -> str:
    """The text as a browser compares it: without case, accents and kinds of quotation marks."""
    words = " ".join(word for word in text.split() if word not in _MARKS)
    if words.isascii():
        return words.lower()
    for plain, curly in _QUOTES.items():
        for one in curly:
            words = words.replace(one, plain)
    return _IGNORED.sub("", unicodedata.normalize("NFKD", words.casefold()))


def _places(text: str, term: str, start: int) -> Iterator[tuple[int, int]]:
    """The places from `start` on where the term stands and is not part of a word."""
    while (start := text.find(term, start)) >= 0:
        end = start + len(term)
        if _is_bound(text, start) and _is_bound(text, end):
            yield start, end
        start += 1


def _is_bound(text: str, at: int) -> bool:
    """Whether a word may end before `at` and another begin there."""
    if not 0 < at < len(text):
        return True
    pair = text[at - 1], text[at]
    return not all(map(str.isalnum, pair)) or any(map(_UNSPACED.match, pair))


def _encoded(term: str) -> str:
    """Percent-encode a term; "-" too, which at a term's end would mark a prefix or a suffix."""
    return quote(term, safe="", errors="replace").replace("-", "%2D")
