"""Splits a text into sentences and passages, with exact offsets.

Sentence ends come from sentencex (Wikimedia's rule-based splitter), which hands the text
back whole, so that offsets are counted and never searched for. Added here are blocks (a heading
does not run into the paragraph below it), bounds (the time grows no faster than the text), and
passages. `corpus.segmentation.sentence_rules` undoes sentence ends that are wrong.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from sentencex import segment

from corpus.article import Passage, Sentence
from corpus.segmentation.sentence_rules import is_same_sentence

# Change this whenever the same text is split differently: the indexes are then rebuilt.
SPLITTER = "sentencex-1/2"

MAX_PASSAGE_CHARS = 800  # about 180 tokens; the embedder reads 256
MAX_SENTENCE_CHARS = 1000  # beyond that it is a table or a list, no sentence to be quoted
# sentencex looks for the partner of every opening quote: 900,000 of them took 23 s in one piece.
MAX_BLOCK_CHARS = 8000
WRAPPED_LINE_CHARS = 120  # no text that people wrap by hand has lines longer than this

_LINE_END = r"(?:\r\n|\r(?!\n)|\n)"
_BLANK_LINE = re.compile(rf"{_LINE_END}[^\S\r\n]*{_LINE_END}\s*")
_NEW_LINE = re.compile(r"\s*[\r\n]\s*")
# sentencex encodes to UTF-8, which has no lone surrogates, and counts any space before a full stop
# as one byte: it panics at "I\u00a0. He". Each is replaced by one character, so that offsets hold.
_SURROGATE = re.compile("[\ud800-\udfff]")
_WIDE_SPACE = re.compile(r"[^\S\x00-\x7f]")


def sentences(text: str, language: str = "en") -> list[Sentence]:
    """Split a text into sentences.

    A blank line ends a sentence. So does a new line, unless the text is wrapped by hand.

    Args:
        text: Any text.
        language: Its language, as sentencex names it (ISO 639-1).

    Returns:
        The sentences in order, without the white space around them; only white space is between
        them. Each is at most `MAX_SENTENCE_CHARS` long. [] where there is only white space.
    """
    found: list[Sentence] = []
    for start, end in _blocks(text):
        at = first = start
        before = ""
        for piece in _pieces(text[start:end], language):
            if before and not is_same_sentence(before, piece):
                found.extend(_trimmed(text, first, at))
                first = at
            at += len(piece)
            before = piece
        if at != end:
            raise AssertionError(f"sentencex returned {at - start} of {end - start} characters")
        found.extend(_trimmed(text, first, end))
    return found


def _pieces(block: str, language: str) -> list[str]:
    """The pieces that sentencex cuts a block into: all of it, in order. One piece if it fails."""
    plain = _WIDE_SPACE.sub(" ", _SURROGATE.sub("\ufffd", block))
    try:
        pieces: list[str] = segment(language, plain)
    except BaseException as error:
        # A panic in Rust is no Exception, and would end more than this article.
        if type(error).__name__ != "PanicException":
            raise
        return [plain]
    return pieces


def passages(text: str, *, max_chars: int = MAX_PASSAGE_CHARS) -> list[Passage]:
    """Split a text into passages of as many whole sentences as fit.

    Args:
        text: Any text.
        max_chars: The longest passage; a single sentence may be longer.

    Returns:
        The passages in order. Every sentence of `sentences(text)` is in exactly one. [] where
        there is only white space.
    """
    made: list[Passage] = []
    row: list[Sentence] = []
    for sentence in sentences(text):
        if row and sentence.end - row[0].start > max_chars:
            made.append(_passage(text, row))
            row = []
        row.append(sentence)
    if row:
        made.append(_passage(text, row))
    return made


def _passage(text: str, row: list[Sentence]) -> Passage:
    start, end = row[0].start, row[-1].end
    return Passage(start, end, text[start:end], tuple(row))


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Spans that no sentence crosses, in order; together they cover the whole text."""
    boundary = _BLANK_LINE if _is_wrapped(text) else _NEW_LINE
    start = 0
    for match in boundary.finditer(text):
        yield from _bounded(text, start, match.end())
        start = match.end()
    yield from _bounded(text, start, len(text))


def _is_wrapped(text: str) -> bool:
    """Whether lines end where the page did: a tenth of the text at most is in long lines."""
    long = sum(len(line) for line in text.splitlines() if len(line) > WRAPPED_LINE_CHARS)
    return long * 10 < len(text)


def _bounded(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut a span into pieces of at most `MAX_BLOCK_CHARS`, at white space where there is some."""
    while end - start > MAX_BLOCK_CHARS:
        cut = _cut(text, start, start + MAX_BLOCK_CHARS)
        yield start, cut
        start = cut
    if start < end:
        yield start, end


def _trimmed(text: str, start: int, end: int) -> Iterator[Sentence]:
    """A span without the white space around it, in several pieces when it is too long."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if end - start > MAX_SENTENCE_CHARS:
        cut = _cut(text, start, start + MAX_SENTENCE_CHARS)
        yield from _trimmed(text, start, cut)
        yield from _trimmed(text, cut, end)
    elif start < end:
        yield Sentence(start, end, text[start:end])


def _cut(text: str, start: int, limit: int) -> int:
    """Where to cut in (start, limit]: after the last white space, else between characters.

    A letter stays with its combining marks, and an emoji with its modifiers, unless those are
    more than half the span.
    """
    middle = (start + limit) // 2
    for at in range(limit, middle, -1):
        if text[at - 1].isspace():
            return at
    for at in range(limit, middle, -1):
        if at == len(text) or not _clings(text[at - 1], text[at]):
            return at
    return limit


def _clings(before: str, after: str) -> bool:
    joiner = "\u200d"
    return (
        joiner in (before, after)
        or unicodedata.category(after) in ("Mn", "Me", "Mc")
        or "\U0001f3fb" <= after <= "\U0001f3ff"  # skin tones
        or (before, after) == ("\r", "\n")
    )
