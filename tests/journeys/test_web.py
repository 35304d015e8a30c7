"""Articles come in from the web, as people in the terminal have them come."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web as http

import bot
from corpus.storage.locations import library_file
from corpus.web.fetch import Fetcher
from terminal.settings import load_settings
from tests.corpus.web.small_web import Web, saying, serving
from tests.corpus.web.test_crawler import article, item, rss


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as made:
        yield made


@pytest.fixture
def run(web: Web, tmp_path: Path, monkeypatch: Any, capsys: Any) -> Any:
    monkeypatch.setenv("FOOTNOTE_DATA_DIR", str(tmp_path / "data"))

    def run(*arguments: str) -> tuple[int, str, str]:
        status = bot.main(
            arguments,
            make_fetcher=lambda: Fetcher(resolve=web.resolve, is_allowed=web.is_allowed),
        )
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return status, said.out, said.err

    return run


ENVOY = "The envoy was recalled on Tuesday because he sang at dinner. Twelve guests had left."


def test_an_address_and_a_file_in_one_command(run: Any, web: Web, tmp_path: Path):
    note = tmp_path / "note.txt"
    note.write_text("Title: Bridge\n\nThe Quux bridge opened in 1931.")
    url = web.url("news.example/envoy")
    web.pages["news.example/envoy"] = saying(article("Envoy recalled", ENVOY))
    status, out, err = run("ingest", str(note), url, "http://127.0.0.1/")
    assert status == 1
    assert out == "2 added, 0 changed, 0 unchanged, 1 refused; the library has 2 articles.\n"
    assert err == (
        "footnote: 127.0.0.1 is not on the public internet, and Footnote reads nothing else; "
        "save the page as a file and add that.\n"
    )
    status, out, _ = run("ask", "Why was the envoy recalled?")
    assert status == 0
    assert "because he sang at dinner" in out
    assert f"{url}#:~:text=" in out
    web.pages["news.example/envoy"] = saying(
        article("Envoy recalled", ENVOY.replace("Twelve", "Fourteen"))
    )
    status, out, _ = run("ingest", url + "?utm_source=mail")
    assert (status, out) == (
        0,
        "Envoy recalled: Twelve → Fourteen\n"
        "0 added, 1 changed, 0 unchanged, 0 refused; the library has 2 articles.\n",
    )


def test_ctrl_c_while_addresses_are_read_keeps_what_was_read(run: Any, web: Web):
    # Where the tests run in the background, the shell has them ignore it.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    web.pages["slow.example/b"] = saying(article("Bridge", "The Quux bridge opened in 1931. " * 4))

    async def interrupting(request: http.Request) -> http.StreamResponse:
        while True:
            with closing(
                sqlite3.connect(library_file(load_settings().settings.data_dir))
            ) as library:
                if library.execute("SELECT count(*) FROM article").fetchone()[0]:
                    break
            await asyncio.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.sleep(60)
        return http.Response()

    web.pages["slow.example/c"] = interrupting
    urls = [web.url(f"slow.example/{page}") for page in "bc"]
    try:
        status, out, err = run("ingest", *urls)
    finally:
        signal.signal(signal.SIGINT, before)
    assert (status, out) == (
        130,
        "1 added, 0 changed, 0 unchanged, 0 refused; the library has 1 article.\n",
    )
    assert err == (
        "footnote: Stopped; what was read is stored, and the same command goes on from here.\n"
    )
    web.pages["slow.example/c"] = saying(article("Envoy", ENVOY))
    status, out, _ = run("ingest", *urls)
    assert (status, out) == (
        0,
        "1 added, 0 changed, 1 unchanged, 0 refused; the library has 2 articles.\n",
    )


def test_feeds_from_first_to_last(run: Any, web: Web, tmp_path: Path):
    assert run("feeds", "list")[2].startswith("footnote: There is no library yet")
    web.pages["news.example/feed"] = saying(rss(item("/envoy"), item("/login"), title="Daily"))
    web.pages["news.example/envoy"] = saying(article("Envoy recalled", ENVOY))
    web.pages["news.example/login"] = saying("<title>Log in</title><input type=password>")
    feed = web.url("news.example/feed")
    status, out, err = run("feeds", "add", feed, web.url("news.example/envoy"))
    assert status == 1
    assert out == (
        f"Watched: Daily ({feed}), 0 articles, 2 to read\n"
        "The running bot reads them; to read them now: bot.py feeds refresh\n"
    )
    assert err == (
        f"footnote: There is no feed at {web.url('news.example/envoy')}; name the address of an "
        "RSS or Atom feed, or of a sitemap.\n"
    )
    status, out, err = run("feeds", "refresh")
    assert (status, out) == (1, "1 feed read: 1 added, 0 changed, 0 unchanged, 1 refused.\n")
    assert err == (
        f"footnote: {web.url('news.example/login')} asks for a login; save the page as a file "
        "and add that.\n"
    )
    listed = run("feeds", "list")[1].splitlines()
    assert listed[0] == f"Daily  {feed}"
    assert listed[1].startswith("  1 article, 1 refused; looked at 20")
    opml = tmp_path / "feeds.opml"
    assert run("feeds", "export", str(opml))[:2] == (0, f"1 feed written to {opml}.\n")
    assert run("feeds", "remove", feed)[:2] == (
        0,
        "No longer watched: Daily; its articles stay.\n",
    )
    assert run("feeds", "remove", feed)[0] == 2
    assert run("feeds", "import", str(opml))[0] == 0
    assert feed in run("feeds", "export")[1]
    assert run("ask", "Why was the envoy recalled?")[0] == 0


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "cannot be read: No such file or directory."),
        ("<opml><body/></opml>", "names no feeds; export them as OPML from your feed reader."),
        ("not xml", "names no feeds"),
    ],
)
def test_what_is_no_list_of_feeds_is_refused(
    run: Any, tmp_path: Path, content: str | None, says: str
):
    file = tmp_path / "feeds.opml"
    if content is not None:
        file.write_text(content)
    status, _, err = run("feeds", "import", str(file))
    assert status == 2
    assert err.startswith(f"footnote: {file} {says}")


def test_the_address_alone_stays_forbidden_to_everyone(
    web: Web, tmp_path: Path, monkeypatch: Any, capsys: Any
):
    monkeypatch.setenv("FOOTNOTE_DATA_DIR", str(tmp_path / "data"))
    web.pages["localhost/"] = saying(article("Envoy", ENVOY))
    assert bot.main(["ingest", f"http://localhost:{web.port}/"]) == 1
    assert "is not on the public internet" in capsys.readouterr().err
    assert web.asked == []
