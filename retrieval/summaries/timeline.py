"""Makes the timeline of a story: who reported when, what changed, where figures first stood."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import pairwise

from corpus.article import Article, ArticleInfo
from corpus.ingestion.revisions import corrections
from corpus.iso_dates import date_bounds
from corpus.segmentation.splitter import sentences
from corpus.storage.store import ArticleStore
from retrieval.answering.number_conflicts import Count, count_same_thing, find_counts
from retrieval.errors import CitationLost
from retrieval.language.tokens import STOP_WORDS
from retrieval.wording.formatting import format_date

MAX_FIGURES = 6
LEAD_SENTENCES = 8  # of an article that are searched for key figures
MAX_ALT_CHARS = 1024  # Discord's limit for the description of a picture
REMOVED = "None of its articles is in the library any more."
UNDATED = "None of its articles says when it was published, so there is no timeline of them."


class MomentKind(StrEnum):
    """What happened at a moment."""

    FIRST = "first report"
    REPORT = "report"
    COPY = "copy"
    UPDATE = "update"
    CORRECTION = "correction"


@dataclass(frozen=True, slots=True)
class Moment:
    """An article, or a new version of one; `told` is what it corrected, "" for nothing."""

    at: datetime
    source: str
    title: str
    kind: MomentKind
    told: str = ""


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """A number with what it counts, and when and where it was first reported."""

    phrase: str
    at: datetime
    source: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """Moments and figures, each the oldest first; `undated` counts the articles without a date."""

    title: str
    moments: tuple[Moment, ...]
    figures: tuple[KeyFigure, ...]
    undated: int = 0

    @property
    def alt(self) -> str:
        """The same facts in words, for readers who cannot see the picture."""
        parts = [f"Timeline of “{self.title}”."]
        for moment in self.moments:
            told = f" ({moment.told})" if moment.told else ""
            parts.append(f"{_day(moment.at)}, {moment.source}: {moment.kind.value}{told}.")
        parts += [
            f"“{figure.phrase}” first on {_day(figure.at)} in {figure.source}."
            for figure in self.figures
        ]
        if self.undated:
            parts.append(f"{self.undated} without a date.")
        whole = " ".join(parts)
        return whole if len(whole) <= MAX_ALT_CHARS else whole[: MAX_ALT_CHARS - 1] + "…"


def build_timeline(store: ArticleStore, article_ids: Sequence[str]) -> Timeline:
    """Make the timeline of some articles.

    Args:
        store: Holds them.
        article_ids: Their ids; those that are not in the store are left out.

    Raises:
        CitationLost: None of them is in the store, or none has a date.
    """
    found = [article for one in article_ids if (article := store.article(one)) is not None]
    if not found:
        raise CitationLost(REMOVED)
    known = [(at, article) for article in found if (at := _at(article.info)) is not None]
    if not known:
        raise CitationLost(UNDATED)
    known.sort(key=lambda pair: pair[0])
    stories = store.stories([article.info.id for _, article in known])
    seen: set[object] = set()
    told: list[Moment] = []
    for at, article in known:
        story = stories.get(article.info.id, article.info.id)
        kind = MomentKind.COPY if story in seen else MomentKind.REPORT if told else MomentKind.FIRST
        seen.add(story)
        told.append(Moment(at, _source(article.info), article.info.title, kind))
        told += _versions(store, article.info)
    told.sort(key=lambda moment: moment.at)
    title = known[-1][1].info.title
    return Timeline(title, tuple(told), tuple(_figures(known)), len(found) - len(known))


def _versions(store: ArticleStore, info: ArticleInfo) -> Iterator[Moment]:
    """A moment for each later version of an article."""
    versions = store.versions(info.id)
    for (before, _), (after, added_at) in pairwise(versions):
        old, new = store.article(info.id, before.version), store.article(info.id, after.version)
        if old is None or new is None:
            continue
        right = corrections(old.text, new.text)
        kind = MomentKind.CORRECTION if right else MomentKind.UPDATE
        at = _moment(after.updated) or _moment(added_at)
        if at is not None:
            yield Moment(at, _source(after), after.title, kind, "; ".join(right)[:120])


def _figures(known: Sequence[tuple[datetime, Article]]) -> list[KeyFigure]:
    """Each number for a thing that several articles count, where it first stood; oldest first."""
    firsts: list[tuple[KeyFigure, Count]] = []
    counted_by: list[set[str]] = []
    for at, article in known:
        for sentence in sentences(article.text)[:LEAD_SENTENCES]:
            for count in find_counts(sentence.text):
                same = [
                    number
                    for number, (_, other) in enumerate(firsts)
                    if count_same_thing(count, other)
                ]
                for number in same:
                    counted_by[number].add(article.info.id)
                if any(firsts[number][1].key == count.key for number in same):
                    continue
                phrase = _phrase(sentence.text, count)
                if phrase is None:
                    continue
                firsts.append((KeyFigure(phrase, at, _source(article.info)), count))
                counted_by.append({article.info.id, *(i for n in same for i in counted_by[n])})
    order = sorted(range(len(firsts)), key=lambda number: -len(counted_by[number]))
    is_one = len(known) == 1
    key = [number for number in order if is_one or len(counted_by[number]) > 1][:MAX_FIGURES]
    return [firsts[number][0] for number in sorted(key)]


def _phrase(sentence: str, count: Count) -> str | None:
    """The number with what it counts, such as "12 people"; None where no word says what.

    A capital after the number makes it part of a name: 5 Things, 10 Downing Street.
    """
    match = re.search(rf"{re.escape(count.text)}((?:[^\S\n]+[\w’'%-]+){{1,3}})", sentence)
    behind = match[1].split() if match else []
    while behind and behind[-1].lower() in STOP_WORDS:
        behind.pop()
    if not behind or behind[0][0].isupper() or behind[0].lower() in STOP_WORDS:
        return None
    return f"{count.text} {' '.join(behind)}"


def _at(info: ArticleInfo) -> datetime | None:
    return _moment(info.published)


def _moment(published: str | None) -> datetime | None:
    known = date_bounds(published)
    return None if known is None else known[0].astimezone(UTC)


def _source(info: ArticleInfo) -> str:
    return info.source or "source unknown"


def _day(at: datetime) -> str:
    return format_date(at.date().isoformat())
