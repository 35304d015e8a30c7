"""What stands in an article's place: each is known by its sign, and an article by its length."""

from __future__ import annotations

import pytest

from corpus.web.paywalls import SHORT_CHARS, TEASER_CHARS, why_no_article

ASKED = "https://news.example/2026/envoy"
ARTICLE = "The envoy was recalled on Tuesday because he sang at dinner. "


def found(
    text: str = "", *, title: str = "Envoy recalled", markup: str = "", at: str = ASKED
) -> str | None:
    """What the page is, without what to do about it."""
    said = why_no_article(markup, title, text, ASKED, at)
    return None if said is None else said.partition(";")[0]


@pytest.mark.parametrize(
    ("at", "what"),
    [
        ("https://news.example/account/login?next=/2026/envoy", "asks for a login"),
        ("https://news.example/SignIn/", "asks for a login"),
        ("https://news.example/consent?back=/2026/envoy", "asks for consent first"),
        ("https://consent.news.example/2026/envoy", "asks for consent first"),
        (
            "https://news.example/",
            "leads to the front page of its site",
        ),
    ],
)
def test_where_a_redirect_led_is_a_sign_however_long_the_text_is(at: str, what: str):
    assert found(ARTICLE * 100, at=at) == what


@pytest.mark.parametrize(
    "at",
    [
        ASKED,
        "https://news.example/2026/envoy-recalled",
        "https://news.example/2026/login-of-the-envoy",
        "https://news.example/?article=12",
    ],
)
def test_a_redirect_to_another_article_is_none(at: str):
    assert found(ARTICLE, at=at) is None


def test_who_asks_for_a_page_about_logins_gets_it():
    asked = "https://docs.example/auth/login"
    assert why_no_article("", "How to log in", ARTICLE, asked, asked) is None


@pytest.mark.parametrize(
    "text",
    [
        ARTICLE + "Subscribe now to continue.",
        ARTICLE + "This article is only available to paying subscribers.",
        ARTICLE + "Already a subscriber? Go on.",
        ARTICLE + "You’ve read. You have reached your limit of free articles.",
    ],
)
def test_a_teaser_is_behind_a_paywall_and_a_long_article_that_says_the_same_is_not(text: str):
    assert found(text) == "is behind a paywall"
    assert found(text.rjust(TEASER_CHARS, "x")) is None


def test_a_page_that_says_it_is_not_free_is_behind_a_paywall():
    markup = '<script type="application/ld+json">{"isAccessibleForFree": "False"}</script>'
    assert found(ARTICLE, markup=markup) == "is behind a paywall"
    assert found(ARTICLE, markup=markup.replace("False", "True")) is None


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("404", ""),
        ("Page not found | The Daily", ARTICLE),
        ("The Daily", "The article you asked for no longer exists."),
        ("The Daily", "Error 410: gone"),
    ],
)
def test_a_not_found_that_says_200_is_known_by_its_words(title: str, text: str):
    assert found(text, title=title) == "says that there is no such page"


def test_an_article_about_a_page_that_was_not_found_is_an_article():
    assert found(ARTICLE * 3 + "The page was not found.") is None


PASSWORD = '<form><input name="p" type="password"></form>'


@pytest.mark.parametrize(
    ("title", "text", "markup", "what"),
    [
        ("Log in", "", PASSWORD, "asks for a login"),
        ("The Daily", "Sign in with your e-mail address.", PASSWORD, "asks for a login"),
        ("The Daily", "", PASSWORD, "asks for a login"),
        ("The Daily", "Before you continue, accept all cookies.", "", "asks for consent first"),
        ("The Daily", "Please enable JavaScript.", "", "is made by JavaScript in a browser"),
        ("One moment", "Checking your browser.", "", "is made by JavaScript in a browser"),
        ("The Daily", "", "<script src=a.js>", "is made by JavaScript in a browser"),
        # A form beside an article is no login, nor is a script.
        ("Envoy recalled", ARTICLE, PASSWORD, None),
        ("Envoy recalled", ARTICLE, "<script src=a.js>", None),
    ],
)
def test_a_short_page_is_known_by_its_sign(title: str, text: str, markup: str, what: str | None):
    assert found(text, title=title, markup=markup) == what


def test_a_long_article_may_speak_of_cookies_and_scripts():
    text = "Before you continue, accept all cookies and enable JavaScript. "
    assert found(text) == "asks for consent first"
    assert found(text * (1 + SHORT_CHARS // len(text))) is None
