"""Links open at the very sentence, in a real browser: page, extraction, link, and what is seen.

Not among the default tests; .ci/run installs Debian's chromium and runs them.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape

import pytest
from aiohttp import web

from corpus.extract import extract
from corpus.urls import sentence_url
from tests.browser.chromium import open_browser

STYLE = "<style>body { font: 20px/1.4 sans-serif } ::target-text { background: #f0f; color: #f0f }"
FILLER = "<p>The weather in {} was mild that day, and the harbour was as busy as it ever is.</p>"
NEAR = 0.85  # of the sentence's boxes; the lines' edges are not marked

# Each page's body; <b class=here> is the sentence, in as many parts as it has elements.
PAGES = {
    "plain": "<p>He came. <b class=here>The envoy was recalled on Tuesday.</b> He left.</p>",
    "repeated": "<p>He agreed. He left at once.</p><p>She came. He agreed. Then it rained.</p>"
    "<p>They came. <b class=here>He agreed.</b> Then it snowed.</p><p>Yes. He agreed. No.</p>",
    "repeated in blocks": "<p>Yes, he did.</p><p>One.</p><p>Yes, he did.</p><p>Two.</p>"
    "<p><b class=here>Yes, he did.</b></p><p>Three.</p><p>Yes, he did.</p>",
    "begins alike": "<p>The envoy was recalled. <b class=here>The envoy was recalled on Tuesday by "
    "the ministry.</b> The envoy was recalled.</p>",
    "quotes": "<p><b class=here>“We are not ‘at war’,” she said, and added: \"Not yet.\"</b> So.</p>",
    "dashes": "<p><b class=here>A well-known – some say too well-known — envoy, aged 40-45, left.</b>"
    " So.</p>",
    "begins with a dash": "<p>Asked: why?</p><p><b class=here>– Because he sang, they said -</b></p>",
    "commas and ampersands": "<p><b class=here>Marks & Spencer, 50% cheaper, said: yes, #1 & "
    "only?</b> Two.</p>",
    "emoji": "<p>So. <b class=here>The crew 👩🏽‍🚀 flew 🚀 home 🇩🇪 today.</b> Fine.</p>",
    "Cyrillic": "<p>Он пришёл. <b class=here>Посол был отозван во вторник.</b> Он ушёл.</p>",
    "Chinese": "<p>他来了。<b class=here>大使于周二被召回北京进行磋商。</b>他走了。</p>",
    "Japanese": "<p>彼は来た。<b class=here>大使は火曜日に召還されました。</b>彼は去った。</p>",
    "Thai": "<p>เขามา <b class=here>เอกอัครราชทูตถูกเรียกตัวกลับเมื่อวันอังคาร</b></p>",
    "Arabic": "<p dir=rtl>جاء. <b class=here>تم استدعاء السفير يوم الثلاثاء.</b> ثم غادر.</p>",
    "Hindi": "<p>वह आया। <b class=here>राजदूत को मंगलवार को वापस बुलाया गया।</b> वह गया।</p>",
    "accents": "<p>Il vint. <b class=here>L’ambassadeur a été rappelé à Zürich.</b> Il partit.</p>",
    "over inline elements": "<p>He came. <b class=here>The </b><a href=#x><b class=here>envoy</b></a>"
    "<b class=here> was <i>recalled</i> on Tuesday.</b> He left.</p>",
    "over many lines": "<p>He came. <b class=here>The envoy "
    + "who had been sent to the capital in the spring " * 6
    + "was recalled on Tuesday.</b> He left.</p>",
    "in a list": "<ul><li>The first thing that was said there.</li><li><b class=here>The envoy was "
    "recalled on Tuesday.</b></li><li>The third thing.</li></ul>",
    "in a quotation": "<blockquote><p>He came. <b class=here>The envoy was recalled.</b></p>"
    "</blockquote>",
    "a name in capitals": "<p>The US and us. <b class=here>It is up to US.</b> It is up to us.</p>",
    "entities": "<p>He came. <b class=here>Profits of AT&amp;T rose by 5&nbsp;% in&nbsp;May.</b> So.</p>",
}


def page(body: str) -> str:
    before = "".join(FILLER.format(f"Town {n}") for n in range(30))
    after = "".join(FILLER.format(f"City {n}") for n in range(30))
    return (
        f"<!doctype html><html><head><meta charset=utf-8><title>An envoy</title>{STYLE}</style>"
        f"</head><body><article><h1>An envoy</h1>{before}{body}{after}</article></body></html>"
    )


def sentence(body: str) -> str:
    """What stands in the parts of class "here", as a reader reads it."""
    parts = re.findall(r"<b class=here>(.*?)</b>", body, re.DOTALL)
    return " ".join(unescape(re.sub("<.*?>", "", "".join(parts))).split())


def span(text: str, body: str) -> tuple[int, int]:
    """Where the sentence stands in the article's text: as many alike come before it as there."""
    wanted = sentence(body)
    pattern = r"\s+".join(map(re.escape, wanted.split()))
    plain = " ".join(unescape(re.sub("<.*?>", "", body.partition("<b class=here>")[0])).split())
    before = len(re.findall(pattern, plain))
    return [match.span() for match in re.finditer(pattern, text)][before]


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


async def test_every_link_opens_at_its_sentence_and_marks_it():
    wrong = []
    async with open_browser() as browser:
        for name, body in PAGES.items():
            html = page(body)
            text = extract(html.encode(), "page.html").text
            async with served(html) as url:
                link = sentence_url(url, text, *span(text, body))
                seen = await browser.see(link)
            if not (
                seen.share >= NEAR and not seen.outside and seen.is_in_view and seen.scrolled > 0
            ):
                wrong.append(f"{name}: {seen} {link}")
    assert not wrong, "\n".join(wrong)


async def test_without_a_directive_nothing_is_marked():
    """So that the test above can fail."""
    async with open_browser() as browser, served(page(PAGES["plain"])) as url:
        seen = await browser.see(url)
        assert (seen.marked, seen.outside, seen.scrolled) == (0, 0, 0)


@pytest.mark.parametrize("name", ["plain"])
async def test_another_sentence_is_seen_to_be_another(name: str):
    async with open_browser() as browser, served(page(PAGES[name])) as url:
        seen = await browser.see(f"{url}#:~:text=He%20left.")
        assert seen.share == 0
        assert seen.outside > 0
