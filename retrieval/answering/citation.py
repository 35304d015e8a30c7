"""A quotation with the place it was copied from, and the text around it. Pure values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from corpus.article import ArticleInfo, SpanRef
from corpus.iso_dates import date_bounds


@dataclass(frozen=True, slots=True)
class Citation:
    """A quotation and the place it was copied from. Made in verify.py and nowhere else.

    `start` and `end` count code points of that version's text, end excluded. `link` opens
    the article's page at the quotation; None when the article has no address. `context` is
    the sentence before, where the quotation cannot be understood without it.
    """

    article: ArticleInfo
    start: int
    end: int
    quote: str
    link: str | None = None
    context: str | None = None

    @property
    def ref(self) -> SpanRef:
        """Where the quotation stands."""
        return SpanRef(self.article.id, self.article.version, self.start, self.end)

    def as_dict(self) -> dict[str, Any]:
        article = self.article
        return {
            "article": {
                "id": article.id,
                "title": article.title,
                "url": article.url,
                "source": article.source,
                "published": article.published,
                "updated": article.updated,
                "language": article.language,
            },
            "version": article.version,
            "start": self.start,
            "end": self.end,
            "quote": self.quote,
            "link": self.link,
            "context": self.context,
        }


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A citation with the text around it, for reading on: `before` + `quote` + `after`."""

    citation: Citation
    before: str
    after: str


def newest(citations: Iterable[Citation]) -> str | None:
    """The latest of the dates of their articles; None where none is known."""
    dates = (citation.article.published for citation in citations)
    known = [(span[1], published) for published in dates if (span := date_bounds(published))]
    return max(known)[1] if known else None
