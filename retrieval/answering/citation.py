"""A quotation with the place it was copied from, and the text around it. Pure values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from corpus.article import ArticleInfo, SpanRef
from corpus.iso_dates import date_bounds


@dataclass(frozen=True, slots=True)
class Citation:
    """A quotation and the place it was copied from. Only cite.py makes one.

    `start` and `end` count code points of that version's text, end excluded. `link` opens
    the article's page at the quotation; None where the article has no address. `context` is
    the sentence before it, where the quotation is not clear without that; else None.
    `highlights` are the words of `quote` that answer, as (start, end), counted in code points of
    `quote`; none where the sentence as a whole answers.
    """

    article: ArticleInfo
    start: int
    end: int
    quote: str
    link: str | None = None
    context: str | None = None
    highlights: tuple[tuple[int, int], ...] = ()

    @property
    def ref(self) -> SpanRef:
        """Where the quotation stands."""
        return SpanRef(self.article.id, self.article.version, self.start, self.end)

    def as_dict(self) -> dict[str, Any]:
        """The citation as JSON, in the form of docs/answer.schema.json."""
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
            "highlights": [list(span) for span in self.highlights],
        }


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A citation with the text around it: `before` + `quote` + `after`."""

    citation: Citation
    before: str
    after: str


def newest(citations: Iterable[Citation]) -> str | None:
    """The newest date of their articles, in ISO 8601; None where no article has a date."""
    dates = (citation.article.published for citation in citations)
    known = [(span[1], published) for published in dates if (span := date_bounds(published))]
    return max(known)[1] if known else None
