"""One form for the addresses of one page, and nothing done that is not sure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.canonical_url import absolute, canonical, same_site

A = "https://news.example/a"


@pytest.mark.parametrize(
    "url",
    [
        "HTTPS://News.Example/a",
        "https://news.example:443/a",
        "https://news.example./a",
        "https://news.example/a#top",
        "https://news.example/a#:~:text=envoy",
        "https://news.example/a?",
        "https://news.example/a?utm_source=x&UTM_Medium=y&fbclid=1&at_campaign=z",
        "https://news.example/a?amp",
        "https://news.example/a?amp=1&outputType=amp",
        "https://news.example/a?print=true",
        "https://news.example/b/../%61",
        "https://news.example/./a",
        "https://news-example.cdn.ampproject.org/c/s/news.example/a?gclid=1",
        "https://www.google.com/amp/s/news.example/a",
        " https://news.example/a\n",
    ],
)
def test_these_are_one_address(url: str):
    assert canonical(url) == A


@pytest.mark.parametrize(
    "url",
    [
        "https://news.example/a/",
        "https://news.example/A",
        "http://news.example/a",
        "https://news.example:8443/a",
        "https://www.news.example/a",
        "https://news.example/a?id=1",
        "https://news.example/a?ref=1&source=2",
        "https://news.example/a?print=poster",
        "https://news.example/a?q=a%26b&q=c",
        "https://news.example/guitar/amp",
        "https://news.example/a%2Fb",
        "https://news.example/caf%C3%A9",
        "https://[2606:4700::1111]/a",
    ],
)
def test_these_are_addresses_of_their_own(url: str):
    assert canonical(url) == url


def test_names_and_paths_beyond_ascii_have_one_form():
    assert canonical("https://Bücher.example/café?ä=ö") == (
        "https://xn--bcher-kva.example/caf%C3%A9?%C3%A4=%C3%B6"
    )


@pytest.mark.parametrize(
    "url",
    ["", "a", "mailto:me@news.example", "https://", "http://[half", "http://me:x@a.example/#b"],
)
def test_what_is_no_address_of_the_web_stays_as_it_is(url: str):
    assert canonical(url) == url


@given(
    st.text(alphabet="abAB%2F/.?&=;é 1", max_size=30).map(
        lambda path: f"https://news.example/{path}"
    )
)
def test_the_form_of_a_form_is_itself(url: str):
    assert canonical(canonical(url)) == canonical(url)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (A, "https://www.news.example/b", True),
        ("https://m.news.example/a", "https://www.news.example/a", True),
        ("http://amp.news.example/a", A, True),
        (A, "https://evil.example/a", False),
        ("https://me.hoster.example/", "https://you.hoster.example/", False),
        ("https://me.hoster.example/", "https://hoster.example/", False),
        ("https://m.example/", "https://www.example/", False),
        ("", "", False),
    ],
)
def test_whose_word_counts_for_an_address(one: str, other: str, same: bool):
    assert same_site(one, other) is same


@pytest.mark.parametrize(
    ("link", "found"),
    [
        ("/b", "https://news.example/b"),
        ("b?c", "https://news.example/b?c"),
        ("//other.example/c", "https://other.example/c"),
        (" https://other.example/c ", "https://other.example/c"),
        ("javascript:alert(1)", None),
        ("mailto:me@news.example", None),
        ("http://me:secret@news.example/", None),
        ("http://[half", None),
    ],
)
def test_links_are_taken_from_where_they_stand(link: str, found: str | None):
    assert absolute(A, link) == found
