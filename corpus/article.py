"""Article, Passage, Sentence, SpanRef: one version of a text, and spans of it. Pure values.

Positions count Unicode code points of `Article.text`, end excluded, so that for every span
`article.text[span.start:span.end] == span.text`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ArticleInfo:
    """What is known about one version of an article, apart from its text.

    `id` stays the same from version to version; versions count from 1. `title` is never
    empty. `url` (the canonical one, where the page names it), `source` (who published it),
    `published` and `updated` (ISO 8601: a date, or a date and time) and `language` (BCP 47) are
    None where they are not known. `updated` is later than `published`: when the publisher last
    changed the article. When the things happened that it tells of is in neither. `origin` is the
    file it was read from, for the person at this machine's terminal; it is never sent anywhere.
    """

    id: str
    version: int
    title: str
    url: str | None = None
    source: str | None = None
    author: str | None = None
    published: str | None = None
    updated: str | None = None
    language: str | None = None
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """One version of an article. `text` is final once stored; citations count on it."""

    info: ArticleInfo
    text: str


@dataclass(frozen=True, slots=True)
class SpanRef:
    """Where a text stands: characters `start` to `end` of one version of an article.

    It holds no text, so it may be kept where no text of an article may be.
    """

    article_id: str
    version: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence, without the white space around it."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Passage:
    """Whole sentences in a row: the unit that is indexed and retrieved.

    `text` includes the white space between its sentences, as the article has it.
    """

    start: int
    end: int
    text: str
    sentences: tuple[Sentence, ...]


def same(before: Article, after: Article) -> bool:
    """Whether text and facts are the same, whatever the version and the place it lay in."""
    return is_version(before, after) and _agree(before, after, "published", "updated", "language")


def is_version(before: Article, after: Article) -> bool:
    """Whether they are one version: they say the same, their dates and language apart.

    Some publishers write another date of update into a page each time that it is fetched.
    """
    return before.text == after.text and _agree(before, after, "title", "url", "source", "author")


def _agree(before: Article, after: Article, *facts: str) -> bool:
    return all(getattr(before.info, fact) == getattr(after.info, fact) for fact in facts)
