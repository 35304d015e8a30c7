"""What is on the web and no article: each refused in one sentence, and the rest goes on."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from corpus.errors import FeedError, FetchError
from corpus.storage.store import ArticleStore
from corpus.web.crawler import Crawler
from corpus.web.feeds import FeedEntry, read_feed
from corpus.web.fetch import Fetcher, FetchLimits
from corpus.web.politeness import PoliteFetcher
from corpus.web.results import AddedPage
from tests.corpus.web.small_web import (
    HOME,
    Says,
    Web,
    announcing_a_gigabyte,
    dripping,
    dripping_headers,
    endless,
    hanging_up,
    saying,
    sending_to,
    serving,
)
from tests.corpus.web.test_crawler import TEXT, article, embed, item, rss

LIMITS = FetchLimits(max_bytes=500_000, total_s=1)
NOW = datetime(2026, 3, 17, 10, tzinfo=UTC)
SAVE = "save the page as a file and add that."
RUSSIAN = "Посол был отозван во вторник, потому что он пел за ужином, сообщило министерство. " * 4

WALLS: dict[str, tuple[Says, str]] = {
    "a login page": (
        saying("<title>Sign in</title><h1>Sign in</h1><form><input type=password></form>"),
        f"asks for a login; {SAVE}",
    ),
    "a redirect to a login": (sending_to("/account/login?next=/bad"), f"asks for a login; {SAVE}"),
    "a paywall that says so": (
        saying(
            '<script type="application/ld+json">{"isAccessibleForFree": "False"}</script>'
            + article("Envoy", TEXT * 3)
        ),
        f"is behind a paywall; {SAVE}",
    ),
    "a paywall in words": (
        saying(article("Envoy", TEXT + "Subscribe now to continue reading. Already a subscriber?")),
        f"is behind a paywall; {SAVE}",
    ),
    "a consent wall": (
        saying(article("Daily", "We value your privacy. We and our partners use cookies. Accept.")),
        f"asks for consent first; {SAVE}",
    ),
    "a redirect to a consent wall": (
        sending_to("//consent.example:{port}/bad"),
        f"asks for consent first; {SAVE}",
    ),
    "a page of JavaScript": (
        saying("<title>Daily</title><div id=root></div><script src=app.js></script>"),
        f"is made by JavaScript in a browser; {SAVE}",
    ),
    "a page that asks for JavaScript": (
        saying(article("Daily", "Please enable JavaScript to view this page.")),
        f"is made by JavaScript in a browser; {SAVE}",
    ),
    "a check for robots": (
        saying(article("Just a moment", "Verifying you are human. This may take a few seconds.")),
        f"is made by JavaScript in a browser; {SAVE}",
    ),
    "a 404 that says 200": (
        saying(article("Page not found", "Sorry, we looked everywhere. Try our front page.")),
        "says that there is no such page; check the address.",
    ),
    "an article that leads to the front page": (
        sending_to("/"),
        "leads to the front page of its site; the article is not there any more.",
    ),
    "an image": (
        saying(b"\x89PNG\r\n\x1a\n", "image/png"),
        "is an image, not an article; name a page.",
    ),
    "an image that says it is a page": (
        saying(b"\x89PNG\r\n\x1a\n\x00\x00"),
        "is an image, not an article; name a page.",
    ),
    "a video": (saying(b"", "video/mp4"), "is a video, not an article; name a page."),
    "JSON": (
        saying("{}", "application/json"),
        "is of a kind that holds no article (application/json); name a page.",
    ),
    "a feed": (saying(rss()), "is a feed, not an article; add it with: bot.py feeds add"),
    "nothing": (saying(""), "is empty; leave it out or fill it."),
    "a body of a gigabyte": (
        announcing_a_gigabyte,
        "is larger than 0.5 MB, too large for an article; name a smaller page.",
    ),
    "a body without end": (
        endless,
        "is larger than 0.5 MB, too large for an article; name a smaller page.",
    ),
    "a gzip bomb": (
        saying(gzip.compress(b"<p>" * 50_000_000, 9), content_encoding="gzip"),
        "is larger than 0.5 MB, too large for an article; name a smaller page.",
    ),
    "a slow-loris": (dripping, "took longer than 1 seconds; try again later."),
    "a slow-loris in its headers": (
        dripping_headers,
        "took longer than 1 seconds; try again later.",
    ),
    "a server that hangs up": (
        hanging_up,
        "cannot be fetched: the server broke off; try again later.",
    ),
    "a redirect to this machine": (
        sending_to("http://127.0.0.1:{port}/"),
        "127.0.0.1 is not on the public internet, and Footnote reads nothing else; " + SAVE,
    ),
    "a redirect to a cloud's metadata": (
        sending_to("http://[::ffff:169.254.169.254]/latest/"),
        "::ffff:a9fe:a9fe is not on the public internet, and Footnote reads nothing else; " + SAVE,
    ),
    "a redirect to a name that is private the second time": (
        sending_to("//turns.example:{port}/"),
        "turns.example is not on the public internet, and Footnote reads nothing else; " + SAVE,
    ),
}


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as made:
        made.pages["news.example/account/login?next=/bad"] = saying("<title>x</title>")
        made.pages["news.example/"] = saying(article("Daily"))
        made.pages["consent.example/bad"] = saying("<title>x</title>")
        made.names["turns.example"] = ["10.0.0.1"]
        yield made


async def added(web: Web, store: ArticleStore, *places: str) -> dict[str, AddedPage | FetchError]:
    became: dict[str, AddedPage | FetchError] = {}
    with ThreadPoolExecutor(1) as worker:
        async with Fetcher(
            limits=LIMITS, resolve=web.resolve, is_allowed=web.is_allowed
        ) as fetcher:
            watch = Crawler(store, embed, PoliteFetcher(fetcher, pause_s=0), worker)
            await watch.add_all(
                [web.url(place) for place in places], lambda url, what: became.update({url: what})
            )
    return became


@pytest.mark.parametrize("what", WALLS)
async def test_it_is_refused_in_a_sentence_and_the_rest_goes_on(web: Web, what: str):
    says, sentence = WALLS[what]

    async def page(request: Any) -> Any:
        reply = await says(request)
        if "Location" in reply.headers:
            reply.headers["Location"] = reply.headers["Location"].format(port=web.port)
        return reply

    web.pages["news.example/bad"] = page
    web.pages["news.example/good"] = saying(article("Envoy"))
    with ArticleStore.in_memory() as store:
        became = await added(web, store, "news.example/bad", "news.example/good")
        refusal = became[web.url("news.example/bad")]
        assert isinstance(refusal, FetchError)
        assert str(refusal).endswith(sentence)
        assert str(refusal).removesuffix(sentence).strip() in (
            "",
            web.url("news.example/bad"),
            web.url("news.example/account/login?next=/bad"),
            web.url("consent.example/bad"),
            web.url("news.example/"),
        )
        assert [info.title for info in store.articles()] == ["Envoy"]
        assert store.connection.rows("SELECT url FROM page") == [(web.url("news.example/good"),)]


async def test_a_name_that_resolves_differently_the_second_time_is_looked_up_once(web: Web):
    web.names["news.example"] = [HOME, "127.0.0.1"]
    web.pages["news.example/a"] = saying(article("Envoy"))
    with ArticleStore.in_memory() as store:
        became = await added(web, store, "news.example/a")
        assert isinstance(became[web.url("news.example/a")], AddedPage)
    assert web.looked_up == ["news.example"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (article("Посол", RUSSIAN).encode("windows-1251"), "text/html; charset=windows-1251"),
        (article("Посол", RUSSIAN).encode(), "text/html; charset=windows-1251"),  # wrong
        (article("Посол", RUSSIAN).encode(), "text/html"),
        (
            article("Посол", RUSSIAN, "<meta charset=windows-1251>").encode("windows-1251"),
            "text/html; charset=utf-8",  # wrong
        ),
        (
            article("Посол", RUSSIAN, "<meta charset=windows-1251>").encode("windows-1251"),
            "text/html",
        ),
        (article("Посол", RUSSIAN).encode("utf-16"), "text/html"),
    ],
)
async def test_a_wrong_or_missing_charset_garbles_nothing(web: Web, body: bytes, kind: str):
    web.pages["news.example/a"] = saying(body, kind)
    with ArticleStore.in_memory() as store:
        became = await added(web, store, "news.example/a")
        assert isinstance(became[web.url("news.example/a")], AddedPage)
        found = store.article(store.articles()[0].id)
        assert found is not None
        assert found.info.title == "Посол"
        assert RUSSIAN.strip() in found.text


async def test_an_article_that_speaks_of_walls_is_an_article(web: Web):
    text = (
        "The court ruled that sites may not make readers accept all cookies before they read. "
        "Publishers had argued that to continue reading, one must log in. "
    )
    web.pages["news.example/a"] = saying(article("The cookie ruling", text * 20))
    with ArticleStore.in_memory() as store:
        became = await added(web, store, "news.example/a")
        assert isinstance(became[web.url("news.example/a")], AddedPage)


# -- feeds -------------------------------------------------------------------------------

FEED = "https://news.example/feeds/all"


def test_broken_xml_is_read_as_far_as_it_goes_and_said():
    found = read_feed(
        rss(item("https://news.example/a", "<title>One & two</title>"), "<item><link>/b")
        .removesuffix("</channel></rss>")
        .encode(),
        FEED,
        now=NOW,
    )
    assert [entry.url for entry in found.entries][:1] == ["https://news.example/a"]
    assert found.problem == "its XML is not well formed; what could be read of it was"


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"<html><body>Hello", b"\x89PNG", b'{"version": 1, "items": 3}', b"{" * 9999],
)
def test_what_is_no_feed_is_refused(body: bytes):
    with pytest.raises(FeedError, match=f"There is no (JSON F|f)eed at {FEED}"):
        read_feed(body, FEED, now=NOW)


@pytest.mark.parametrize(
    ("date", "known"),
    [
        ("Tue, 17 Mar 2026 09:00:00 GMT", "2026-03-17T09:00:00+00:00"),
        ("Wed, 18 Mar 2026 08:00:00 +1200", "2026-03-17T20:00:00+00:00"),
        ("Tue, 17 Mar 2099 09:00:00 GMT", None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_a_date_that_cannot_be_is_not_believed(date: str, known: str | None):
    body = rss(item("https://news.example/a", f"<pubDate>{date}</pubDate>")).encode()
    (entry,) = read_feed(body, FEED, now=NOW).entries
    assert entry.published == known


def test_relative_links_are_taken_from_the_feed_or_its_base():
    body = rss(item("../a"), item("/b"), item("//other.example/c"), item("javascript:x")).encode()
    assert [entry.url for entry in read_feed(body, FEED, now=NOW).entries] == [
        "https://news.example/a",
        "https://news.example/b",
        "https://other.example/c",
    ]
    atom = (
        b"<feed xmlns='http://www.w3.org/2005/Atom' xml:base='https://base.example/x/'>"
        b"<entry><link href='a'/></entry></feed>"
    )
    assert [entry.url for entry in read_feed(atom, FEED, now=NOW).entries] == [
        "https://base.example/x/a"
    ]


def test_a_json_feed():
    body = (
        b'{"version": "https://jsonfeed.org/version/1.1", "title": "Daily", "items": ['
        b'{"id": "1", "url": "/a", "title": "Envoy", "authors": [{"name": "A. Reporter"}], '
        b'"date_published": "2026-03-17T10:00:00+01:00", "content_html": "<p>Short"}, '
        b'7, {"id": "2"}, {"id": "https://news.example/b"}]}'
    )
    found = read_feed(body, FEED, now=NOW)
    assert found.title == "Daily"
    assert found.entries == (
        FeedEntry("https://news.example/a", "Envoy", "A. Reporter", "2026-03-17T09:00:00+00:00"),
        FeedEntry("https://news.example/b"),
    )
