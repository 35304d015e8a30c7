"""Files read in other processes: the same articles, and an end to whatever does not end."""

from __future__ import annotations

import os
import time

import pytest

from corpus.errors import Unreadable
from corpus.parsing.extract import extract
from corpus.parsing.sandbox import Sandbox, SandboxLimits
from tests.corpus.parsing.made_files import epub, pdf, replaced, word

BAD = "tests.corpus.parsing.bad_sandbox_process"
NAMES = {"die": "is damaged in a way that ends the program that reads it",
         "half": "is damaged in a way that ends the program that reads it",
         "noise": "is damaged in a way that ends the program that reads it",
         "endless": "is damaged in a way that ends the program that reads it",
         "sleep": "cannot be read within 1 seconds",
         "memory": "needs more than 200 MB of memory to be read"}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.txt", b"Title: Envoys\n\nHe left."),
        ("a.md", b"# Envoys\n\nHe *left*."),
        ("a.html", b"<html lang=en><title>Envoys</title><p>He left \xe2\x80\x94 for good.</p>"),
        ("a.pdf", pdf([["He left."]], title="Envoys")),
        ("a.docx", word("He left.", title="Envoys")),
        ("a.epub", epub(["<p>He left.</p>"])),
    ],
)
def test_what_is_read_elsewhere_is_what_is_read_here(name: str, data: bytes):
    with Sandbox(1) as sandbox:
        assert sandbox.extract(data, name) == extract(data, name)
        assert sandbox.submit(lambda: data, name).result() == extract(data, name)


def test_a_file_name_that_is_no_unicode_is_read_as_any():
    with Sandbox(1) as sandbox:
        assert sandbox.extract(b"# Envoys\n\nHe left.", "a\udce9.md").title == "Envoys"
        with pytest.raises(Unreadable, match=r"\.md is empty"):
            sandbox.extract(b"", "a\udce9.md")


def test_a_refusal_comes_back_as_it_is():
    with Sandbox(1) as sandbox, pytest.raises(Unreadable) as refusal:
        sandbox.extract(b"\x89PNG", "a.html")
    assert str(refusal.value).startswith("a.html is not text: it looks like an image; ")


def test_a_file_that_fills_the_memory_is_refused_and_the_next_is_read():
    """A document well within what it may unpack to, of which a parser makes far more."""
    body = "<w:p/>" * 5_000_000
    document = (
        '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        f"<w:body>{body}</w:body></w:document>"
    )
    bomb = replaced(word("x"), "word/document.xml", document)
    with Sandbox(1, SandboxLimits(memory=400_000_000)) as sandbox:
        with pytest.raises(Unreadable) as refusal:
            sandbox.extract(bomb, "a.docx")
        assert str(refusal.value) == (
            "a.docx needs more than 400 MB of memory to be read; leave it out or save it as .txt."
        )
        assert sandbox.extract(word("He left."), "b.docx").text == "He left."


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit of the processor's time")
def test_a_file_that_takes_too_much_of_the_processor_is_refused():
    endless = b"<p>It <i>rained</i> again.</p>" * 300_000
    with Sandbox(1, SandboxLimits(cpu_s=1)) as sandbox, pytest.raises(Unreadable) as refusal:
        sandbox.extract(endless, "a.html")
    assert str(refusal.value) == (
        "a.html cannot be read within 1 seconds; leave it out or save it as .txt."
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_breaks_its_reader_is_refused_and_the_next_is_read(name: str):
    wall_s = 4 if name == "sleep" else 60  # starting the process may take a second
    with Sandbox(1, SandboxLimits(200_000_000, 1, wall_s), BAD) as sandbox:
        for _ in range(2):
            with pytest.raises(Unreadable) as refusal:
                sandbox.extract(b"", f"{name}.html")
            assert str(refusal.value) == (
                f"{name}.html {NAMES[name]}; leave it out or save it as .txt."
            )
        assert sandbox.extract(b"hello", "pid.html").text.endswith(" hello")


def test_what_others_left_in_a_process_is_not_held_against_a_file():
    with Sandbox(1, SandboxLimits(), BAD) as sandbox:
        first, second = (sandbox.extract(b"", "pid.html").text for _ in range(2))
        assert first == second
        with pytest.raises(Unreadable):
            sandbox.extract(b"", "memory.html")
        assert sandbox.extract(b"", "pid.html").text != first


def test_closing_ends_processes_that_are_at_work():
    sandbox = Sandbox(2, SandboxLimits(), BAD)
    pid = int(sandbox.extract(b"", "pid.html").text)
    waiting = [sandbox.submit(lambda: b"", "sleep.html") for _ in range(5)]
    time.sleep(0.2)
    started = time.monotonic()
    sandbox.close()
    assert time.monotonic() - started < 30
    assert all(future.done() for future in waiting)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
