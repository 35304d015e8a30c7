"""Where fuzzing begins: a few sound inputs of each kind."""

from __future__ import annotations

from tests.corpus.parsing.made_files import epub, pdf, word_of

_PAGE = (
    b"<!doctype html><html lang=en><head><meta charset=utf-8><title>Envoy recalled</title>"
    b'<meta property="article:published_time" content="2026-03-16T10:00:00Z">'
    b'<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Envoy"}</script>'
    b"</head><body><article><h1>Envoy recalled</h1><p>The envoy was recalled on Tuesday because he "
    b"sang at dinner.</p><ul><li>One<li>Two</ul><table><tr><td>1<td>2</table></article></body></html>"
)
_RSS = (
    b'<?xml version="1.0"?><rss version="2.0"><channel><title>Daily</title><item><title>A</title>'
    b"<link>/a</link><pubDate>Mon, 16 Mar 2026 10:00:00 GMT</pubDate><description>&lt;p&gt;x"
    b"</description></item></channel></rss>"
)
_ATOM = (
    b'<feed xmlns="http://www.w3.org/2005/Atom"><title>Daily</title><entry><title>A</title>'
    b'<link href="/a"/><updated>2026-03-16T10:00:00Z</updated></entry></feed>'
)
_JSON = (
    b'{"version": "https://jsonfeed.org/version/1.1", "title": "Daily", "items": [{"id": "1", '
    b'"url": "/a", "date_published": "2026-03-16T10:00:00Z", "content_html": "<p>x</p>"}]}'
)
_SITEMAP = (
    b'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>'
    b"https://news.example/a</loc><lastmod>2026-03-16</lastmod></url></urlset>"
)
_OPML = b'<opml version="2.0"><body><outline xmlUrl="https://news.example/feed"/></body></opml>'
_OPF = (
    b'<package xmlns="http://www.idpf.org/2007/opf"><manifest><item id="a" href="c 0.xhtml" '
    b'media-type="application/xhtml+xml"/></manifest><spine><itemref idref="a"/></spine></package>'
)
_WORDS = (
    b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
    b"<w:p><w:r><w:t>Text.</w:t></w:r></w:p></w:body></w:document>"
)
_TEXT = (
    "Title: Envoy\nSource: Daily\nDate: 2026-03-16\nURL: https://a.example/b\n\nHe sang. It rained."
)

_SEEDS: dict[str, list[bytes]] = {
    "text": [
        _TEXT.encode(),
        _TEXT.encode("utf-16"),
        "Ünïcödé — “quoted”.".encode("cp1252", "replace"),
    ],
    "markdown": [
        b"---\ntitle: Envoy\ndate: 2026-03-16\n---\n# Envoy\n\n* He *sang*.\n* `x`\n\n> q\n\n|a|b|\n|-|-|\n"
    ],
    "html": [_PAGE, b"<p>x", _PAGE.replace(b"utf-8", b"windows-1251")],
    "pdf": [pdf([["The envoy was recalled.", "He sang."]])],
    "docx": [b"\x00" + word_of("<w:p><w:r><w:t>Text.</w:t></w:r></w:p>"), b"\xff" + _WORDS],
    "epub": [b"\x00" + epub(["<p>Text.</p>"]), b"\x50" + _OPF, b"\xff<html><p>Text.</p></html>"],
    "feed": [b"\x00" + one for one in (_RSS, _ATOM, _JSON)] + [b"\x02" + _JSON, b"\x03" + _PAGE],
    "lists": [_SITEMAP, _OPML],
    "address": [
        b"https://news.example:443/a/../b?utm_source=x&b=1#c",
        b"b\xc3\xbccher.example/%7e",
    ],
    "question": [
        b"And when was he recalled last week?\nWhy was Antonov recalled by Russia on 3 March 2021?",
        b"Did Putin call Biden?\nBiden called Putin on Tuesday.",
    ],
    "reply": [
        b' {"statements": [{"text": "He sang. [1]", "sentences": [1]}]}',
        b" ```json\n{}\n```",
        b"\x80" + "He sang. [1]\n[2, 3] <@1> \u202e[\u200b4]".encode(),
    ],
}


def seeds(name: str) -> list[bytes]:
    return _SEEDS[name]
