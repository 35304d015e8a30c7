"""Resolves names that people type to the sources and articles of a library.

It suggests names while somebody types, turns a scope into a filter for the index, and finds the
one article that is named.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum, auto
from pathlib import Path
from typing import Any

from corpus.article import ArticleInfo
from corpus.canonical_url import canonical
from corpus.storage.reader import StoreReader
from retrieval.errors import QuestionError
from retrieval.query.scope import Restriction, Scope
from retrieval.wording.formatting import format_date

MAX_NAMED = 3  # in a sentence
MAX_ASKED_CHARS = 100
MAX_CHOICES = 25


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A source or a title to choose: `label` is what people see, `value` goes to `Scope.source`."""

    label: str
    value: str


class SuggestionKind(Enum):
    """What to suggest: sources, titles, or both."""

    ALL = auto()
    SOURCES = auto()
    TITLES = auto()


class ScopeResolver:
    """Knows the sources and titles of a library; reads them again if anything changed."""

    def __init__(self, store: StoreReader) -> None:
        """Take the library's store; nothing is read yet."""
        self._store = store
        self._moment: tuple[int, int] | None = None
        self._articles: dict[str, list[ArticleInfo]] = {}
        self._sources: dict[str, list[str]] = {}

    def suggest(
        self,
        typed: str,
        max_count: int = MAX_CHOICES,
        kind: SuggestionKind = SuggestionKind.ALL,
    ) -> list[Suggestion]:
        """Suggest sources, then titles, that contain what was typed.

        Those that begin with it come first; then the sources with most articles, and the titles
        that were added last.

        Args:
            typed: What has been typed so far; "" matches all.
            max_count: How many suggestions to return at most.
            kind: Whether to suggest sources, titles, or both.
        """
        self._refresh()
        wanted = _folded(typed)
        sources = [Suggestion(names[0], names[0]) for names in self._sources.values()]
        titles = [Suggestion(a[-1].title, a[-1].id) for a in reversed(self._articles.values())]
        found = [
            suggestion
            for one_kind, group in (
                (SuggestionKind.SOURCES, sources),
                (SuggestionKind.TITLES, titles),
            )
            if kind in (one_kind, SuggestionKind.ALL)
            for suggestion in sorted(
                (one for one in group if wanted in _folded(one.label)),
                key=lambda one: not _folded(one.label).startswith(wanted),
            )
        ]
        return found[:max_count]

    def resolve(self, within: Scope) -> Restriction | None:
        """The scope as this library understands it; None if nothing is restricted.

        Raises:
            QuestionError: The source is not here, or fits several; or the days are in the wrong
                order.
        """
        if not within:
            return None
        conditions: list[dict[str, Any]] = []
        phrases: list[str] = []
        if within.source is not None:
            field, values, phrase = self._named(within.source)
            conditions.append({"field": f"meta.{field}", "operator": "in", "value": values})
            phrases.append(phrase)
        bounds = (
            (">=", within.since),
            ("<", None if within.until is None else within.until + timedelta(days=1)),
        )
        conditions += [
            {"field": "meta.published", "operator": operator, "value": day.isoformat()}
            for operator, day in bounds
            if day is not None
        ]
        if (when := _when(within.since, within.until)) is not None:
            phrases.append(f"published {when}")
        return Restriction({"operator": "AND", "conditions": conditions}, " ".join(phrases))

    def find_article(self, name: str) -> ArticleInfo:
        """Find the one article that is meant.

        Args:
            name: Its id, address, title or file name, or a part of the title or file name.

        Raises:
            QuestionError: No article is called that, or more than one is.
        """
        self._refresh()
        if found := self._of_id(name.strip()):
            return found[0]
        wanted = _folded(name)
        every = [info for infos in self._articles.values() for info in infos]
        if "://" in name:
            address = canonical(name.strip())
            every = [info for info in every if info.url and canonical(info.url) == address]
            if not every:
                raise QuestionError(f"{_cut(name)} is not among the articles here; add it first.")
            wanted = _folded(every[0].title)
        known = {info.id: (_folded(info.title), _file(info)) for info in every}
        whole = [info for info in every if wanted in known[info.id]]
        part = [info for info in every if wanted and any(wanted in one for one in known[info.id])]
        several = whole or part
        if len(several) == 1:
            return several[0]
        if several:
            raise QuestionError(_not_one(name, [info.title for info in several], []))
        raise QuestionError(
            f"No article here is called “{_cut(name)}”; name one by its title or a part of it, "
            "by its address or by its id."
        )

    def _named(self, source: str) -> tuple[str, list[str], str]:
        """The field to filter by, the values that are meant, and words such as "from Reuters"."""
        self._refresh()
        wanted = _folded(source)
        if names := self._sources.get(wanted):
            return _from(names)
        if articles := self._articles.get(wanted) or self._of_id(source.strip()):
            return _called(articles)
        sources = [names for key, names in self._sources.items() if wanted and wanted in key]
        titles = [found for key, found in self._articles.items() if wanted and wanted in key]
        if len(sources) + len(titles) == 1:
            return _from(sources[0]) if sources else _called(titles[0])
        several = [names[0] for names in sources] + [found[0].title for found in titles]
        raise QuestionError(_not_one(source, several, self._source_names()))

    def _of_id(self, article_id: str) -> list[ArticleInfo]:
        article = self._store.article(article_id)
        return [article.info] if article is not None else []

    def _source_names(self) -> list[str]:
        return [names[0] for names in self._sources.values()]

    def _refresh(self) -> None:
        """Read the articles again if anything changed since the last time."""
        moment = self._store.moment()
        if moment == self._moment:
            return
        counts: dict[str, int] = {}
        self._articles.clear()
        for info in self._store.articles():
            self._articles.setdefault(_folded(info.title), []).append(info)
            if info.source is not None:
                counts[info.source] = counts.get(info.source, 0) + 1
        self._sources.clear()
        for source in sorted(counts, key=lambda source: -counts[source]):
            self._sources.setdefault(_folded(source), []).append(source)
        self._moment = moment


def _from(names: list[str]) -> tuple[str, list[str], str]:
    return "source", names, f"from {names[0]}"


def _called(articles: list[ArticleInfo]) -> tuple[str, list[str], str]:
    return "article_id", [info.id for info in articles], f"called “{articles[0].title}”"


def _when(since: date | None, until: date | None) -> str | None:
    if since is None:
        return None if until is None else f"until {_day(until)}"
    if until is None:
        return f"since {_day(since)}"
    if since > until:
        raise QuestionError(
            f"Nothing lies between {_day(since)} and {_day(until)}; "
            "please swap “since” and “until”."
        )
    if since == until:
        return f"on {_day(since)}"
    return f"between {_day(since)} and {_day(until)}"


def _not_one(source: str, several: list[str], known: list[str]) -> str:
    """The sentence for a name that fits several things or none; `known` are the sources."""
    asked = _cut(source)
    if several:
        return f"“{asked}” may be {_listed(several)}; please choose one."
    if not known:
        return f"No article here is called “{asked}”, and none says who published it."
    return f"No article here is from “{asked}” or called so; there are articles from " + (
        f"{_listed(known)}."
    )


def _cut(name: str) -> str:
    return f"{name[:MAX_ASKED_CHARS]}…" if len(name) > MAX_ASKED_CHARS else name


def _file(info: ArticleInfo) -> str:
    return _folded(Path(info.origin or "").name)


def _listed(names: Iterable[str]) -> str:
    """Names as in "A, B, C and 4 others"."""
    known = list(names)
    shown, more = known[:MAX_NAMED], len(known) - MAX_NAMED
    if more > 0:
        return f"{', '.join(shown)} and {more} {'other' if more == 1 else 'others'}"
    return f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else shown[0]


def _day(day: date) -> str:
    return format_date(day.isoformat())


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()
