"""Reads feeds: the pages that RSS, Atom and JSON Feed list. sitemaps.py reads sitemaps.

Ill-formed feeds are read as far as possible. Nothing here fetches; crawler.py does.
"""

from __future__ import annotations

import io
import json
from calendar import timegm
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.sax import SAXException

from corpus.canonical_url import absolute
from corpus.errors import FeedError

MAX_ENTRIES = 500  # of a feed; those that are listed first
MAX_TITLE_CHARS = 300
FULL_CHARS = 500  # a feed's content this long may stand in for a page that is refused
_AHEAD = timedelta(days=1)  # clocks and time zones are wrong by hours, not by years
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_HTML = ("text/html", "application/xhtml+xml", "html", "xhtml")


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """What a feed says of one article.

    `url` is an address of the web. `published` and `updated` are ISO 8601 in UTC, None where they
    are missing or cannot be right. `content` is the whole article as HTML, None where the feed has
    only a blurb.
    """

    url: str
    title: str | None = None
    author: str | None = None
    published: str | None = None
    updated: str | None = None
    content: str | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed's entries in its own order, or a sitemap's with the newest first.

    `parts` are the addresses of the sitemaps that a sitemap index lists. `problem` says in words
    for its owner what is wrong with a feed that could be read all the same, None when nothing is.
    """

    title: str | None
    entries: tuple[FeedEntry, ...]
    parts: tuple[str, ...] = ()
    problem: str | None = None


def read_feed(body: bytes, url: str, content_type: str = "", *, now: datetime) -> Feed:
    """Read a feed.

    Args:
        body: Its bytes.
        url: Its address, which its links are relative to.
        content_type: What its server says that it is, "" for nothing.
        now: This moment; a date that is later by more than a day is dropped.

    Raises:
        FeedError: It is no feed.
    """
    if body[:1000].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        return _read_json(body, url, now)
    import feedparser

    read = feedparser.parse(
        io.BytesIO(body),  # never a string: that would be an address or a file to open
        response_headers={"content-location": url, "content-type": content_type},
    )
    if not read.get("version") and not read.entries:
        raise FeedError(f"There is no feed at {url}; name the address of an RSS or Atom feed.")
    problem = None
    if isinstance(read.get("bozo_exception"), SAXException):
        problem = "its XML is not well formed; what could be read of it was"
    entries = [_entry(found, url, now) for found in read.entries[:MAX_ENTRIES]]
    return Feed(_line(read.feed.get("title")), _once(entries), (), problem)


def _entry(found: Any, base: str, now: datetime) -> FeedEntry | None:
    link = found.get("feedburner_origlink") or found.get("link")
    if not link:
        link = next(
            (each.get("href") for each in _parts(found, "links") if each.get("rel") == "alternate"),
            None,
        )
    url = absolute(base, link) if isinstance(link, str) else None
    if url is None:
        return None
    # For a date of update that is missing, feedparser gives that of publication, and a warning.
    updated = dict.get(found, "updated_parsed")
    told = (each.get("value") for each in _parts(found, "content") if each.get("type") in _HTML)
    contents = [text for text in told if isinstance(text, str)]
    return FeedEntry(
        url,
        _line(found.get("title")),
        _line(found.get("author")),
        _moment(found.get("published_parsed"), now),
        _moment(updated, now),
        _full(max(contents, key=len, default="")),
    )


def _parts(found: Any, name: str) -> list[dict[str, Any]]:
    """The dictionaries that feedparser lists under a name; odd feeds have other things there."""
    listed = found.get(name)
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


def _read_json(body: bytes, url: str, now: datetime) -> Feed:
    """Read a JSON Feed (https://www.jsonfeed.org/version/1.1/)."""
    try:
        data = json.loads(body)
        items = data["items"]
        version = str(data["version"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise FeedError(f"There is no JSON Feed at {url}; name the address of a feed.") from error
    if "jsonfeed.org" not in version or not isinstance(items, list):
        raise FeedError(f"There is no JSON Feed at {url}; name the address of a feed.")
    entries = []
    for item in items[:MAX_ENTRIES]:
        if not isinstance(item, dict):
            continue
        link = item.get("url") or item.get("external_url")
        if not link and str(item.get("id")).startswith(("http://", "https://")):
            link = item["id"]
        at = absolute(url, link) if isinstance(link, str) else None
        if at is None:
            continue
        authors = item.get("authors") or [item.get("author")]
        names = [each.get("name") for each in authors if isinstance(each, dict)]
        entries.append(
            FeedEntry(
                at,
                _line(item.get("title")),
                _line(", ".join(name for name in names if isinstance(name, str))),
                parse_moment(item.get("date_published"), now),
                parse_moment(item.get("date_modified"), now),
                _full(item.get("content_html")),
            )
        )
    return Feed(_line(data.get("title")), _once(entries))


def parse_moment(value: object, now: datetime) -> str | None:
    """Read a date of ISO 8601.

    Args:
        value: The date as it stands there.
        now: This moment.

    Returns:
        A day as it is, or a moment in UTC. None for what is no date, or lies before 1990 or more
        than a day ahead.
    """
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    if "T" not in value and ":" not in value:
        return value.strip() if _believable(found.replace(tzinfo=UTC), now) else None
    found = found.replace(tzinfo=found.tzinfo or UTC)
    return found.astimezone(UTC).isoformat() if _believable(found, now) else None


def _moment(parsed: Any, now: datetime) -> str | None:
    """A date that feedparser read, as a struct_time in UTC."""
    if parsed is None:
        return None
    try:
        found = datetime.fromtimestamp(timegm(parsed), UTC)
    except (ValueError, OverflowError, OSError, TypeError, AttributeError):
        return None
    return found.isoformat() if _believable(found, now) else None


def _believable(found: datetime, now: datetime) -> bool:
    return _EARLIEST <= found <= now + _AHEAD


def _full(content: object) -> str | None:
    """Content that may be a whole article, else None."""
    if not isinstance(content, str) or len(content) < FULL_CHARS:
        return None
    return content


def _line(value: object) -> str | None:
    """One line of plain text."""
    if not isinstance(value, str):
        return None
    return " ".join(value.split())[:MAX_TITLE_CHARS] or None


def _once(entries: Iterable[FeedEntry | None]) -> tuple[FeedEntry, ...]:
    return tuple({entry.url: entry for entry in entries if entry is not None}.values())


def find_feed_links(body: bytes, url: str) -> list[str]:
    """Find the feeds that a page names in its head.

    Args:
        body: The page.
        url: Its address, which its links are relative to.

    Returns:
        Their addresses, in the page's order; [] where it names none.
    """
    from lxml import etree, html

    try:
        root = html.document_fromstring(body, parser=html.HTMLParser(encoding="utf-8"))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return []
    kinds = ("application/rss+xml", "application/atom+xml", "application/feed+json")
    links = [
        absolute(url, link.get("href") or "")
        for link in root.iter("link")
        if "alternate" in (link.get("rel") or "").lower()
        and (link.get("type") or "").lower().strip() in kinds
    ]
    return [link for link in links if link is not None]
