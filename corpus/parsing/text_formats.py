"""Reads plain text with an optional header, and Markdown."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.token import Token

from corpus.parsing.raw_article import RawArticle

FACTS = {
    "title": "title",
    "source": "source",
    "publisher": "source",
    "author": "author",
    "date": "published",
    "published": "published",
    "updated": "updated",
    "modified": "updated",
    "last updated": "updated",
    "last modified": "updated",
    "lastmod": "updated",
    "language": "language",
    "lang": "language",
    "url": "url",
    "link": "url",
    "canonical url": "url",
}
"""What people write before the colon, in small letters, and the fact that it stands for."""

_FACT_LINE = re.compile(r"([A-Za-z][A-Za-z _-]{0,30}):[ \t]*(.*)")
_NEW_LINE = re.compile(r"\r\n?|\n")


def read_text(text: str) -> RawArticle:
    """Read a text, which stays as it is, after a header of `Title: …` lines and a blank line.

    It is a header only when every line is one of `FACTS`, and has a title or two facts.
    """
    facts: dict[str, str] = {}
    at = 0
    for end in _NEW_LINE.finditer(text):
        line = text[at : end.start()]
        if not line.strip():
            if "title" in facts or len(facts) >= 2:
                return RawArticle(text[end.end() :].lstrip("\r\n"), facts)
            break
        match = _FACT_LINE.fullmatch(line.strip())
        fact = _fact(match[1]) if match else None
        if match is None or fact is None:
            break
        facts[fact] = match[2].strip()
        at = end.end()
    return RawArticle(text)


def _fact(name: str) -> str | None:
    return FACTS.get(re.sub("[ _-]+", " ", name.strip().lower()))


def read_markdown(text: str) -> RawArticle:
    """Read Markdown: what a reader of the rendered page sees, blocks with blank lines between."""
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
            from corpus.parsing.html import visible_text  # lxml takes 50 ms to import

            blocks.append(visible_text(token.content))
        heading = token.tag if token.type == "heading_open" else ""
    return RawArticle("\n\n".join(block for block in blocks if block.strip()), facts)


def _front_matter(text: str) -> tuple[dict[str, str], str]:
    """The `key: value` lines between two `---` at the top, and the rest. No full YAML."""
    match = re.match(r"---[ \t]*\r?\n(.*?\r?\n)?(?:---|\.\.\.)[ \t]*(?:\r?\n|$)", text, re.DOTALL)
    if match is None:
        return {}, text
    facts = {}
    for line in (match[1] or "").splitlines():
        found = _FACT_LINE.fullmatch(line.rstrip())
        if found and (fact := _fact(found[1])):
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
