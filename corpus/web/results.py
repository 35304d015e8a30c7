"""What became of addresses and feeds: values that can be sent to another process."""

from __future__ import annotations

from dataclasses import dataclass, field

from corpus.ingestion.ingest import Refused
from corpus.storage.store import Outcome


@dataclass(frozen=True, slots=True)
class AddedPage:
    """What became of an address that was added; `url` is the address that it is known by.

    `corrections` are what a changed article put right: "12 → 14".
    """

    outcome: Outcome
    article_id: str
    title: str
    url: str
    corrections: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """A feed, how many of its pages were read, and whether it can be read.

    Of the pages that it listed, `articles` are in the library, `waiting` are still to be read and
    `refused` are no articles. Times are ISO 8601, UTC; `checked_at` is None before the first look,
    `next_at` where none is planned. `failures` counts those in a row; `problem` is what was wrong
    the last time, None when nothing was.
    """

    url: str
    title: str
    kind: str
    articles: int
    waiting: int
    refused: int
    checked_at: str | None
    next_at: str | None
    failures: int
    problem: str | None


@dataclass(slots=True)
class Refreshed:
    """What became of the feeds and pages that were looked at; waiting pages do not count."""

    feeds: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    gone: int = 0
    refused: list[Refused] = field(default_factory=list)

    def count(self, outcome: Outcome) -> None:
        """Count one more page with this outcome."""
        setattr(self, outcome.value, getattr(self, outcome.value) + 1)
