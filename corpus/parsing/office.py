"""Reads DOCX and EPUB, which are ZIP archives of XML, within bounds."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from posixpath import dirname, join, normpath
from typing import Any
from urllib.parse import unquote

import docx
from docx.opc.exceptions import OpcError
from docx.oxml.ns import qn
from lxml import etree

from corpus.errors import Unreadable
from corpus.parsing.decode import decode
from corpus.parsing.html import visible_text
from corpus.parsing.raw_article import RawArticle

MAX_UNPACKED = 100_000_000  # bytes
_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
# What the three libraries raise for damaged files; python-docx also looks for parts that are not
# there.
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    OpcError,
    etree.LxmlError,
    AttributeError,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    TypeError,
    ValueError,
)
# The fact that each name in an EPUB's metadata stands for. The dates of the file are not those of
# the article.
_FACTS = {
    "title": "title",
    "creator": "author",
    "publisher": "source",
    "date": "published",
    "language": "language",
}


def read_docx(data: bytes, name: str) -> RawArticle:
    """Read a Word document, paragraph by paragraph, those in tables included.

    Of tracked changes, inserted text is included and deleted text is not.

    Args:
        data: The file's bytes.
        name: The file's name, for the message.

    Raises:
        Unreadable: It is no Word document, damaged, locked or too large.
    """
    with _unpacked(data, name, "a Word document") as archive:
        if "word/document.xml" not in archive.namelist():
            raise _is_none(name, "a Word document")
        document = docx.Document(BytesIO(data))
        blocks = [(_style(p), _words(p)) for p in document.element.body.iter(qn("w:p"))]
        about = document.core_properties
    heading = next((text for style, text in blocks if style in ("Title", "Heading1")), "")
    facts = {"title": about.title or heading, "author": about.author, "language": about.language}
    text = "\n\n".join(words for _, words in blocks if words.strip())
    return RawArticle(text, {fact: value for fact, value in facts.items() if value})


def _style(paragraph: Any) -> str:
    return paragraph.style or ""


def _words(paragraph: Any) -> str:
    """A paragraph's text, without that of text boxes in it, which have paragraphs of their own."""
    parts: list[str] = []

    def walk(element: Any) -> None:
        for child in element:
            if child.tag == qn("w:t"):
                parts.append(child.text or "")
            elif child.tag in (qn("w:tab"), qn("w:br"), qn("w:cr")):
                parts.append(" ")
            elif child.tag == qn("w:noBreakHyphen"):
                parts.append("-")
            elif child.tag not in (qn("w:p"), qn("w:pPr"), qn("w:txbxContent"), _FALLBACK):
                walk(child)

    if not any(above.tag == _FALLBACK for above in paragraph.iterancestors()):
        walk(paragraph)
    return " ".join("".join(parts).split())


def read_epub(data: bytes, name: str) -> RawArticle:
    """Read a book, in reading order (EPUB 3.3, https://www.w3.org/TR/epub-33/).

    Args:
        data: The file's bytes.
        name: The file's name, for the message.

    Raises:
        Unreadable: It is no EPUB, damaged, locked or too large.
    """
    with _unpacked(data, name, "an EPUB") as archive:
        names = set(archive.namelist())
        if _CONTAINER not in names:
            raise _is_none(name, "an EPUB")
        container = _xml(archive.read(_CONTAINER))
        place = next((e.get("full-path") or "" for e in container.iter("{*}rootfile")), "")
        if place not in names:
            raise _is_none(name, "an EPUB")
        package = _xml(archive.read(place))
        chapters = [one for one in _chapters(package, dirname(place)) if one in names]
        if set(chapters) & _locked(archive, names):
            raise Unreadable(f"{name} is locked by its seller (DRM); it cannot be read here.")
        text = "\n\n".join(_chapter(archive, chapter, name) for chapter in chapters)
    facts: dict[str, str] = {}
    for element in package.iter("{http://purl.org/dc/elements/1.1/}*"):
        fact = _FACTS.get(etree.QName(element).localname)
        if fact and (element.text or "").strip():
            facts.setdefault(fact, element.text)
    return RawArticle(text, facts)


def _chapters(package: Any, folder: str) -> list[str]:
    """The names of the files to read, in order, each once, without the table of contents."""
    items = {e.get("id"): e for e in package.iter("{*}item")}
    found: dict[str, None] = {}
    for reference in package.iter("{*}itemref"):
        item = items.get(reference.get("idref"))
        if item is None or reference.get("linear") == "no":
            continue
        is_text = "html" in (item.get("media-type") or "")
        if is_text and "nav" not in (item.get("properties") or "").split():
            found.setdefault(normpath(join(folder, unquote(item.get("href") or ""))))
    return list(found)


def _chapter(archive: zipfile.ZipFile, chapter: str, name: str) -> str:
    data = archive.read(chapter)
    if not data.strip():
        return ""
    return visible_text(decode(data, f"{name}, in {chapter},"))


def _locked(archive: zipfile.ZipFile, names: set[str]) -> set[str]:
    if _ENCRYPTION not in names:
        return set()
    references = _xml(archive.read(_ENCRYPTION)).iter("{*}CipherReference")
    return {unquote(reference.get("URI") or "") for reference in references}


def _xml(data: bytes) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    root = etree.fromstring(data, parser)
    return etree.Element("nothing") if root is None else root


@contextmanager
def _unpacked(data: bytes, name: str, kind: str) -> Iterator[zipfile.ZipFile]:
    """Open an archive whose files unpack to no more than `MAX_UNPACKED`. Raises Unreadable.

    The sizes that it states can be trusted: zipfile reads no more of a file than its stated size.
    """
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
            if size > MAX_UNPACKED:
                raise Unreadable(
                    f"{name} unpacks to {size / 1e6:,.0f} MB and the limit is "
                    f"{MAX_UNPACKED // 1_000_000} MB; leave it out or save it as .txt."
                )
            if any(entry.flag_bits & 1 for entry in archive.infolist()):
                raise Unreadable(
                    f"{name} is locked with a password; save a copy of it without one."
                )
            yield archive
    except _DAMAGE as error:
        if getattr(error, "code", None) == etree.ErrorTypes.ERR_NO_MEMORY:
            raise MemoryError from error
        raise _is_none(name, kind) from error


def _is_none(name: str, kind: str) -> Unreadable:
    return Unreadable(
        f"{name} is not {kind}, or a damaged one; open it and save it again, or leave it out."
    )
