"""Reads what an address gave as an article, and finds the address that it is known by."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from corpus.canonical_url import CanonicalUrl, canonical, same_site
from corpus.errors import FetchError, Unreadable
from corpus.parsing.extract import SUFFIXES, Extract, Extracted
from corpus.web.fetch import Fetched, printable
from corpus.web.paywalls import why_no_article

_SUFFIXES = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "text/x-markdown": ".md",
    "application/pdf": ".pdf",
    "application/epub+zip": ".epub",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
}
_IMAGES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF")  # whatever the server calls them
_UNKNOWN_TYPES = ("", "application/octet-stream", "binary/octet-stream", "application/x-download")
_FEED_STARTS = (b"<rss", b"<feed", b"<rdf:rdf", b"<urlset", b"<sitemapindex")


@dataclass(frozen=True, slots=True)
class PageArticle:
    """The article in a page, and its addresses: the one it is known by, and where it was found."""

    article: Extracted
    url: CanonicalUrl
    found_at: CanonicalUrl


def read_page(fetched: Fetched, asked: CanonicalUrl, extract: Extract) -> PageArticle:
    """Read the article in what an address gave.

    Args:
        fetched: What the address gave; its body is there.
        asked: The address.
        extract: Reads a file.

    Returns:
        The article; its `url` is the address that it is known by.

    Raises:
        FetchError: It is none: a sentence that begins with the address.
    """
    body, name = fetched.body or b"", printable(fetched.url)
    if is_feed(body):
        raise FetchError(f"{name} is a feed, not an article; add it with: bot.py feeds add")
    kind, _, _ = fetched.content_type.partition("/")
    kind = "image" if body.startswith(_IMAGES) else kind
    if kind in ("image", "audio", "video", "font"):
        what = {"image": "an image", "audio": "a recording", "video": "a video"}.get(kind, "a font")
        raise FetchError(f"{name} is {what}, not an article; name a page.")
    suffix = _suffix(fetched)
    body = _in_utf8(body, fetched.charset) if suffix in (".html", ".txt", ".md") else body
    found, refusal = None, None
    try:
        found = extract(body, name + suffix)
    except Unreadable as error:
        refusal = error
    if suffix == ".html":
        markup = body.decode("utf-8", "ignore")
        title, text = (found.title, found.text) if found else ("", "")
        if why := why_no_article(markup, title, text, asked, fetched.url):
            raise FetchError(f"{name} {why}.") from refusal
    if found is None:
        said = str(refusal)
        raise FetchError(name + said.removeprefix(name + suffix)) from refusal
    found_at = canonical(fetched.url)
    url = known_address(found_at, found.url)
    return PageArticle(replace(found, url=url), url, found_at)


def known_address(own: CanonicalUrl, says: str | None) -> CanonicalUrl:
    """The address that a page is known by: the one that it names itself, if that can be.

    A page may speak for its own site only, and not when it says that it is the front page, as
    every page of some sites does.

    Args:
        own: Where it was found.
        says: What it names as its address; None where it names none.
    """
    if says is None or not same_site(says, own):
        return own
    said = canonical(says)
    return own if urlsplit(said).path == "/" and not urlsplit(said).query else said


def is_feed(body: bytes) -> bool:
    """Whether these bytes begin as a feed or a sitemap does."""
    start = body[:2000].lower()
    return any(mark in start for mark in _FEED_STARTS) and b"<html" not in start


def _suffix(fetched: Fetched) -> str:
    """The ending for a file with this content, by its type, its address or its first bytes."""
    if known := _SUFFIXES.get(fetched.content_type):
        return known
    ending = PurePosixPath(urlsplit(fetched.url).path).suffix.lower()
    if fetched.content_type in _UNKNOWN_TYPES:
        if ending in SUFFIXES:
            return ending
        starts = (fetched.body or b"")[:1000].lstrip(b"\xef\xbb\xbf \t\r\n")
        return ".pdf" if starts.startswith(b"%PDF") else ".html" if starts[:1] == b"<" else ".txt"
    raise FetchError(
        f"{printable(fetched.url)} is of a kind that holds no article "
        f"({fetched.content_type[:60]}); name a page."
    )


def _in_utf8(body: bytes, charset: str | None) -> bytes:
    """Encode a body as UTF-8. The server's word on its encoding counts more than the page's."""
    if charset is None or charset in ("utf-8", "utf8"):
        return body
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        try:
            text = body.decode(charset)
        except (UnicodeError, LookupError):
            return body
        return body if "\x00" in text else text.encode("utf-8")
    return body
