"""Web addresses that open a page at a sentence (URL Fragment Text Directives, WICG). Pure.

What a browser looks for is tried here on the article's text, which stands for the page's: the
first place that the directive fits has to be the sentence. tests/browser/ opens the links.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, urldefrag

MAX_CHARS = 512  # of the address of a Discord button
WHOLE_CHARS = 120  # a longer quotation is named by its first and last words
END_WORDS = (6, 4, 3, 2)  # of each, fewer where there is no room for more
CONTEXT_WORDS = (3, 6, 12)  # before and after, more where fewer stand elsewhere too
CONTEXT_CHARS = 400

_LINES = r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+"
# Around pieces of text: new lines, and what extraction marks the items of a list and the cells
# of a table with. The page itself has no such mark.
_BORDER = re.compile(rf"{_LINES}|(?:^|(?<=\s))[-|](?=\s|$)", re.MULTILINE)
# Between words is white space; of scripts that have none, the punctuation ends what is taken.
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
        """What it marks in a folded text: the first place that it fits."""
        first, last, before, after = map(_folded, (self.first, self.last, self.before, self.after))
        for start, end in _places(text, first, 0):
            if not text.endswith(before, 0, start - text.startswith(" ", start - 1)):
                continue
            for _, until in _places(text, last, end) if last else [(start, end)]:
                if text.startswith(after, until + text.startswith(" ", until)):
                    return start, until
        return None


def sentence_url(url: str, text: str, start: int, end: int, *, max_chars: int = MAX_CHARS) -> str:
    """`url` with a text directive for `text[start:end]`, which is scrolled to and marked.

    The words before and after are added where the quotation's own would match earlier in
    the text. Where all these stand earlier too, it opens there: the words are the same.
    Comes back without a directive when there is nothing to name or no room.
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
    """All that may be tried, the simplest first."""
    named = list(_named(text[start:end]))
    yield from named
    # Prefix and suffix may lie in the blocks before and after; each term lies in one.
    before = _pieces(text[max(0, start - CONTEXT_CHARS) : start])
    after = _pieces(text[end : end + CONTEXT_CHARS])
    for count in CONTEXT_WORDS:
        prefix = _last_words(before[-1], count) if before else ""
        suffix = _first_words(after[0], count) if after else ""
        for directive in named:
            yield _Directive(directive.first, directive.last, prefix, suffix)


def _named(quotation: str) -> Iterator[_Directive]:
    """The quotation whole, where it is short and of one piece, or its ends."""
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
    """The lines, items and cells of `text` that have words: each is in a block of its own."""
    return [piece.strip() for piece in _BORDER.split(text) if not piece.isspace() and piece]


def _first_words(text: str, count: int) -> str:
    words = list(_WORD.finditer(text))[:count]
    return text[: words[-1].end()].strip() if words else ""


def _last_words(text: str, count: int) -> str:
    words = list(_WORD.finditer(text))[-count:]
    return text[words[0].start() :].strip() if words else ""


def _folded(text: str) -> str:
    """What a browser compares: no case, accent, kind of quotation mark or of white space."""
    words = " ".join(word for word in text.split() if word not in _MARKS)
    if words.isascii():
        return words.lower()
    for plain, curly in _QUOTES.items():
        for one in curly:
            words = words.replace(one, plain)
    return _IGNORED.sub("", unicodedata.normalize("NFKD", words.casefold()))


def _places(text: str, term: str, start: int) -> Iterator[tuple[int, int]]:
    """Where the term stands and is no part of a word, from `start` on."""
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
    """Percent-encoded; "-" too, for at a term's end it marks a prefix or a suffix."""
    return quote(term, safe="", errors="replace").replace("-", "%2D")
