"""A URL to bytes: from strangers only, within limits, and each refusal in one sentence."""

from __future__ import annotations

import gzip
import ssl
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import trustme

from corpus.errors import FetchError
from corpus.web import fetch
from corpus.web.fetch import FETCH_LIMITS, USER_AGENT, Fetched, Fetcher, FetchLimits, is_stranger
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

PAGE = "news.example/a"


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as made:
        yield made


async def get(
    web: Web, place: str = PAGE, *, limits: FetchLimits = FETCH_LIMITS, **said: Any
) -> Fetched:
    url = place if "://" in place else web.url(place)
    async with Fetcher(limits=limits, resolve=web.resolve, is_allowed=web.is_allowed) as fetcher:
        return await fetcher.get(url, **said)


async def refusal(web: Web, place: str = PAGE, *, limits: FetchLimits = FETCH_LIMITS) -> FetchError:
    with pytest.raises(FetchError) as refused:
        await get(web, place, limits=limits)
    assert str(refused.value).count(". ") == 0, "one sentence"
    return refused.value


# -- what comes --------------------------------------------------------------------------


async def test_a_page_comes_with_what_tells_it_from_a_later_one(web: Web):
    web.pages[PAGE] = saying("<p>Café", "Text/HTML; charset=UTF-8", etag='"1"')
    assert await get(web) == Fetched(
        web.url(PAGE), "<p>Café".encode(), "text/html", "utf-8", '"1"', None
    )


async def test_what_has_not_changed_has_no_body(web: Web):
    web.pages[PAGE] = saying("<p>Twelve", etag='"1"')
    found = await get(web, etag='"1"', modified="Tue, 17 Mar 2026 10:00:00 GMT")
    assert found.body is None
    assert web.asked[0].headers["If-Modified-Since"] == "Tue, 17 Mar 2026 10:00:00 GMT"


async def test_who_asks_says_so_and_brings_nothing_along(web: Web, monkeypatch: Any):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")

    web.pages[PAGE] = saying("", status=302, location="/b", set_cookie="id=1")
    web.pages["news.example/b"] = saying("<p>b")
    await get(web)
    for asked in web.asked:
        assert asked.headers["User-Agent"] == USER_AGENT
        assert not {"Cookie", "Authorization", "Referer"} & set(asked.headers)


@pytest.mark.parametrize(
    ("packed", "encoding"),
    [
        (gzip.compress(b"<p>Twelve"), "gzip"),
        (gzip.compress(b"<p>Tw") + gzip.compress(b"elve") + b"\0\0", "GZIP"),
        (zlib.compress(b"<p>Twelve"), "deflate"),
        (zlib.compress(b"<p>Twelve")[2:-4], "deflate"),  # without its header
        (b"<p>Twelve", "identity"),
    ],
    # Of their own: gzip writes the time into its bytes, and pytest would make the ids of those.
    ids=["gzip", "gzip in two parts", "deflate", "deflate without its header", "not packed"],
)
async def test_what_is_packed_is_unpacked(web: Web, packed: bytes, encoding: str):
    web.pages[PAGE] = saying(packed, content_encoding=encoding)
    assert (await get(web)).body == b"<p>Twelve"


# -- where it leads ----------------------------------------------------------------------


async def test_redirects_are_followed_to_the_end(web: Web):
    web.pages["old.example/1"] = sending_to("/2", 301)
    web.pages["old.example/2"] = sending_to(web.url("news.example/a#top"), 308)
    web.pages[PAGE] = saying("<p>a")
    found = await get(web, "old.example/1")
    assert (found.url, found.moved) == (web.url(PAGE), True)
    web.pages["old.example/2"] = sending_to(web.url(PAGE), 307)
    assert not (await get(web, "old.example/1")).moved


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("http://127.0.0.1:{port}/", "127.0.0.1 is not on the public internet"),
        ("http://[::ffff:169.254.169.254]/", "is not on the public internet"),
        ("http://169.254.169.254/latest/meta-data/", "169.254.169.254 is not on the public"),
        ("//inside.example:{port}/", "inside.example is not on the public internet"),
        ("http://2130706433/", "not written as an address is"),
        ("http://0x7f.1/", "is not on the public internet"),
        ("file:///etc/passwd", "is not an address of the web"),
        ("http://user:secret@news.example:{port}/", "name or password"),
        ("http://news.example:22/", "asks for port 22"),
        ("http://[half", "redirects to what is not an address"),
        ("", "without saying where to"),
        ("/a", "redirects again and again"),
    ],
)
async def test_a_redirect_is_held_to_the_same_rules(web: Web, target: str, says: str):
    web.names["inside.example"] = ["10.0.0.7"]
    web.names["0x7f.1"] = ["127.0.0.1"]  # as some resolvers read it
    web.pages[PAGE] = sending_to(target.format(port=web.port))
    assert says in str(await refusal(web))
    assert {asked.host for asked in web.asked} == {"news.example"}


async def test_a_name_is_refused_when_any_of_its_addresses_is_private(web: Web):
    web.names["news.example"] = [f"{HOME} 10.0.0.7"]
    web.pages[PAGE] = saying("<p>a")
    assert "not on the public internet" in str(await refusal(web))
    assert web.asked == []


async def test_the_address_that_was_checked_is_the_one_that_is_dialled(web: Web):
    # One look-up a visit: a name that is public now and private a moment later gains nothing.
    web.names["news.example"] = [HOME, "127.0.0.1"]
    web.pages[PAGE] = saying("<p>a")
    assert (await get(web)).body == b"<p>a"
    assert web.looked_up == ["news.example"]


async def test_a_name_that_turns_private_between_two_steps_is_refused(web: Web):
    web.names["news.example"] = [HOME, "127.0.0.1"]
    web.pages[PAGE] = saying("", status=302, location="/b", connection="close")
    web.pages["news.example/b"] = saying("<p>b")
    assert "news.example is not on the public internet" in str(await refusal(web))


async def test_without_an_argument_nothing_here_can_be_reached(web: Web):
    web.pages[PAGE] = saying("<p>a")
    for url in (
        f"http://{HOME if ':' not in HOME else f'[{HOME}]'}:{web.port}/",
        "http://localhost/",
    ):
        async with Fetcher() as fetcher:
            with pytest.raises(FetchError, match="not on the public internet"):
                await fetcher.get(url)
    assert web.asked == []


def test_this_machine_at_a_public_address_is_no_stranger(monkeypatch: pytest.MonkeyPatch):
    assert is_stranger("8.8.8.8")
    monkeypatch.setattr(fetch, "is_public", lambda address: True)
    assert not is_stranger("127.0.0.1")


# -- limits ------------------------------------------------------------------------------

DAMAGED = gzip.compress(b"<p>a")[:10] + b"\xff" * 30
SMALL = FetchLimits(max_bytes=100_000, total_s=0.5)


@pytest.mark.parametrize(
    ("page", "says"),
    [
        (announcing_a_gigabyte, "is larger than 0.1 MB"),
        (endless, "is larger than 0.1 MB"),
        (saying(gzip.compress(b" " * 50_000_000), content_encoding="gzip"), "is larger than 0.1"),
        (dripping, "took longer than 0.5 seconds"),
        (dripping_headers, "took longer than 0.5 seconds"),
        (hanging_up, "the server broke off"),
        (saying(gzip.compress(b"<p>a")[:-9], content_encoding="gzip"), "broke off in the middle"),
        (
            saying(gzip.compress(b"<p>a")[:10] + b"\xff" * 30, content_encoding="gzip"),
            "came damaged",
        ),
        (saying(b"<p>a", content_encoding="br"), "packed in a way that was not asked for (br)"),
        (saying("", status=401), "asks for a login"),
        (saying("", status=402), "asks for payment"),
        (saying("", status=403), "refuses programs (403)"),
        (saying("", status=404), "is not there (404); check the address"),
        (saying("", status=410), "is not there (410)"),
        (saying("", status=500), "is out of order (500)"),
    ],
)
async def test_what_cannot_be_had_is_refused_in_a_sentence(web: Web, page: Says, says: str):
    web.pages[PAGE] = page
    error = await refusal(web, limits=SMALL)
    assert str(error).startswith(web.url(PAGE))
    assert says in str(error)


async def test_a_server_is_left_alone_as_long_as_it_asks(web: Web):
    web.pages[PAGE] = saying("", status=429, retry_after="120")
    error = await refusal(web)
    assert (error.status, error.retry_after_s) == (429, 120.0)
    assert "was asked too often (429); try again later" in str(error)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        ("Tue, 17 Mar 2026 10:02:00 GMT", 120.0),
        ("Tue, 17 Mar 2020 10:02:00 GMT", 0.0),
        ("99999999999999999999", fetch.LONGEST_WAIT_S),
        ("soon", None),
        ("-5", None),
        (None, None),
    ],
)
def test_how_long_to_wait_is_seconds_or_a_date(value: str | None, seconds: float | None):
    now = datetime(2026, 3, 17, 10, tzinfo=UTC)
    assert fetch._wait_s(value, now=lambda: now) == seconds


async def test_a_name_that_nobody_knows(web: Web):
    web.names["nowhere.example"] = [""]
    said = str(await refusal(web, "nowhere.example/"))
    assert "the name nowhere.example is not known; check the address" in said


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("news.example/a", "is not an address of the web; name one that begins with https://"),
        ("ftp://news.example/a", "is not an address of the web"),
        ("javascript:alert(1)", "is not an address of the web"),
        ("https://", "is not an address"),
        ("http://news.example:99999/", "is not an address"),
        ("http://me:secret@news.example/", "name or password; name it without"),
        ("http://news.example:25/", "asks for port 25"),
        ("https://news.example/" + "a" * 3000, "longer than 2000 characters"),
    ],
)
async def test_what_is_no_address_is_refused_before_anything_is_asked(
    web: Web, address: str, says: str
):
    async with Fetcher(resolve=web.resolve, is_allowed=web.is_allowed) as fetcher:
        with pytest.raises(FetchError) as refused:
            await fetcher.get(address)
    assert says in str(refused.value)
    assert web.looked_up == []


# -- TLS ---------------------------------------------------------------------------------


async def test_tls_verifies_the_name_though_a_number_is_dialled():
    authority = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("news.example").configure_cert(server)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    with serving(tls=server) as web:
        web.pages[PAGE] = saying("<p>a")
        async with Fetcher(resolve=web.resolve, is_allowed=web.is_allowed, tls=trusting) as fetcher:
            assert (await fetcher.get(web.url(PAGE, "https"))).body == b"<p>a"
            with pytest.raises(FetchError, match=r"its certificate is not one of other.example"):
                await fetcher.get(web.url("other.example/a", "https"))
        async with Fetcher(resolve=web.resolve, is_allowed=web.is_allowed) as fetcher:
            with pytest.raises(FetchError, match=r"its certificate is not one of news.example"):
                await fetcher.get(web.url(PAGE, "https"))
