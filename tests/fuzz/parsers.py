"""What strangers' bytes go through, one function each: nothing may come out but our own errors.

Each also holds what it found against what must be true of it. `python -m tests.fuzz.run NAME` has
them called by atheris, and test_cases.py with the cases that were ever found.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

from corpus.canonical_url import absolute, canonical
from corpus.errors import CorpusError
from corpus.parsing.extract import Extracted, extract, normalised
from corpus.parsing.office import read_docx, read_epub
from corpus.segmentation.splitter import passages
from corpus.web.feeds import find_feed_links, read_feed
from corpus.web.opml import read_opml
from corpus.web.sitemaps import read_sitemap
from retrieval.errors import AskerError
from retrieval.language.periods import find_period
from retrieval.query.false_premise import find_contradiction
from retrieval.query.question import Question
from retrieval.query.rewrite import rewrite_follow_up
from retrieval.writing.prompts import ReplyRejected, parse_reply, sanitized
from tests.corpus.parsing.made_files import epub, replaced, word_of

NOW = datetime(2026, 3, 17, tzinfo=UTC)
URL = "https://news.example/a"
MAX_SPLIT = 20_000  # characters: the rest says nothing new, and takes time
_DOCX = word_of("<w:p><w:r><w:t>Text.</w:t></w:r></w:p>")
_EPUB = epub(["<p>Text.</p>"])


def _file(suffix: str) -> Callable[[bytes], None]:
    def read(data: bytes) -> None:
        with suppress(CorpusError):
            _hold(extract(data, f"file{suffix}"))

    return read


def _hold(found: Extracted) -> None:
    """What must be true of an article, whatever it was made of."""
    assert found.text.strip()
    assert "\x00" not in found.text
    found.text.encode("utf-8")
    for fact in (found.title, found.source, found.author, found.published, found.updated):
        assert fact is None or (fact.strip() == fact and "\n" not in fact)
    text = found.text[:MAX_SPLIT]
    for passage in passages(text):
        assert 0 <= passage.start < passage.end <= len(text)
        for sentence in passage.sentences:
            assert passage.start <= sentence.start < sentence.end <= passage.end


def docx(data: bytes) -> None:
    """Half of the time a whole archive, half of the time what stands in a sound one."""
    whole = data[1:] if data[:1] < b"\x80" else replaced(_DOCX, "word/document.xml", data[1:])
    with suppress(CorpusError):
        _hold(normalised(read_docx(whole, "file.docx"), "file.docx"))


def epub_(data: bytes) -> None:
    """The same; what stands in it is a chapter, or the list of them."""
    kind, rest = data[:1], data[1:]
    whole = rest
    if kind >= b"\xa0":
        whole = replaced(_EPUB, "OEBPS/c 0.xhtml", rest)
    elif kind >= b"\x40":
        whole = replaced(_EPUB, "OEBPS/book.opf", rest)
    with suppress(CorpusError):
        _hold(normalised(read_epub(whole, "file.epub"), "file.epub"))


def feed(data: bytes) -> None:
    kinds = ("", "application/rss+xml", "application/feed+json", "text/html")
    kind = kinds[data[0] % len(kinds)] if data else ""
    with suppress(CorpusError):
        for entry in read_feed(data[1:], URL, kind, now=NOW).entries:
            assert entry.url.startswith(("http://", "https://"))
    for link in find_feed_links(data[1:], URL):
        assert link.startswith(("http://", "https://"))


def lists(data: bytes) -> None:
    """Sitemaps and OPML."""
    with suppress(CorpusError):
        for entry in read_sitemap(data, URL, 1_000_000, now=NOW).entries:
            assert entry.url.startswith(("http://", "https://"))
    with suppress(CorpusError):
        read_opml(data, "feeds.opml")


def address(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    for url in (text, f"https://news.example/{text}", f"https://{text}"):
        once = canonical(url)
        assert canonical(once) == once
        link = absolute(URL, url)
        assert link is None or link.lower().startswith(("http://", "https://"))


def question(data: bytes) -> None:
    """What a member asks, and what the articles are said to say."""
    asked, _, said = data.decode("utf-8", "replace").partition("\n")
    with suppress(AskerError):
        whole = Question.of(asked, NOW, [said])
        find_period(rewrite_follow_up(whole.text, whole.earlier).text, NOW)
        find_contradiction(whole.text, [said])


def reply(data: bytes) -> None:
    """What a language model answers, or else what its statements say."""
    said = data[1:].decode("utf-8", "replace")
    if data[:1] >= b"\x80":
        rows = [{"text": row, "sentences": [1]} for row in said.split("\n")]
        said = json.dumps({"statements": rows})
    with suppress(ReplyRejected):
        for row in parse_reply(said, 3):
            assert all(1 <= number <= 3 for number in row.sentences)
            assert row.text == sanitized(row.text) != ""


PARSERS: dict[str, Callable[[bytes], None]] = {
    "text": _file(".txt"),
    "markdown": _file(".md"),
    "html": _file(".html"),
    "pdf": _file(".pdf"),
    "docx": docx,
    "epub": epub_,
    "feed": feed,
    "lists": lists,
    "address": address,
    "question": question,
    "reply": reply,
}
