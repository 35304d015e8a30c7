"""What became of addresses and feeds: values that can be sent to another process."""

from __future__ import annotations

from dataclasses import dataclass, field

from corpus.ingestion.ingest import Refused
from corpus.storage.store import Outcome


@dataclass(frozen=True, slots=True)
class AddedPage:
    """What became of an address that was added; `url` is the one that it is known by.

    `corrections` are what was put right in an article that changed: "12 → 14".
    """

    outcome: Outcome
    article_id: str
    title: str
    url: str
    corrections: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """A feed, how much came of it, and how it does.

    Of the pages that it listed, `articles` are in the library, `waiting` are still to be read
    and `refused` are not articles. Times are ISO 8601, UTC. `failures` are in a row; `problem`
    is what was wrong the last time, None when nothing was.
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
    """What became of feeds and pages that were looked at; pages that wait are not counted."""

    feeds: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    gone: int = 0
    refused: list[Refused] = field(default_factory=list)

    def count(self, outcome: Outcome) -> None:
        setattr(self, outcome.value, getattr(self, outcome.value) + 1)
