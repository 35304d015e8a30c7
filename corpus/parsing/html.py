"""Reads HTML: the article in a page, or else all its text, and the facts that it states."""

from __future__ import annotations

import re
from html import unescape

from lxml import etree
from trafilatura import bare_extraction
from trafilatura.settings import Document

from corpus.parsing.html_metadata import parse_html, read_metadata
from corpus.parsing.raw_article import RawArticle

SMALL_PAGE_CHARS = 250  # where trafilatura calls on its last resort


def read_html(text: str) -> RawArticle:
    """Read a page: the article that trafilatura finds in it, or else all its text."""
    found = bare_extraction(text, with_metadata=True, include_comments=False)
    if not isinstance(found, Document):
        return RawArticle(visible_text(text), {"title": _title(text), **read_metadata(text)})
    # Its paragraphs end with one new line; two keep a heading from the text below it.
    lines = (line.strip() for line in (found.text or "").splitlines())
    blocks = "\n\n".join(line for line in lines if line)
    if len(blocks) < SMALL_PAGE_CHARS:
        # Its last resort takes sentences apart at every link; a small page is read whole.
        whole = visible_text(text)
        blocks = whole if len(whole) < 4 * SMALL_PAGE_CHARS else blocks
    facts = {
        "title": found.title,
        "source": found.sitename,
        "author": found.author,
        "published": found.date,
        "url": found.url,  # the canonical one
        **read_metadata(text),
    }
    return RawArticle(blocks, {name: value for name, value in facts.items() if value})


# Not "head": where a page has no tags <head> and <body>, libxml2 leaves an <article> in it.
_HIDDEN = {
    "nav",
    "aside",
    "footer",
    "script",
    "style",
    "template",
    "noscript",
    "title",
    "svg",
    "iframe",
    "object",
}
_INLINE = set(
    """a abbr b bdi bdo cite code data dfn em font i kbd mark q rp rt ruby s samp small span strike
    strong sub sup time tt u var wbr ins del""".split()
)


def visible_text(markup: str) -> str:
    """The text that a reader sees of a page or a part of one: blocks with blank lines between."""
    root = parse_html(markup)
    if root is None:
        return ""
    blocks: list[list[str]] = [[]]
    hidden = 0
    for event, node in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        if event in ("comment", "pi"):
            blocks[-1].append("" if hidden else node.tail or "")
            continue
        tag = node.tag
        if tag in _HIDDEN:
            hidden += 1 if event == "start" else -1
        if tag not in _INLINE:
            blocks.append([])
        if event == "start" and not hidden:
            blocks[-1].append(node.text or "")
        elif event == "end" and not hidden:
            blocks[-1].append(node.tail or "")
    joined = (" ".join("".join(parts).split()) for parts in blocks)
    return "\n\n".join(block for block in joined if block)


def _title(markup: str) -> str:
    match = re.search(r"<title[^>]*>(.*?)</title", markup, re.IGNORECASE | re.DOTALL)
    return unescape(match[1]) if match else ""
