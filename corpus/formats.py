"""What the three formats say: .txt with an optional header, Markdown, HTML. Text to `Found`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape

from markdown_it import MarkdownIt
from markdown_it.token import Token

FACTS = {
    "title": "title",
    "source": "source",
    "publisher": "source",
    "author": "author",
    "date": "published",
    "published": "published",
    "url": "url",
    "link": "url",
}
"""What people write before the colon, in small letters, and which fact it is."""

SMALL_PAGE_CHARS = 250  # where trafilatura calls on its last resort
_FACT_LINE = re.compile(r"([A-Za-z][A-Za-z ]{0,30}):[ \t]*(.*)")
_NEW_LINE = re.compile(r"\r\n?|\n")


@dataclass(frozen=True, slots=True)
class Found:
    """The text of an article and the facts that stand with it, as they were written."""

    text: str
    facts: Mapping[str, str] = field(default_factory=dict)


def read_text(text: str) -> Found:
    """A text, kept as it is, after a header of `Title: …` lines that a blank line ends.

    It is a header only when every line is one of `FACTS`, and a title or two facts are there.
    """
    facts: dict[str, str] = {}
    at = 0
    for end in _NEW_LINE.finditer(text):
        line = text[at : end.start()]
        if not line.strip():
            if "title" in facts or len(facts) >= 2:
                return Found(text[end.end() :].lstrip("\r\n"), facts)
            break
        match = _FACT_LINE.fullmatch(line.strip())
        fact = FACTS.get(match[1].lower()) if match else None
        if match is None or fact is None:
            break
        facts[fact] = match[2].strip()
        at = end.end()
    return Found(text)


def read_markdown(text: str) -> Found:
    """What a reader of the rendered page sees, block by block, blank lines between."""
    facts, body = _front_matter(text)
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    blocks: list[str] = []
    heading = ""
    for token in parser.parse(body):
        if token.type == "inline":
            block = _inline(token.children or [])
            if heading == "h1" and block:
                facts.setdefault("title", block)
            blocks.append(block)
        elif token.type in ("fence", "code_block"):
            blocks.append(token.content.strip("\n"))
        elif token.type == "html_block":
            blocks.append(_html_blocks(token.content))
        heading = token.tag if token.type == "heading_open" else ""
    return Found("\n\n".join(block for block in blocks if block.strip()), facts)


def _front_matter(text: str) -> tuple[dict[str, str], str]:
    """The `key: value` lines between two `---` at the top, and the rest. No full YAML."""
    match = re.match(r"---[ \t]*\r?\n(.*?\r?\n)?(?:---|\.\.\.)[ \t]*(?:\r?\n|$)", text, re.DOTALL)
    if match is None:
        return {}, text
    facts = {}
    for line in (match[1] or "").splitlines():
        found = _FACT_LINE.fullmatch(line.rstrip())
        if found and (fact := FACTS.get(found[1].lower())):
            facts[fact] = found[2].strip().strip("\"'")
    return facts, text[match.end() :]


def _inline(tokens: list[Token]) -> str:
    parts = []
    for token in tokens:
        if token.type in ("text", "code_inline"):
            parts.append(token.content)
        elif token.type in ("softbreak", "hardbreak"):
            parts.append("\n" if token.type == "hardbreak" else " ")
    return "".join(parts).strip()


def read_html(text: str) -> Found:
    """The article that trafilatura finds in a page; failing that, the page's text."""
    # 0.5 s, and only for HTML
    from trafilatura import bare_extraction
    from trafilatura.settings import Document

    found = bare_extraction(text, with_metadata=True, include_comments=False)
    if not isinstance(found, Document):
        return Found(_html_blocks(text), {"title": _html_title(text)})
    # Its paragraphs end with one new line; two keep a heading from the text below it.
    lines = (line.strip() for line in (found.text or "").splitlines())
    blocks = "\n\n".join(line for line in lines if line)
    if len(blocks) < SMALL_PAGE_CHARS:
        # Its last resort takes sentences apart at every link; a small page is read whole.
        whole = _html_blocks(text)
        blocks = whole if len(whole) < 4 * SMALL_PAGE_CHARS else blocks
    facts = {
        "title": found.title,
        "source": found.sitename,
        "author": found.author,
        "published": found.date,
        "url": found.url,
    }
    return Found(blocks, {name: value for name, value in facts.items() if value})


_HIDDEN = {
    "nav",
    "aside",
    "footer",
    "script",
    "style",
    "template",
    "noscript",
    "head",
    "title",
    "svg",
    "iframe",
    "object",
}
_INLINE = set(
    """a abbr b bdi bdo cite code data dfn em font i kbd mark q rp rt ruby s samp small span strike
    strong sub sup time tt u var wbr ins del""".split()
)


def _html_blocks(markup: str) -> str:
    """The text of a page or a part of one, block by block, blank lines between."""
    from lxml import etree, html  # 50 ms, and only for HTML

    try:
        root = html.document_fromstring(
            markup.encode("utf-8", "replace"), parser=html.HTMLParser(encoding="utf-8")
        )
    except (etree.ParserError, etree.XMLSyntaxError):
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


def _html_title(markup: str) -> str:
    match = re.search(r"<title[^>]*>(.*?)</title", markup, re.IGNORECASE | re.DOTALL)
    return unescape(match[1]) if match else ""
