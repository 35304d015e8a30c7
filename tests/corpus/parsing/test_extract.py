"""Files to articles: what is kept, what is known, and what is refused with which sentence."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import Unreadable
from corpus.parsing.extract import MAX_BYTES, Extracted, extract

RUSSIAN = "Россия в среду отозвала своего посла. Министерство не назвало причин этого шага. "
PAGE = """<!doctype html><html><head><title>Recall &amp; more</title>
<meta property="og:site_name" content="The Daily Example">
<link rel="canonical" href="https://daily.example/recall">
<meta property="article:published_time" content="2021-03-17T10:00:00Z">
<script>var hidden = "Biden resigned.";</script></head><body><nav>Home | World</nav>
<article><h1>Recall &amp; more</h1>
<p>Russia recalled its ambassador on Wednesday &mdash; without giving any reason at all.</p>
<p>The ministry&#8217;s spokeswoman said that relations were in a <b>difficult</b> state.</p>
</article></body></html>"""


def txt(text: str) -> Extracted:
    return extract(text.encode(), "a.txt")


def test_a_text_is_kept_to_the_letter():
    assert txt("One.\r\n\r\n  Two.\n\n").text == "One.\r\n\r\n  Two.\n\n"


def test_a_header_gives_the_facts():
    found = txt(
        "Title: The recall\nSource: The Daily Example\nDate: March 17, 2021\nAuthor: A. Writer\n"
        "URL: https://daily.example/recall\nUpdated: 18 March 2021\nLanguage: pt_BR\n\n"
        "Russia recalled him.\n"
    )
    assert found == Extracted(
        "Russia recalled him.\n",
        "The recall",
        "https://daily.example/recall",
        "The Daily Example",
        "A. Writer",
        "2021-03-17",
        "2021-03-18",
        "pt-BR",
    )


def test_unknown_facts_are_unknown_and_the_opening_words_are_the_title():
    found = txt("Title: unknown\nSource: Unknown\nDate:\n\n" + "Russia recalled him today " * 9)
    assert (found.source, found.published, found.url) == (None, None, None)
    assert found.title.startswith("Russia recalled him today Russia")
    assert found.title.endswith("…")
    assert len(found.title) <= 81


@pytest.mark.parametrize(
    "text",
    [
        "Title: a play in one line",
        "Note: this is no header.\n\nText.",
        "Title: It\nAnd this goes on: and on.\n\nText.",
        "Source: one fact is not enough.\n\nText.",
    ],
)
def test_what_only_looks_like_a_header_is_text(text: str):
    assert txt(text).text == text


def test_markdown_is_read_as_it_is_rendered():
    found = extract(
        b"---\ntitle: 'Recall'\ndate: 2021-03-17\nlast-modified: 2021-04-01\nlayout: post\n---\n"
        b"# Big news\n\nRussia [recalled](https://x.example) its **ambassador**\n"
        b"on `Wednesday` &mdash; home."
        b"\n\n- one\n- two\n\n> quoted\n\n```\ncode\n```\n\n| a | b |\n|---|---|\n| c | d |\n\n"
        b"![picture](p.png)\n\n<div>raw <b>html</b></div>\n",
        "a.md",
    )
    assert found.title == "Recall"
    assert (found.published, found.updated) == ("2021-03-17", "2021-04-01")
    assert found.text.split("\n\n") == [
        "Big news",
        "Russia recalled its ambassador on Wednesday — home.",
        "one",
        "two",
        "quoted",
        "code",
        "a",
        "b",
        "c",
        "d",
        "raw html",
    ]


def test_the_first_heading_is_the_title_of_markdown():
    assert (
        extract(b"Text.\n\n## Small\n\n# Big *news*\n\n# Other\n", "a.markdown").title == "Big news"
    )


def test_a_page_is_read_without_what_is_around_the_article():
    found = extract(PAGE.encode(), "a.html")
    assert found.text.split("\n\n")[-2:] == [
        "Russia recalled its ambassador on Wednesday — without giving any reason at all.",
        "The ministry’s spokeswoman said that relations were in a difficult state.",
    ]
    assert "resigned" not in found.text
    assert "Home" not in found.text
    assert (found.title, found.source) == ("Recall & more", "The Daily Example")
    assert (found.url, found.published) == (
        "https://daily.example/recall",
        "2021-03-17T10:00:00+00:00",
    )


def test_a_page_in_its_declared_encoding():
    page = f'<meta charset="windows-1251"><title>Посол</title><p>{RUSSIAN * 3}</p>'
    assert RUSSIAN.strip() in extract(page.encode("cp1251"), "a.html").text


def test_a_page_too_small_for_the_extractor_is_read_whole():
    found = extract(b"<title>Hi &lt;3</title><h1>Hi</h1><p>He <i>left</i>.<br>She stayed.", "a.htm")
    assert found.text.split("\n\n") == ["Hi", "He left.", "She stayed."]
    assert found.title == "Hi"


def test_a_small_page_without_head_and_body_is_read():
    found = extract(b"<!doctype html><title>Hi</title><article><p>He left.</p></article>", "a.html")
    assert (found.title, found.text) == ("Hi", "He left.")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("\ufeffRussia.".encode(), "Russia."),
        ("Russia.".encode("utf-16"), "Russia."),
        ((RUSSIAN * 3).encode("cp1251"), RUSSIAN * 3),
        ((RUSSIAN * 3).encode("koi8-r"), RUSSIAN * 3),
        ("He said “I do” and that was that, as ever. ".encode("cp1252") * 4, None),
    ],
)
def test_another_encoding_is_read_where_it_is_certain(data: bytes, text: str | None):
    expected = text or "He said “I do” and that was that, as ever. " * 4
    assert extract(data, "a.txt").text == expected


EMPTY = "is empty; leave it out or fill it."
NO_TEXT = "has no article text; leave it out or save it as .txt."
ENCODING = "is in an encoding that cannot be told for certain; save it as UTF-8 and try again."
NOT_TEXT = "give it the ending that it should have, save it as text, or leave it out."


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.txt", b"", f"a.txt {EMPTY}"),
        ("a.txt", b" \r\n\t ", f"a.txt {EMPTY}"),
        ("a.txt", b"\xef\xbb\xbf", f"a.txt {EMPTY}"),
        ("a.md", b"---\ntitle: x\n---\n", f"a.md {NO_TEXT}"),
        ("a.html", b"<html><script>x</script>", f"a.html {NO_TEXT}"),
        ("a.doc", b"x", "a.doc is not a .txt, .md, .html, .pdf, .docx or .epub file; "
                        "save it as one of these."),
        ("a.html", b"\xff\xd8\xff\xe0", f"a.html is not text: it looks like an image; {NOT_TEXT}"),
        ("a.txt", b"%PDF-1.7 ...", f"a.txt is not text: it looks like a PDF; {NOT_TEXT}"),
        ("a.md", b"\x89PNG\r\n\x1a\n\x00", f"a.md is not text: it looks like an image; {NOT_TEXT}"),
        ("a.txt", bytes(range(256)) * 9, f"a.txt is not text: it holds binary data; {NOT_TEXT}"),
        ("a.txt", b"\x01\x02\x03", f"a.txt is not text: it holds control characters; {NOT_TEXT}"),
        ("a.txt", "Das ist größer".encode("cp1252"), f"a.txt {ENCODING}"),
        ("a.txt", "naïve café façade".encode() + b" \xe9", f"a.txt {ENCODING}"),
        (
            "a.txt",
            b"x" * (MAX_BYTES + 1),
            "a.txt has 10 MB and the limit is 10 MB; split it into smaller files.",
        ),
    ],
)  # fmt: skip
def test_what_is_no_article_is_refused_with_a_sentence(name: str, data: bytes, says: str):
    with pytest.raises(Unreadable) as refusal:
        extract(data, name)
    assert str(refusal.value) == says


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2021-03-17", "2021-03-17"),
        ("2021-03-17T10:00:00+01:00", "2021-03-17T10:00:00+01:00"),
        ("17 March 2021", "2021-03-17"),
        ("March 17th, 2021", "2021-03-17"),
        ("Mar 17, 2021", "2021-03-17"),
        ("Wed, 17 Mar 2021 10:00:00 +0000", "2021-03-17T10:00:00+00:00"),
        ("2021", "2021"),
        ("03/04/2021", None),
        ("last Wednesday", None),
        ("unknown", None),
    ],
)
def test_a_date_is_a_day_or_it_is_unknown(written: str, read: str | None):
    assert txt(f"Title: x\nDate: {written}\n\nText.").published == read


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "file:///etc/passwd", "example.com", "https://", "http://[x", ""]
)
def test_only_addresses_of_the_web_are_kept(url: str):
    assert txt(f"Title: x\nURL: {url}\n\nText.").url is None


def test_a_title_is_one_clean_line():
    assert txt("Title: \u202eA\u200b  B\x07 C\n\nText.").title == "A B C"


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(str.strip))
def test_a_text_without_header_comes_back_exactly(text: str):
    body = "Once: " + text
    assert txt(body).text == body


@given(st.binary(max_size=300), st.sampled_from([".txt", ".md", ".html"]))
@settings(deadline=None, max_examples=300)
def test_no_bytes_do_anything_but_become_text_or_be_refused(data: bytes, suffix: str):
    try:
        found = extract(data, "a" + suffix)
    except Unreadable:
        return
    assert found.title
    assert found.text.strip()
    assert not {"\x00", "\ud800"} & set(found.text)


@pytest.mark.parametrize(
    "page",
    ["<div>" * 20_000 + "deep", "<p>unclosed " * 100_000, "<table><tr><td>x" * 3000, "&" * 300_000],
    ids=["deep", "unclosed", "tables", "entities"],
)
def test_a_page_made_to_hang_does_not(page: str):
    started = time.monotonic()
    with suppress(Unreadable):
        extract(page.encode(), "a.html")
    assert time.monotonic() - started < 60
