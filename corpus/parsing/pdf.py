"""Reads PDF: the text of its pages, in paragraphs, without what every page repeats."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import pypdfium2
import pypdfium2.raw

from corpus.errors import Unreadable
from corpus.parsing.raw_article import RawArticle

MAX_TEXT_CHARS = 10_000_000
_MIN_PAGES = 4  # for a line to be one that pages repeat
# Of the width of the text: lines that end before have come to an end, those with a full stop
# even where others, ragged on the right, are no longer.
_SHORT, _RAGGED = 0.75, 0.9
_SENTENCE_END = re.compile(r"[.!?:][\"'”’)\]]*$")
_HYPHEN = "\x02"  # what pdfium makes of a hyphen that only breaks a word
_BULLET = re.compile(r"[•‣◦▪–—*·]\s|\(?\d{1,3}[.)]\s")
_NUMBER = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(
    r"(?:page\s+)?[-–—]?\s*(?:\d+|[ivxlc]+)\s*[-–—]?(?:\s*(?:/|of)\s*\d+)?", re.IGNORECASE
)
_NO_TITLE = re.compile(r"^microsoft\b|^untitled\b|\.\w{2,5}$", re.IGNORECASE)


def read_pdf(data: bytes, name: str) -> RawArticle:
    """Read a PDF. Its dates are left out, because they are those of the file, not of the article.

    Args:
        data: The file's bytes.
        name: The file's name, for the message.

    Raises:
        Unreadable: It is no PDF, damaged, locked, or has no text.
    """
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if error.err_code == pypdfium2.raw.FPDF_ERR_PASSWORD:
            raise Unreadable(
                f"{name} is locked with a password; save a copy of it without one."
            ) from error
        raise Unreadable(
            f"{name} is not a PDF, or a damaged one; open it and save it again, or leave it out."
        ) from error
    try:
        pages = _pages(document, name)
        about = document.get_metadata_dict()
    except pypdfium2.PdfiumError as error:
        raise Unreadable(f"{name} is a damaged PDF; open it and save it again.") from error
    finally:
        document.close()
    text = "\n\n".join(paragraphs(pages))
    if not text.strip():
        raise Unreadable(
            f"{name} has pages, but no text in them; if it was scanned, have the text "
            "recognised (OCR) first."
        )
    title = about.get("Title", "").strip()
    facts = {"title": "" if _NO_TITLE.search(title) else title, "author": about.get("Author", "")}
    return RawArticle(text, {fact: value for fact, value in facts.items() if value.strip()})


def _pages(document: pypdfium2.PdfDocument, name: str) -> list[list[str]]:
    """The lines of each page that has some."""
    found, chars = [], 0
    for number in range(len(document)):
        page = document[number]
        text = page.get_textpage()
        lines = [" ".join(line.split()) for line in text.get_text_range().splitlines()]
        text.close()
        page.close()
        chars += sum(map(len, lines))
        if chars > MAX_TEXT_CHARS:
            raise Unreadable(
                f"{name} has more than {MAX_TEXT_CHARS:,} characters; split it into smaller files."
            )
        if kept := [line for line in lines if line]:
            found.append(kept)
    return found


def paragraphs(pages: Sequence[Sequence[str]]) -> list[str]:
    """The paragraphs of the lines of pages; one may go over from a page to the next.

    A line that ends well before the others do is the last of its paragraph, unless the next
    goes on in small letters. Headings, which are short, so stand alone.
    """
    lines = [line for page in _without_repeats(pages) for line in page]
    lengths = sorted(map(len, lines))
    width = lengths[len(lengths) * 9 // 10] if lengths else 0
    made: list[list[str]] = []
    before = ""
    for line in lines:
        if not made or _BULLET.match(line) or (_ends(before, width) and not line[0].islower()):
            made.append([])
        made[-1].append(line)
        before = line
    return [_joined(rows) for rows in made]


def _ends(line: str, width: int) -> bool:
    """Whether a paragraph ends with the line, as far as the line tells."""
    if line.endswith(_HYPHEN):
        return False
    return len(line) < (_RAGGED if _SENTENCE_END.search(line) else _SHORT) * width


def _joined(rows: Sequence[str]) -> str:
    return " ".join(rows).replace(f"{_HYPHEN} ", "").replace(_HYPHEN, "")


def _without_repeats(pages: Sequence[Sequence[str]]) -> list[Sequence[str]]:
    """The pages without running heads, running feet and page numbers."""
    kept = [list(page) for page in pages]
    for at in (0, -1):
        for _ in range(2):  # a running head and a number
            ends = Counter(_NUMBER.sub("#", page[at]) for page in kept if page)
            for page in kept:
                if not page:
                    continue
                many = ends[_NUMBER.sub("#", page[at])] * 2 > len(kept) >= _MIN_PAGES
                if many or (len(kept) > 1 and _PAGE_NUMBER.fullmatch(page[at])):
                    page.pop(at)
    return list(kept)
