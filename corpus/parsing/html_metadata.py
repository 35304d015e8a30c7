"""Reads what a web page states about its article: its dates and its language.

Only explicit statements count: JSON-LD (https://schema.org/Article), Open Graph
(https://ogp.me/#type_article) and their relatives. A date that merely stands on the page may be
the date of anything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lxml import etree, html

from corpus.parsing.dates import iso_date

_META = {
    "published": (
        "article:published_time",
        "og:published_time",
        "datepublished",
        "dc.date.issued",
        "dcterms.issued",
        "dcterms.created",
        "parsely-pub-date",
        "sailthru.date",
        "citation_publication_date",
        "pubdate",
    ),
    "updated": (
        "article:modified_time",
        "og:updated_time",
        "datemodified",
        "dc.date.modified",
        "dcterms.modified",
        "article:modified",
        "lastmod",
        "last-modified",
    ),
    "language": ("content-language", "og:locale", "dc.language", "dcterms.language", "language"),
}
"""The names that `<meta>` uses for each fact, the most reliable first, in small letters."""

_OF_ARTICLES = re.compile(r"(?:article|blogposting|report|newsarticle)$", re.IGNORECASE)
_DEEPEST = 8  # levels of JSON-LD
_MARKUP_CHARS = 2_000_000  # beyond that no head is read


def read_metadata(markup: str) -> dict[str, str]:
    """Read `published`, `updated` and `language`, each where the page states it; ISO 8601 dates."""
    root = parse_html(markup[:_MARKUP_CHARS])
    if root is None:
        return {}
    articles = _articles(root)
    facts = {
        "published": _agreed(articles, "datePublished") or _meta_date(root, "published"),
        "updated": _agreed(articles, "dateModified") or _meta_date(root, "updated"),
        "language": root.get("lang") or next(_meta(root, "language"), None),
    }
    return {name: value for name, value in facts.items() if value}


def parse_html(markup: str) -> Any | None:
    """The page's root element; None for an empty page."""
    try:
        return html.document_fromstring(
            markup.encode("utf-8", "replace"), parser=html.HTMLParser(encoding="utf-8")
        )
    except (etree.ParserError, etree.XMLSyntaxError):
        return None


def _meta(root: Any, fact: str) -> Iterator[str]:
    """What `<meta>` and `itemprop` say of a fact, the most reliable first."""
    said: dict[str, str] = {}
    for element in root.iter("meta", "time"):
        value = element.get("content") or element.get("datetime") or ""
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            name = (element.get(attribute) or "").lower()
            if name and value.strip():
                said.setdefault(name, value.strip())
    return (said[name] for name in _META[fact] if name in said)


def _meta_date(root: Any, fact: str) -> str | None:
    return next((found for value in _meta(root, fact) if (found := iso_date(value))), None)


def _agreed(articles: Sequence[Mapping[str, Any]], name: str) -> str | None:
    """The date that all articles in the page share; None where they differ or have none."""
    values = (article.get(name) for article in articles)
    dates = {iso_date(value.strip()) for value in values if isinstance(value, str)}
    dates.discard(None)
    return dates.pop() if len(dates) == 1 else None


def _articles(root: Any) -> list[Mapping[str, Any]]:
    found = []
    for script in root.iter("script"):
        if "ld+json" in (script.get("type") or ""):
            try:
                data = json.loads(script.text or "", strict=False)
            except (ValueError, RecursionError):
                continue
            found += [node for node in _nodes(data) if _is_article(node)]
    return found


def _nodes(data: Any, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """The objects at the top, in lists, and in what the page is mainly about.

    Nothing else is searched, because an article also contains what it only mentions.
    """
    if depth == _DEEPEST:
        return
    if isinstance(data, list):
        for item in data:
            yield from _nodes(item, depth + 1)
    elif isinstance(data, dict):
        yield data
        for name in ("@graph", "mainEntity", "mainEntityOfPage"):
            yield from _nodes(data.get(name), depth + 1)


def _is_article(node: Mapping[str, Any]) -> bool:
    kinds = node.get("@type")
    named = kinds if isinstance(kinds, list) else [kinds]
    return any(isinstance(kind, str) and _OF_ARTICLES.search(kind) for kind in named)
