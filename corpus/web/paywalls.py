"""Recognises pages that stand in an article's place: logins, paywalls, consent, "not found".

A page with status 200 that is not the article must not be stored, because it would be quoted.
Only short texts are suspected (a long one is an article that speaks of cookies). The signs are
English, or the same in all languages.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

SHORT_CHARS = 1000
TEASER_CHARS = 2500  # what a paywall leaves to read may be some paragraphs
_LOGIN_PATH = re.compile(r"^(log-?in|sign-?in|sso|authenticate|auth)$", re.I)
_CONSENT_PATH = re.compile(r"^(consent|collectconsent|privacy-gate|cookie-?wall)$", re.I)
_LOGIN = re.compile(r"\b(log|sign) ?in\b|\bpassword\b", re.I)
_CONSENT = re.compile(
    r"before you continue|we value your privacy|your privacy choices|"
    r"\b(accept|allow|agree to) (all |the use of )?cookies|\bwe and our (\d+ )?partners\b|"
    r"\bconsent to (the |our )?(use|processing)|\b(uses|use of) cookies\b",
    re.I,
)
_PAYWALL = re.compile(
    r"\b(subscribe|register|sign up|log in|sign in|become a (member|subscriber)) (now |today )?"
    r"to (continue|keep|read|unlock|access|finish)|"
    r"\b(article|story|content) is (only |exclusively )?"
    r"(for|available to|reserved for|exclusive to)"
    r" (our )?(paying |registered )?(subscribers|members)|"
    r"\balready a (subscriber|member)\b|\bto (continue|keep) reading\b|"
    r"\byou('ve| have) (reached|used) (your|all)\b.{0,40}\barticles\b",
    re.I | re.S,
)
_NOT_FREE = re.compile(r"[\"']isAccessibleForFree[\"']\s*:\s*[\"']?(false|no)\b", re.I)
_SCRIPT = re.compile(
    r"(enable|activate|turn on|requires?|needs?|without) javascript|javascript (is|must be) "
    r"(disabled|required|enabled|turned)|checking (if the site|your browser)|"
    r"(verify|verifying|confirm|make sure) (that )?you are (a )?(human|not a robot)",
    re.I,
)
_NOT_FOUND = re.compile(
    r"^\W*(error\W*)?(404|410)\b|\b(page|article|story|content)( \w+){0,3} (not found|"
    r"no longer (available|exists)|(cannot|can't|could not) be found|does(n't| not) exist)|"
    r"^\W*(404\W*)?not found\b|\bpage (is )?missing\b|\b404\W*$",
    re.I,
)


def why_no_article(markup: str, title: str, text: str, asked: str, found: str) -> str | None:
    """Say why a page is no article.

    Args:
        markup: The page.
        title: Its title, "" where none was found.
        text: The text that was extracted, "" where none was.
        asked: The address that was asked for.
        found: The address that it led to.

    Returns:
        The rest of a sentence that begins with the address; None for an article.
    """
    if _came_to(_LOGIN_PATH, asked, found):
        return "asks for a login; save the page as a file and add that"
    if _came_to(_CONSENT_PATH, asked, found) or _host(found).startswith("consent."):
        return "asks for consent first; save the page as a file and add that"
    if _is_front(found) and not _is_front(asked):
        return "leads to the front page of its site; the article is not there any more"
    if len(text) < TEASER_CHARS and (_NOT_FREE.search(markup) or _PAYWALL.search(text)):
        return "is behind a paywall; save the page as a file and add that"
    if len(text) < SHORT_CHARS:
        if _NOT_FOUND.search(title) or _NOT_FOUND.search(text[:100]):
            return "says that there is no such page; check the address"
        if re.search(r"<input[^>]{1,300}type=[\"']?password", markup, re.I) and (
            _LOGIN.search(title) or _LOGIN.search(text[:200]) or not text
        ):
            return "asks for a login; save the page as a file and add that"
        if _CONSENT.search(text):
            return "asks for consent first; save the page as a file and add that"
        if _SCRIPT.search(text) or (not text and re.search(r"<script\b", markup, re.I)):
            return "is made by JavaScript in a browser; save the page as a file and add that"
    return None


def _came_to(pattern: re.Pattern[str], asked: str, found: str) -> bool:
    """Whether a redirect led to such a path."""
    return any(pattern.match(part) for part in _segments(found)) and not any(
        pattern.match(part) for part in _segments(asked)
    )


def _segments(url: str) -> list[str]:
    return urlsplit(url).path.split("/")


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _is_front(url: str) -> bool:
    parts = urlsplit(url)
    return parts.path in ("", "/") and not parts.query
