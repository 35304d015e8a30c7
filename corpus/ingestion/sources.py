"""Finds the files to read, and makes articles, with their ids, of what was read."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from urllib.parse import urlsplit

from corpus.article import Article, ArticleInfo
from corpus.canonical_url import CanonicalUrl, canonical
from corpus.errors import Unreadable
from corpus.parsing.extract import KINDS, SUFFIXES, Extracted, max_bytes, too_large


@dataclass(frozen=True, slots=True)
class Source:
    """Something to be read: `load` gives its bytes, and the ending of `name` tells the format.

    The id of an article without an address comes from `key`, or from its title where that is "".
    `origin` is as in ArticleInfo. `load` is called in another thread, and may raise Unreadable.
    """

    name: str
    load: Callable[[], bytes]
    key: str
    origin: str | None = None


def find_files(paths: Iterable[Path]) -> Iterator[Path]:
    """Find the files to read: those named, and in folders those with a known suffix.

    Folders are walked in the order of their names. Hidden files and folders are left out;
    links are followed, and no folder is walked twice. A folder that cannot be listed comes back
    itself; loading it says why.
    """
    seen: set[tuple[int, int]] = set()
    for path in paths:
        yield from _files(path, seen) if path.is_dir() else [path]


def _files(folder: Path, seen: set[tuple[int, int]]) -> Iterator[Path]:
    try:
        about = folder.stat()
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        yield folder
        return
    if (about.st_dev, about.st_ino) in seen:
        return
    seen.add((about.st_dev, about.st_ino))
    for entry in entries:
        path = Path(entry.path)
        if entry.name.startswith("."):
            continue
        if path.is_dir():
            yield from _files(path, seen)
        elif path.suffix.lower() in SUFFIXES:
            yield path


def file_source(path: Path) -> Source:
    """A file as a Source; the key is its full path, as a URI."""
    place = Path(os.path.realpath(path))  # Path.resolve raises where links go in a circle
    origin = os.fsencode(place).decode("utf-8", "replace")
    return Source(path.name, lambda: _bytes(path), place.as_uri(), origin)


def _bytes(path: Path) -> bytes:
    """Raises Unreadable."""
    try:
        about = path.stat()
        if stat.S_ISDIR(about.st_mode):
            raise Unreadable(f"{path.name} is a folder that cannot be listed; allow reading it.")
        if not stat.S_ISREG(about.st_mode):
            raise Unreadable(f"{path.name} is not a file; name a {KINDS} file.")
        if about.st_size > max_bytes(path.name):
            raise too_large(path.name, about.st_size)
        return path.read_bytes()
    except FileNotFoundError as error:
        raise Unreadable(f"{path} is not there; check the name.") from error
    except OSError as error:
        raise Unreadable(f"{path.name} cannot be read: {error.strerror or error}.") from error


def article_from(found: Extracted, source: Source) -> Article:
    """Make an article of what was read from a source.

    Its id comes from its address if it has one, else from the source's key, else from its title.

    Args:
        found: What was read.
        source: Where.
    """
    if found.url:
        key = id_of_address(canonical(found.url))
    else:
        key = article_id(source.key or f"title:{found.title}", PurePath(source.name).stem)
    return build_article(found, key, source.origin)


def build_article(found: Extracted, article_id: str, origin: str | None = None) -> Article:
    """Make an article of what was read.

    Args:
        found: What was read.
        article_id: Its id.
        origin: The file it was read from, if it was a file.

    Returns:
        Its first version; the store counts on where there are others.
    """
    info = ArticleInfo(
        id=article_id,
        version=1,
        title=found.title,
        url=found.url,
        source=found.source,
        author=found.author,
        published=found.published,
        updated=found.updated,
        language=found.language,
        origin=origin,
    )
    return Article(info, found.text)


def id_of_address(url: CanonicalUrl) -> str:
    """The id of the article at an address."""
    return article_id(url, urlsplit(url).hostname or "")


def article_id(key: str, name: str) -> str:
    """Make an article's id: a part that people can read, and a part that makes it unique.

    Args:
        key: The same key gives the same id for the same name.
        name: The readable part is made of its letters and digits.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain)[:18].strip("-")
    return f"{slug or 'article'}-{hashlib.sha256(key.encode()).hexdigest()[:12]}"
