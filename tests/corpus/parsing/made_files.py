"""Files made for the tests: PDF, DOCX and EPUB, good ones and bad ones."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from io import BytesIO

import docx

WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
)


def pdf(
    pages: Sequence[Sequence[str]], *, title: str = "", locked: bool = False, drawn: bool = False
) -> bytes:
    """A PDF with these lines on its pages, in Helvetica, one below the other.

    `locked` with a password that nobody knows; `drawn`: a rectangle on each page besides.
    """
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    objects.append(b"<</Title(%s)/CreationDate(D:20200101000000Z)>>" % title.encode("latin-1"))
    kids = []
    for lines in pages:
        escaped = (
            line.replace("\\", "\\\\").replace("(", r"\(").replace(")", r"\)") for line in lines
        )
        shown = "".join(f"({line}) Tj 0 -14 Td " for line in escaped)
        content = f"BT /F1 11 Tf 60 780 Td {shown}ET".encode("latin-1") if lines else b""
        content += b" 10 10 200 200 re f" if drawn else b""
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(content), content))
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %d 0 R"
            b"/Resources<</Font<</F1 3 0 R>>>>>>" % len(objects)
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(kids), b" ".join(kids))
    data, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, start=1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    key = b"<" + b"5a" * 32 + b">"
    lock = b"/Encrypt<</Filter/Standard/V 1/R 2/P -4/O %s/U %s>>/ID[<00><00>]" % (key, key)
    return bytes(data) + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<</Size %d/Root 1 0 R/Info 4 0 R%s>>\n"
        b"startxref\n%d\n%%%%EOF\n"
        % (len(objects) + 1, table, len(objects) + 1, lock if locked else b"", len(data))
    )


def word(
    *paragraphs: str, title: str = "", author: str = "", rows: Sequence[Sequence[str]] = ()
) -> bytes:
    """A Word document with these paragraphs, and a table of these rows."""
    made = docx.Document()
    for text in paragraphs:
        made.add_paragraph(text)
    if rows:
        table = made.add_table(0, len(rows[0]))
        for row in rows:
            for cell, text in zip(table.add_row().cells, row, strict=True):
                cell.text = text
    made.core_properties.title = title
    made.core_properties.author = author
    file = BytesIO()
    made.save(file)
    return file.getvalue()


def word_of(body: str) -> bytes:
    """A Word document with this XML in its body."""
    document = f"<w:document {WORD}><w:body>{body}</w:body></w:document>"
    return replaced(word("x"), "word/document.xml", document)


def epub(chapters: Sequence[str], *, facts: str = "", locked: bool = False) -> bytes:
    """A book with these chapters (what is in their `<body>`) and this in its metadata."""
    items = "".join(
        f'<item id="c{n}" href="c%20{n}.xhtml" media-type="application/xhtml+xml"/>'
        for n in range(len(chapters))
    )
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(len(chapters)))
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<metadata>{facts}</metadata><manifest>"
        '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
        f'{items}</manifest><spine><itemref idref="nav"/>{spine}</spine></package>'
    )
    files = {"META-INF/container.xml": CONTAINER, "OEBPS/book.opf": package}
    files["OEBPS/nav.xhtml"] = "<html><body>Contents</body></html>"
    for number, chapter in enumerate(chapters):
        files[f"OEBPS/c {number}.xhtml"] = f"<html><body>{chapter}</body></html>"
    if locked:
        files["META-INF/encryption.xml"] = (
            '<encryption xmlns:e="http://www.w3.org/2001/04/xmlenc#">'
            '<e:CipherReference URI="OEBPS/c%200.xhtml"/></encryption>'
        )
    return zipped(files)


def zipped(files: dict[str, str | bytes]) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def replaced(data: bytes, name: str, content: str | bytes) -> bytes:
    """An archive with another file in the place of one."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        files: dict[str, str | bytes] = {one: archive.read(one) for one in archive.namelist()}
    return zipped(
        {**{one: held for one, held in files.items() if one != "mimetype"}, name: content}
    )
