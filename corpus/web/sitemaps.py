"""Reads sitemaps, news sitemaps and sitemap indexes.

The protocol: https://www.sitemaps.org/protocol.html
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from corpus.canonical_url import absolute, same_site
from corpus.errors import FeedError
from corpus.web.decompress import decompressor
from corpus.web.feeds import Feed, FeedEntry, parse_moment

MAX_PAGES = 2000  # a site's archive may have millions; the newest are read, in some minutes
MAX_PARTS = 10
_NAMES = (b"<urlset", b"<sitemapindex")


def is_sitemap(body: bytes) -> bool:
    """Whether these bytes begin as a sitemap or a sitemap index does, compressed or not."""
    start = body[:2000].lower()
    return body.startswith(b"\x1f\x8b") or any(name in start for name in _NAMES)


def read_sitemap(body: bytes, url: str, max_bytes: int, *, now: datetime) -> Feed:
    """Read the newest pages that a sitemap lists, or the newest parts of a sitemap index.

    Args:
        body: Its bytes, compressed with gzip or not.
        url: Its address; pages of other sites are left out.
        max_bytes: The most that it may decompress to.
        now: This moment; a date that is later by more than a day is dropped.

    Raises:
        FeedError: It is no sitemap, or lists nothing.
        FetchError: It is too large, or damaged.
    """
    if body.startswith(b"\x1f\x8b"):
        packed = decompressor(url, "gzip", max_bytes)
        packed.take(body)
        body = packed.whole()
    rows = list(_rows(body))
    if not rows:
        raise FeedError(f"There is no sitemap at {url}, or nothing in it; name another address.")
    found = []
    for kind, facts in rows:
        at = absolute(url, facts.get("loc", ""))
        if at is not None and same_site(at, url):  # the protocol allows no others
            changed = parse_moment(facts.get("lastmod"), now)
            published = parse_moment(facts.get("publication_date"), now)
            found.append((kind, FeedEntry(at, facts.get("title"), None, published, changed)))
    found.sort(key=lambda each: each[1].updated or each[1].published or "", reverse=True)
    pages = [entry for kind, entry in found if kind == "url"]
    parts = [entry.url for kind, entry in found if kind == "sitemap"]
    left = len(pages) - MAX_PAGES
    return Feed(
        None,
        tuple(pages[:MAX_PAGES]),
        tuple(parts[:MAX_PARTS]),
        f"it lists {left:,} more pages than the {MAX_PAGES:,} newest, which are read"
        if left > 0
        else None,
    )


def _rows(body: bytes) -> Iterator[tuple[str, dict[str, str]]]:
    """Each "url" or "sitemap" with its facts; ill-formed XML is read as far as possible."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    try:
        root: Any = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        return
    for row in root if root is not None else ():
        kind = _local(row)
        if kind in ("url", "sitemap"):
            facts: dict[str, str] = {}
            for fact in row.iter():
                name = _local(fact)
                if fact.text and name in ("loc", "lastmod", "publication_date", "title"):
                    facts.setdefault(name, " ".join(fact.text.split()))
            yield kind, facts


def _local(node: Any) -> str:
    """An element's name without its namespace; "" for a comment."""
    return str(node.tag).rpartition("}")[2] if isinstance(node.tag, str) else ""
