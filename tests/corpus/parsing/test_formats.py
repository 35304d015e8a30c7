"""PDF, DOCX and EPUB: what is read of them, and the sentence for what cannot be."""

from __future__ import annotations

import textwrap

import pytest

from corpus.errors import Unreadable
from corpus.parsing.extract import Extracted, extract, guess_suffix
from corpus.parsing.pdf import paragraphs
from tests.corpus.parsing.made_files import CONTAINER, epub, pdf, replaced, word, word_of, zipped

ENVOY = (
    "The envoy was recalled on Tuesday because he sang at dinner, the ministry said in a note "
    "that it sent to every newspaper in the capital before the sun was up."
)
BRIDGE = "The bridge opened in 1931 and has been closed twice since then."


def wrapped(text: str, width: int = 60) -> list[str]:
    return textwrap.wrap(text, width)


def test_a_pdf_is_read_in_paragraphs():
    pages = [["Envoy recalled", *wrapped(ENVOY)], wrapped(BRIDGE)]
    assert extract(pdf(pages, title="Envoy recalled after dinner"), "a.pdf") == Extracted(
        f"Envoy recalled\n\n{ENVOY}\n\n{BRIDGE}",
        "Envoy recalled after dinner",
        None,
        None,
        None,
        None,
    )


@pytest.mark.parametrize("title", ["Microsoft Word - note.docx", "untitled", "final2.indd", ""])
def test_what_programs_write_into_a_pdfs_title_is_no_title(title: str):
    assert extract(
        pdf([["Envoy recalled", *wrapped(ENVOY)]], title=title), "a.pdf"
    ).title.startswith("Envoy recalled The envoy")


def test_running_heads_and_page_numbers_are_left_out():
    bodies = [f"Report {'ABCDE'[n]} says at some length that it rained." for n in range(5)]
    pages = [["The Daily, 17 March", body, f"Page {n} of 5"] for n, body in enumerate(bodies, 1)]
    assert " ".join(paragraphs(pages)) == " ".join(bodies)


def test_a_paragraph_goes_on_over_the_page_and_over_a_broken_word():
    assert paragraphs([["A" * 40, "the mini\x02"], ["stry said no.", "B" * 40]]) == [
        f"{'A' * 40} the ministry said no.",
        "B" * 40,
    ]


def test_a_list_is_not_run_together():
    lines = ["• one thing that is rather long and", "goes on", "• another", "2. the second"]
    assert paragraphs([lines]) == [
        "• one thing that is rather long and goes on",
        "• another",
        "2. the second",
    ]


def test_a_word_document_is_read_with_its_tables():
    data = word(ENVOY, BRIDGE, title="Envoy recalled", author="A. Writer", rows=[["a", "b"]])
    assert extract(data, "a.docx") == Extracted(
        f"{ENVOY}\n\n{BRIDGE}\n\na\n\nb", "Envoy recalled", None, None, "A. Writer", None
    )


def test_inserted_words_are_read_and_deleted_ones_are_not():
    body = (
        "<w:p><w:r><w:t xml:space='preserve'>He </w:t></w:r>"
        "<w:del><w:r><w:delText>never </w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>left</w:t></w:r></w:ins><w:hyperlink><w:r><w:t>.</w:t></w:r>"
        "</w:hyperlink></w:p><w:sdt><w:sdtContent><w:p><w:r><w:t>She</w:t><w:br/><w:t>stayed."
        "</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    )
    assert extract(word_of(body), "a.docx").text == "He left.\n\nShe stayed."


def test_a_book_is_read_in_its_order():
    facts = (
        "<dc:title>Envoys</dc:title><dc:creator>A. Writer</dc:creator><dc:language>en-GB"
        "</dc:language><dc:publisher>The House</dc:publisher><dc:date>2021-03-17</dc:date>"
    )
    data = epub([f"<h1>One</h1><p>{ENVOY}</p>", f"<p>{BRIDGE}</p>"], facts=facts)
    assert extract(data, "a.epub") == Extracted(
        f"One\n\n{ENVOY}\n\n{BRIDGE}",
        "Envoys",
        None,
        "The House",
        "A. Writer",
        "2021-03-17",
        None,
        "en-GB",
    )


PDF_DAMAGED = "is not a PDF, or a damaged one; open it and save it again, or leave it out."
NO_TEXT = "has pages, but no text in them; if it was scanned, have the text recognised (OCR) first."
NO_WORD = "is not a Word document, or a damaged one; open it and save it again, or leave it out."
NO_EPUB = "is not an EPUB, or a damaged one; open it and save it again, or leave it out."
NO_ARTICLE = "has no article text; leave it out or save it as .txt."
BOMB = "unpacks to {} MB and the limit is 100 MB; leave it out or save it as .txt."
ZEROS = bytes(300_000_000)
GOOD_WORD = word(ENVOY)
GOOD_EPUB = epub([f"<p>{ENVOY}</p>"])
LAUGHS = (
    '<!DOCTYPE w:document [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
    "<w:p><w:r><w:t>&b;</w:t></w:r></w:p></w:body></w:document>"
)


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.pdf", pdf([[ENVOY]], locked=True),
         "is locked with a password; save a copy of it without one."),
        ("a.pdf", pdf([[], []], drawn=True), NO_TEXT),
        ("a.pdf", pdf([[]] * 10_000), NO_TEXT),
        ("a.pdf", b"%PDF-1.7\n" + b"x" * 5000, PDF_DAMAGED),
        ("a.pdf", pdf([wrapped(ENVOY)])[:300], PDF_DAMAGED),
        ("a.pdf", b"PK\x03\x04", PDF_DAMAGED),
        ("a.docx", replaced(GOOD_WORD, "word/media/a.png", ZEROS), BOMB.format(301)),
        ("a.docx", b"This is no archive.", NO_WORD),
        ("a.docx", GOOD_EPUB, NO_WORD),
        ("a.docx", GOOD_WORD[: len(GOOD_WORD) // 2], NO_WORD),
        ("a.docx", replaced(GOOD_WORD, "word/document.xml", "<w:document"), NO_WORD),
        ("a.docx", replaced(GOOD_WORD, "word/document.xml", b""), NO_WORD),
        ("a.docx", replaced(GOOD_WORD, "[Content_Types].xml", "<Types/>"), NO_WORD),
        ("a.docx", replaced(GOOD_WORD, "word/document.xml", LAUGHS), NO_ARTICLE),
        ("a.docx", word(), NO_ARTICLE),
        ("a.epub", replaced(GOOD_EPUB, "OEBPS/c 0.xhtml", ZEROS), BOMB.format(300)),
        ("a.epub", GOOD_WORD, NO_EPUB),
        ("a.epub", GOOD_EPUB[:-200], NO_EPUB),
        ("a.epub", zipped({"META-INF/container.xml": CONTAINER}), NO_EPUB),
        ("a.epub", epub([]), NO_ARTICLE),
        ("a.epub", epub(["<p>x</p>"], locked=True),
         "is locked by its seller (DRM); it cannot be read here."),
        ("a.epub", replaced(GOOD_EPUB, "OEBPS/c 0.xhtml", "größer".encode("cp1252") * 9),
         ", in OEBPS/c 0.xhtml, is in an encoding that cannot be told for certain; "
         "save it as UTF-8 and try again."),
    ],
)  # fmt: skip
def test_what_is_no_article_is_refused_with_a_sentence(name: str, data: bytes, says: str):
    with pytest.raises(Unreadable) as refusal:
        extract(data, name)
    assert str(refusal.value) == f"{name} {says}".replace(" ,", ",")


@pytest.mark.parametrize(
    ("data", "suffix"),
    [
        (pdf([[BRIDGE]]), ".pdf"),
        (GOOD_WORD, ".docx"),
        (GOOD_EPUB, ".epub"),
        (b"\n<!DOCTYPE html><p>x", ".html"),
        (b"Title: x\n\ny", ".txt"),
        (b"", ".txt"),
    ],
)
def test_the_format_of_a_file_without_a_name_is_seen(data: bytes, suffix: str):
    assert guess_suffix(data) == suffix
