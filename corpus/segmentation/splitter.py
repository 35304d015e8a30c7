"""Sentences and passages of a text, with exact offsets.

Sentence ends come from sentencex (Wikimedia's rule-based splitter), which hands the text
back whole, so that offsets are counted and never searched for. What is added here: blocks
(a heading does not run into the paragraph below it), bounds (no input takes more than time
in proportion to its length), and passages. Ends that are none are told by
`corpus.segmentation.sentence_rules`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from sentencex import segment

from corpus.article import Passage, Sentence
from corpus.segmentation.sentence_rules import is_same_sentence

# Changes whenever the same text would be split in another way: the indexes are then rebuilt.
SPLITTER = "sentencex-1/2"

MAX_PASSAGE_CHARS = 800  # about 180 tokens; the embedder reads 256
MAX_SENTENCE_CHARS = 1000  # beyond that it is a table or a list, no sentence to be quoted
# sentencex looks for the partner of every opening quote: 900,000 of them took 23 s in one piece.
MAX_BLOCK_CHARS = 8000
WRAPPED_LINE_CHARS = 120  # no text that people wrap by hand has lines longer than this

_LINE_END = r"(?:\r\n|\r(?!\n)|\n)"
_BLANK_LINE = re.compile(rf"{_LINE_END}[^\S\r\n]*{_LINE_END}\s*")
_NEW_LINE = re.compile(r"\s*[\r\n]\s*")
# sentencex encodes to UTF-8, which has no lone surrogates, and takes any space before a full stop
# for one byte of it: it dies of "I\u00a0. He". One character stands for one, so that offsets hold.
_SURROGATE = re.compile("[\ud800-\udfff]")
_WIDE_SPACE = re.compile(r"[^\S\x00-\x7f]")


def sentences(text: str, language: str = "en") -> list[Sentence]:
    """The sentences of `text` in order, trimmed; what is between them is white space.

    A blank line ends a sentence. So does a new line, unless the text is wrapped by hand.
    Sentences are at most `MAX_SENTENCE_CHARS` long. Empty when there is only white space.
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
    """What sentencex makes of a block: all of it, in order. One piece where it fails."""
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
    """The passages of `text` in order: as many whole sentences as fit into `max_chars`.

    Every sentence is in exactly one passage. A sentence longer than `max_chars` is a
    passage of its own.
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
    """Spans that no sentence crosses, in order; together they are the whole text."""
    boundary = _BLANK_LINE if _is_wrapped(text) else _NEW_LINE
    start = 0
    for match in boundary.finditer(text):
        yield from _bounded(text, start, match.end())
        start = match.end()
    yield from _bounded(text, start, len(text))


def _is_wrapped(text: str) -> bool:
    """Whether new lines are there for the page's width: next to no text in long lines."""
    long = sum(len(line) for line in text.splitlines() if len(line) > WRAPPED_LINE_CHARS)
    return long * 10 < len(text)


def _bounded(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The span in pieces of at most `MAX_BLOCK_CHARS`, cut at white space where there is any."""
    while end - start > MAX_BLOCK_CHARS:
        cut = _cut(text, start, start + MAX_BLOCK_CHARS)
        yield start, cut
        start = cut
    if start < end:
        yield start, end


def _trimmed(text: str, start: int, end: int) -> Iterator[Sentence]:
    """The span without the white space around it, in pieces when it is too long."""
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

    A base letter is not parted from its combining marks, nor an emoji from its modifiers,
    unless more than half the span would be lost to them.
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
