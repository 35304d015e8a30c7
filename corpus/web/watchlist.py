"""The feeds and pages that a library watches, in its one file: who is due, what became of each."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from corpus.canonical_url import canonical
from corpus.errors import FeedError
from corpus.storage.store import ArticleStore
from corpus.storage.text_hash import text_hash
from corpus.web.feeds import Feed, FeedEntry
from corpus.web.fetch import Fetched
from corpus.web.recrawl_schedule import (
    FIRST_PAUSE_S,
    MOST_FAILURES,
    Draw,
    failure_pause_s,
    feed_pause_s,
    is_gone,
    jittered,
    page_pause_s,
    timestamp,
)
from corpus.web.results import FeedHealth

MAX_TOLD_CHARS = 1_000_000


@dataclass(frozen=True, slots=True)
class WatchedFeed:
    """What is needed to look at a feed again."""

    id: int
    url: str
    kind: str
    etag: str | None
    modified: str | None
    pause_s: float
    failures: int


@dataclass(frozen=True, slots=True)
class WatchedPage:
    """What is needed to look at a page again. `told` is what its feed says of it."""

    url: str
    article_id: str | None
    state: str
    told: FeedEntry | None
    etag: str | None
    modified: str | None
    looks: int
    failures: int
    missed_at: str | None


_PAGE = "url, article_id, state, told, etag, modified, looks, failures, missed_at"
_FEED = "id, url, kind, etag, modified, pause_s, failures"


class WatchList:
    """What an open library watches. For the thread that has the store."""

    def __init__(self, store: ArticleStore, draw: Draw = random.random) -> None:
        self._store = store
        self._draw = draw

    # -- feeds ---------------------------------------------------------------------------

    def add_feed(self, url: str, kind: str, now: datetime) -> WatchedFeed:
        """Raises FeedError when it is watched already."""
        with self._store.together():
            made = self._store.execute(
                "INSERT INTO feed (url, kind, next_at, pause_s) VALUES (?, ?, ?, ?) "
                "ON CONFLICT DO NOTHING",
                url,
                kind,
                timestamp(now),
                FIRST_PAUSE_S,
            )
        if not made.rowcount:
            raise FeedError(f"{url} is watched already.")
        return self.feed(url)

    def feed(self, url: str) -> WatchedFeed:
        """The feed with this address, in whichever form. Raises FeedError."""
        for feed in self.all_feeds():
            if canonical(feed.url) == canonical(url):
                return feed
        raise FeedError(f"No feed is watched at {url}; the list of feeds shows those that are.")

    def all_feeds(self) -> list[WatchedFeed]:
        return [WatchedFeed(*row) for row in self._store.rows(f"SELECT {_FEED} FROM feed")]

    def due_feeds(self, now: datetime) -> list[WatchedFeed]:
        rows = self._store.rows(
            f"SELECT {_FEED} FROM feed WHERE next_at <= ? ORDER BY next_at", timestamp(now)
        )
        return [WatchedFeed(*row) for row in rows]

    def remove_feed(self, url: str) -> FeedHealth:
        """Its articles stay, and are looked at no more. Returns how it was. Raises FeedError."""
        feed = self.feed(url)
        was = self.health_of(feed.url)
        with self._store.together():
            self._store.execute(
                "DELETE FROM page WHERE feed_id = ? AND article_id IS NULL", feed.id
            )
            self._store.execute("UPDATE page SET next_at = NULL WHERE feed_id = ?", feed.id)
            self._store.execute("DELETE FROM feed WHERE id = ?", feed.id)
        return was

    def health_of(self, url: str) -> FeedHealth:
        """How the feed with exactly this address does."""
        return next(health for health in self.health() if health.url == url)

    def health(self) -> list[FeedHealth]:
        """All feeds, in the order in which they were added."""
        rows = self._store.rows(
            "SELECT feed.url, coalesce(title, feed.url), kind, count(DISTINCT article_id), "
            "count(CASE WHEN state = 'waiting' THEN 1 END), "
            "count(CASE WHEN state = 'refused' THEN 1 END), feed.checked_at, feed.next_at, "
            "feed.failures, feed.problem FROM feed LEFT JOIN page ON feed_id = feed.id "
            "GROUP BY feed.id ORDER BY feed.id"
        )
        return [FeedHealth(*row) for row in rows]

    def feed_read(
        self, feed: WatchedFeed, fetched: Fetched, found: Feed | None, now: datetime
    ) -> int:
        """A feed was looked at; what is new in it is due. Returns how many entries that are.

        `found` is None when it had not changed.
        """
        found = found or Feed(None, ())
        with self._store.together():
            brought = sum(self._want(feed, entry, now) for entry in found.entries)
            pause_s = feed_pause_s(feed.pause_s, brought)
            self._store.execute(
                "UPDATE feed SET url = CASE WHEN ? AND NOT EXISTS (SELECT 1 FROM feed WHERE "
                "url = ?) THEN ? ELSE url END, title = coalesce(?, title), "
                "etag = coalesce(?, etag), modified = coalesce(?, modified), "
                "checked_at = ?, next_at = ?, pause_s = ?, failures = 0, problem = ? WHERE id = ?",
                fetched.moved,
                fetched.url,
                fetched.url,
                found.title,
                fetched.etag,
                fetched.modified,
                timestamp(now),
                jittered(now, pause_s, self._draw),
                pause_s,
                found.problem,
                feed.id,
            )
        return brought

    def feed_failed(self, feed: WatchedFeed, why: str, wait_s: float | None, now: datetime) -> None:
        """It could not be read; `wait_s` is how long its server wants to be left alone."""
        pause_s = max(failure_pause_s(feed.failures + 1), wait_s or 0.0)
        with self._store.together():
            self._store.execute(
                "UPDATE feed SET checked_at = ?, next_at = ?, failures = failures + 1, "
                "problem = ? WHERE id = ?",
                timestamp(now),
                jittered(now, pause_s, self._draw),
                why,
                feed.id,
            )

    def feed_waits(self, feed: WatchedFeed, why: str, until: datetime) -> None:
        """It was not asked, for its server is left alone until then."""
        with self._store.together():
            self._store.execute(
                "UPDATE feed SET next_at = ?, problem = ? WHERE id = ?",
                timestamp(until),
                why,
                feed.id,
            )

    def _want(self, feed: WatchedFeed, entry: FeedEntry, now: datetime) -> bool:
        url = canonical(entry.url)
        told = json.dumps(asdict(entry))
        if len(told) > MAX_TOLD_CHARS:
            told = json.dumps({**asdict(entry), "content": None})
        if self._store.rows("SELECT 1 FROM forgotten WHERE url_hash = ?", text_hash(url)):
            return False
        made = self._store.execute(
            "INSERT INTO page (url, feed_id, state, told, stamp, first_at, next_at) "
            "VALUES (?, ?, 'waiting', ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            url,
            feed.id,
            told,
            entry.updated,
            timestamp(now),
            timestamp(now),
        )
        if made.rowcount:
            return True
        # One that says it was changed since is looked at again, whatever its turn.
        self._store.execute(
            "UPDATE page SET stamp = ?1, told = ?2, next_at = ?3, failures = 0 WHERE url = ?4 "
            "AND stamp < ?1",
            entry.updated,
            told,
            timestamp(now),
            url,
        )
        self._store.execute(
            "UPDATE page SET stamp = ? WHERE url = ? AND stamp IS NULL", entry.updated, url
        )
        return False

    # -- pages ---------------------------------------------------------------------------

    def page(self, url: str) -> WatchedPage | None:
        """The page at an address, in whichever form that is written."""
        rows = self._store.rows(f"SELECT {_PAGE} FROM page WHERE url = ?", canonical(url))
        return _page(rows[0]) if rows else None

    def due_pages(self, now: datetime, feeds: Sequence[int] | None = None) -> list[WatchedPage]:
        """The pages to look at, of these feeds or of all, those that wait longest first."""
        rows = self._store.rows(
            f"SELECT {_PAGE}, feed_id FROM page WHERE next_at <= ? ORDER BY next_at, rowid",
            timestamp(now),
        )
        return [_page(row[:-1]) for row in rows if feeds is None or row[-1] in feeds]

    def article_of(self, urls: Iterable[str]) -> str | None:
        """The article that the first of these addresses leads to, of those that lead to one."""
        for url in urls:
            page = self.page(url)
            if page is not None and page.article_id is not None:
                return page.article_id
        return None

    def kept(
        self,
        asked: str,
        article_id: str,
        known_by: Iterable[str],
        fetched: Fetched | None,
        is_new: bool,
        problem: str | None,
        now: datetime,
    ) -> None:
        """`asked` became this article, which the addresses `known_by` lead to as well.

        `fetched` is None when the page itself was refused and its feed had the article. To be
        called inside of `together`.
        """
        url = canonical(asked)
        page = self.page(url)
        looks = 0 if page is None or is_new else page.looks + 1
        pause_s = None if fetched is None else page_pause_s(looks)
        self._store.execute(
            "INSERT INTO page (url, article_id, state, first_at, checked_at) "
            "VALUES (?1, ?2, 'kept', ?3, ?3) ON CONFLICT (url) DO UPDATE SET "
            "article_id = excluded.article_id, state = 'kept', checked_at = excluded.checked_at",
            url,
            article_id,
            timestamp(now),
        )
        self._store.execute(
            "UPDATE page SET told = NULL, etag = ?, modified = ?, next_at = ?, looks = ?, "
            "failures = 0, missed_at = NULL, problem = ? WHERE url = ?",
            fetched.etag if fetched else None,
            fetched.modified if fetched else None,
            None if pause_s is None else jittered(now, pause_s, self._draw),
            looks,
            problem,
            url,
        )
        others = {canonical(each) for each in known_by} - {url}
        for other in sorted(others):
            self._store.execute(
                "INSERT INTO page (url, article_id, state, first_at) "
                "VALUES (?, ?, 'kept', ?) ON CONFLICT (url) DO UPDATE SET "
                "article_id = excluded.article_id, state = 'kept', "
                "next_at = CASE WHEN page.state = 'waiting' THEN NULL ELSE page.next_at END",
                other,
                article_id,
                timestamp(now),
            )
        for each in (url, *others):  # whoever adds by hand what was forgotten wants it again
            self._store.execute("DELETE FROM forgotten WHERE url_hash = ?", text_hash(each))

    def waits(self, page: WatchedPage, until: datetime) -> None:
        """It was not asked for, for its server is left alone until then."""
        self._update(page, "next_at = ?", timestamp(until))

    def missed(self, page: WatchedPage, status: int, why: str, now: datetime) -> bool:
        """An article's page was not there; returns whether it counts as gone now."""
        since = datetime.fromisoformat(page.missed_at) if page.missed_at else now
        gone = is_gone(status, page.failures + 1, since, now)
        self._update(
            page,
            "state = ?, failures = failures + 1, missed_at = ?, checked_at = ?, next_at = ?, "
            "problem = ?",
            "gone" if gone else "kept",
            timestamp(since),
            timestamp(now),
            None if gone else jittered(now, 86_400.0, self._draw),
            why,
        )
        return gone

    def failed(self, page: WatchedPage, why: str, wait_s: float | None, now: datetime) -> bool:
        """Something went wrong that may pass; returns whether it is tried again."""
        failures = page.failures + 1
        again = failures < MOST_FAILURES
        pause_s = max(failure_pause_s(failures), wait_s or 0.0)
        self._update(
            page,
            "state = ?, failures = ?, checked_at = ?, next_at = ?, problem = ?",
            page.state if again or page.article_id else "refused",
            failures,
            timestamp(now),
            jittered(now, pause_s, self._draw) if again else None,
            why,
        )
        return again

    def refused(self, page: WatchedPage, why: str, now: datetime) -> None:
        """It is no article, and will not be one; an article that it was before stays."""
        pause_s = page_pause_s(page.looks + 1) if page.article_id else None
        self._update(
            page,
            "state = ?, told = NULL, looks = looks + 1, checked_at = ?, next_at = ?, problem = ?",
            "kept" if page.article_id else "refused",
            timestamp(now),
            None if pause_s is None else jittered(now, pause_s, self._draw),
            why,
        )

    def _update(self, page: WatchedPage, changes: str, *values: object) -> None:
        with self._store.together():
            self._store.execute(f"UPDATE page SET {changes} WHERE url = ?", *values, page.url)


def _page(row: Sequence[Any]) -> WatchedPage:
    values = list(row)
    values[3] = FeedEntry(**json.loads(row[3])) if row[3] else None
    return WatchedPage(*values)
