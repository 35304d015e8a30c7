"""Links open at the very sentence, in a real browser: page, extraction, link, and what is seen.

Not among the default tests; .ci/run installs Debian's chromium and runs them.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape

import pytest
import pytest_asyncio
from aiohttp import web

from corpus.parsing.extract import extract
from corpus.segmentation.splitter import sentences
from retrieval.answering.text_fragment import sentence_url
from tests.browser.chromium import Browser, open_browser
from tests.browser.pages import PAGES

pytestmark = pytest.mark.asyncio(loop_scope="module")

STYLE = "<style>body { font: 20px/1.4 sans-serif } ::target-text { background: #f0f; color: #f0f }"
FILLER = "<p>The weather in {} was mild that day, and the harbour was as busy as it ever is.</p>"
NEAR = 0.85  # of the sentence's boxes; the lines' edges are not marked


def page(body: str) -> str:
    before = "".join(FILLER.format(f"Town {n}") for n in range(30))
    after = "".join(FILLER.format(f"City {n}") for n in range(30))
    return (
        f"<!doctype html><html><head><meta charset=utf-8><title>An envoy</title>{STYLE}</style>"
        f"</head><body><article><h1>An envoy</h1>{before}{body}{after}</article></body></html>"
    )


def letters(text: str) -> str:
    """What is left where marks of lists and tables, white space and what is not seen are gone."""
    return re.sub(r"[\s|\u00ad\u200c\u200d-]+", "", text)


def sentence(body: str) -> str:
    """What stands in the parts of class "here", as a reader reads it."""
    parts = re.findall(r"<b class=here>(.*?)</b>", body, re.DOTALL)
    return letters(unescape(re.sub("<.*?>", "", "".join(parts))))


def span(text: str, body: str) -> tuple[int, int]:
    """Where the bot finds the sentence in the article: the last that reads so, or the only one."""
    wanted = sentence(body)
    alike = [one for one in sentences(text) if letters(one.text) == wanted]
    before = body.partition("<b class=here>")[0]
    count = letters(unescape(re.sub("<.*?>", "", before))).count(wanted)
    return alike[count].start, alike[count].end


@asynccontextmanager
async def served(html: str) -> AsyncIterator[str]:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(text=html, content_type="text/html")

    app = web.Application()
    app.router.add_get("/{any:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        yield f"http://127.0.0.1:{port}/a%20page?b=c&d=%7E"
    finally:
        await runner.cleanup()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with open_browser() as opened:
        yield opened


@pytest.mark.parametrize("name", PAGES)
async def test_a_link_opens_at_its_sentence_and_marks_it(name: str, browser: Browser):
    html = page(PAGES[name])
    text = extract(html.encode(), "page.html").text
    async with served(html) as url:
        link = sentence_url(url, text, *span(text, PAGES[name]))
        seen = await browser.see(link)
    assert seen.share >= NEAR, (link, seen)
    assert (seen.outside, seen.is_in_view) == (0, True), (link, seen)
    assert seen.scrolled > 0


async def test_without_a_directive_nothing_is_marked(browser: Browser):
    """So that the test above can fail."""
    async with served(page(PAGES["plain"])) as url:
        seen = await browser.see(url)
    assert (seen.marked, seen.outside, seen.scrolled) == (0, 0, 0)


async def test_another_sentence_is_seen_to_be_another(browser: Browser):
    async with served(page(PAGES["plain"])) as url:
        seen = await browser.see(f"{url}#:~:text=He%20left.")
    assert seen.share == 0
    assert seen.outside > 0
