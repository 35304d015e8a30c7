"""The feeds and pages that a library watches: which are due, and what came of each visit."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from corpus.canonical_url import CanonicalUrl, canonical
from corpus.errors import FeedError
from corpus.storage.store import ArticleStore
from corpus.storage.text_hash import text_hash
from corpus.web.feeds import Feed, FeedEntry
from corpus.web.fetch import Fetched
from corpus.web.recrawl_schedule import (
    DAY_S,
    FIRST_PAUSE_S,
    MOST_FAILURES,
    SYSTEM_SCHEDULE,
    Schedule,
    failure_pause_s,
    feed_pause_s,
    is_gone,
    page_pause_s,
    timestamp,
)
from corpus.web.results import FeedHealth

MAX_ENTRY_CHARS = 1_000_000  # of JSON; beyond, the article in it is dropped


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
    """What is needed to look at a page again.

    `entry` is what its feed says of it; None once it was read, or where no feed listed it. `looks`
    counts those that found nothing new, `failures` those that failed, in a row. `missed_at` is
    when it was missing first (ISO 8601, UTC).
    """

    url: CanonicalUrl
    article_id: str | None
    state: str
    entry: FeedEntry | None
    etag: str | None
    modified: str | None
    looks: int
    failures: int
    missed_at: str | None


_PAGE = "url, article_id, state, told, etag, modified, looks, failures, missed_at"
_FEED = "id, url, kind, etag, modified, pause_s, failures"


class WatchList:
    """What an open library watches. For the thread that has the store."""

    def __init__(self, store: ArticleStore, schedule: Schedule = SYSTEM_SCHEDULE) -> None:
        """Use the tables of an open library.

        Args:
            store: The library, open to write where something is to be recorded.
            schedule: Tells the time, and when to look again.
        """
        self._store = store
        self._database = store.connection
        self._schedule = schedule

    # -- feeds ---------------------------------------------------------------------------

    def add_feed(self, url: str, kind: str) -> WatchedFeed:
        """Watch a feed, which is due at once.

        Args:
            url: Its address, as it was found.
            kind: "feed" or "sitemap".

        Raises:
            FeedError: It is watched already.
        """
        with self._store.together():
            made = self._database.execute(
                "INSERT INTO feed (url, kind, next_at, pause_s) VALUES ($1, $2, $3, $4) "
                "ON CONFLICT DO NOTHING",
                url,
                kind,
                self._schedule.timestamp(),
                FIRST_PAUSE_S,
            )
        if not made:
            raise FeedError(f"{url} is watched already.")
        return self.feed(url)

    def feed(self, url: str) -> WatchedFeed:
        """The feed with this address, in whichever form it is written.

        Raises:
            FeedError: No feed is watched there.
        """
        wanted = canonical(url)
        for feed in self.all_feeds():
            if canonical(feed.url) == wanted:
                return feed
        raise FeedError(f"No feed is watched at {url}; the list of feeds shows those that are.")

    def all_feeds(self) -> list[WatchedFeed]:
        """All feeds, in the order in which they were added."""
        return [WatchedFeed(*row) for row in self._database.rows(f"SELECT {_FEED} FROM feed")]

    def due_feeds(self) -> list[WatchedFeed]:
        """The feeds to look at now, those that wait longest first."""
        rows = self._database.rows(
            f"SELECT {_FEED} FROM feed WHERE next_at <= $1 ORDER BY next_at",
            self._schedule.timestamp(),
        )
        return [WatchedFeed(*row) for row in rows]

    def remove_feed(self, url: str) -> FeedHealth:
        """Watch a feed no more. Its articles stay, and are looked at no more.

        Returns:
            How the feed was.

        Raises:
            FeedError: No feed is watched at `url`.
        """
        feed = self.feed(url)
        was = self.health_of(feed.url)
        with self._store.together():
            self._database.execute(
                "DELETE FROM page WHERE feed_id = $1 AND article_id IS NULL", feed.id
            )
            self._database.execute("UPDATE page SET next_at = NULL WHERE feed_id = $1", feed.id)
            self._database.execute("DELETE FROM feed WHERE id = $1", feed.id)
        return was

    def health_of(self, url: str) -> FeedHealth:
        """How the feed with exactly this address does; StopIteration where there is none."""
        return next(health for health in self.health() if health.url == url)

    def health(self) -> list[FeedHealth]:
        """All feeds, in the order in which they were added."""
        rows = self._database.rows(
            "SELECT feed.url, coalesce(title, feed.url), kind, count(DISTINCT article_id), "
            "count(CASE WHEN state = 'waiting' THEN 1 END), "
            "count(CASE WHEN state = 'refused' THEN 1 END), feed.checked_at, feed.next_at, "
            "feed.failures, feed.problem FROM feed LEFT JOIN page ON feed_id = feed.id "
            "GROUP BY feed.id ORDER BY feed.id"
        )
        return [FeedHealth(*row) for row in rows]

    def record_feed(self, feed: WatchedFeed, fetched: Fetched, found: Feed | None) -> int:
        """Record that a feed was read; its new entries are due at once.

        Args:
            feed: The feed.
            fetched: What its address gave.
            found: The entries in that; None when it had not changed.

        Returns:
            How many entries are new.
        """
        found = found or Feed(None, ())
        with self._store.together():
            brought = sum(self._add_entry(feed, entry) for entry in found.entries)
            pause_s = feed_pause_s(feed.pause_s, brought)
            self._database.execute(
                "UPDATE feed SET url = CASE WHEN $1 AND NOT EXISTS (SELECT 1 FROM feed WHERE "
                "url = $2) THEN $3 ELSE url END, title = coalesce($4, title), "
                "etag = coalesce($5, etag), modified = coalesce($6, modified), "
                "checked_at = $7, next_at = $8, pause_s = $9, failures = 0, problem = $10 "
                "WHERE id = $11",
                fetched.moved,
                fetched.url,
                fetched.url,
                found.title,
                fetched.etag,
                fetched.modified,
                self._schedule.timestamp(),
                self._schedule.later(pause_s),
                pause_s,
                found.problem,
                feed.id,
            )
        return brought

    def record_feed_failure(self, feed: WatchedFeed, why: str, wait_s: float | None) -> None:
        """Record that a feed could not be read.

        Args:
            feed: The feed.
            why: A sentence for its owner.
            wait_s: For how many seconds its server asks to be left alone; None where it does not.
        """
        pause_s = max(failure_pause_s(feed.failures + 1), wait_s or 0.0)
        with self._store.together():
            self._database.execute(
                "UPDATE feed SET checked_at = $1, next_at = $2, failures = failures + 1, "
                "problem = $3 WHERE id = $4",
                self._schedule.timestamp(),
                self._schedule.later(pause_s),
                why,
                feed.id,
            )

    def postpone_feed(self, feed: WatchedFeed, why: str, until: datetime) -> None:
        """Put off a feed that was not asked for, because its server is left alone.

        Args:
            feed: The feed.
            why: A sentence for its owner.
            until: When its server may be asked again.
        """
        with self._store.together():
            self._database.execute(
                "UPDATE feed SET next_at = $1, problem = $2 WHERE id = $3",
                timestamp(until),
                why,
                feed.id,
            )

    def _add_entry(self, feed: WatchedFeed, entry: FeedEntry) -> bool:
        """Have the page of an entry read; returns whether it is new. Not one that was forgotten."""
        url, now = canonical(entry.url), self._schedule.timestamp()
        written = json.dumps(asdict(entry))
        if len(written) > MAX_ENTRY_CHARS:
            written = json.dumps({**asdict(entry), "content": None})
        if self._database.rows("SELECT 1 FROM forgotten WHERE url_hash = $1", text_hash(url)):
            return False
        made = self._database.execute(
            "INSERT INTO page (url, feed_id, state, told, stamp, first_at, next_at) "
            "VALUES ($1, $2, 'waiting', $3, $4, $5, $6) ON CONFLICT DO NOTHING",
            url,
            feed.id,
            written,
            entry.updated,
            now,
            now,
        )
        if made:
            return True
        # One that says it was changed since is looked at again, whatever its turn.
        self._database.execute(
            "UPDATE page SET stamp = $1, told = $2, next_at = $3, failures = 0 WHERE url = $4 "
            "AND stamp < $1",
            entry.updated,
            written,
            now,
            url,
        )
        self._database.execute(
            "UPDATE page SET stamp = $1 WHERE url = $2 AND stamp IS NULL", entry.updated, url
        )
        return False

    # -- pages ---------------------------------------------------------------------------

    def page(self, url: CanonicalUrl) -> WatchedPage | None:
        """The page at an address; None where it is not known."""
        rows = self._database.rows(f"SELECT {_PAGE} FROM page WHERE url = $1", url)
        return _page(rows[0]) if rows else None

    def due_pages(self, feeds: Sequence[int] | None = None) -> list[WatchedPage]:
        """The pages to look at now, of these feeds or of all, those that wait longest first."""
        rows = self._database.rows(
            f"SELECT {_PAGE}, feed_id FROM page WHERE next_at <= $1 ORDER BY next_at, rowid",
            self._schedule.timestamp(),
        )
        return [_page(row[:-1]) for row in rows if feeds is None or row[-1] in feeds]

    def find_article(self, urls: Iterable[CanonicalUrl]) -> str | None:
        """The id of the article at the first of these addresses that has one; else None."""
        for url in urls:
            page = self.page(url)
            if page is not None and page.article_id is not None:
                return page.article_id
        return None

    def record_article(
        self,
        url: CanonicalUrl,
        article_id: str,
        *,
        fetched: Fetched | None,
        is_new: bool,
        also_at: Iterable[CanonicalUrl] = (),
        problem: str | None = None,
    ) -> None:
        """Record that a page was read and is an article. To be called inside of `together`.

        Args:
            url: The address that was asked for.
            article_id: The article.
            fetched: What the address gave; None when it was refused, and the feed had the article.
            is_new: Whether the article is new or has changed, and not read again unchanged.
            also_at: Other addresses that lead to the article.
            problem: What was wrong, in words for people.
        """
        now = self._schedule.timestamp()
        page = self.page(url)
        looks = 0 if page is None or is_new else page.looks + 1
        pause_s = None if fetched is None else page_pause_s(looks)
        self._database.execute(
            "INSERT INTO page (url, article_id, state, first_at, checked_at) "
            "VALUES ($1, $2, 'kept', $3, $3) ON CONFLICT (url) DO UPDATE SET "
            "article_id = excluded.article_id, state = 'kept', checked_at = excluded.checked_at",
            url,
            article_id,
            now,
        )
        self._database.execute(
            "UPDATE page SET told = NULL, etag = $1, modified = $2, next_at = $3, looks = $4, "
            "failures = 0, missed_at = NULL, problem = $5 WHERE url = $6",
            fetched.etag if fetched else None,
            fetched.modified if fetched else None,
            None if pause_s is None else self._schedule.later(pause_s),
            looks,
            problem,
            url,
        )
        others = set(also_at) - {url}
        for other in sorted(others):
            self._database.execute(
                "INSERT INTO page (url, article_id, state, first_at) "
                "VALUES ($1, $2, 'kept', $3) ON CONFLICT (url) DO UPDATE SET "
                "article_id = excluded.article_id, state = 'kept', "
                "next_at = CASE WHEN page.state = 'waiting' THEN NULL ELSE page.next_at END",
                other,
                article_id,
                now,
            )
        for each in (url, *others):  # whoever adds by hand what was forgotten wants it again
            self._database.execute("DELETE FROM forgotten WHERE url_hash = $1", text_hash(each))

    def postpone(self, page: WatchedPage, until: datetime) -> None:
        """Put off a page that was not asked for, until its turn comes."""
        self._update(page, "next_at = $1", timestamp(until))

    def record_missing(self, page: WatchedPage, status: int, why: str) -> bool:
        """Record that an article's page was not there.

        Args:
            page: The page.
            status: What its server says, 404 or 410.
            why: A sentence for people.

        Returns:
            Whether it counts as gone now.
        """
        now = self._schedule.now()
        since = datetime.fromisoformat(page.missed_at) if page.missed_at else now
        gone = is_gone(status, page.failures + 1, since, now)
        self._update(
            page,
            "state = $1, failures = failures + 1, missed_at = $2, checked_at = $3, next_at = $4, "
            "problem = $5",
            "gone" if gone else "kept",
            timestamp(since),
            timestamp(now),
            None if gone else self._schedule.later(DAY_S),
            why,
        )
        return gone

    def record_failure(self, page: WatchedPage, why: str, wait_s: float | None) -> bool:
        """Record that a page could not be read, for a reason that may pass.

        Args:
            page: The page.
            why: A sentence for people.
            wait_s: For how many seconds its server asks to be left alone; None where it does not.

        Returns:
            Whether it is tried again.
        """
        failures = page.failures + 1
        again = failures < MOST_FAILURES
        pause_s = max(failure_pause_s(failures), wait_s or 0.0)
        self._update(
            page,
            "state = $1, failures = $2, checked_at = $3, next_at = $4, problem = $5",
            page.state if again or page.article_id else "refused",
            failures,
            self._schedule.timestamp(),
            self._schedule.later(pause_s) if again else None,
            why,
        )
        return again

    def record_refusal(self, page: WatchedPage, why: str) -> None:
        """Record that a page is no article, and will not be one.

        An article that it was before stays.

        Args:
            page: The page.
            why: A sentence for people.
        """
        pause_s = page_pause_s(page.looks + 1) if page.article_id else None
        self._update(
            page,
            "state = $1, told = NULL, looks = looks + 1, checked_at = $2, next_at = $3, "
            "problem = $4",
            "kept" if page.article_id else "refused",
            self._schedule.timestamp(),
            None if pause_s is None else self._schedule.later(pause_s),
            why,
        )

    def _update(self, page: WatchedPage, changes: str, *values: object) -> None:
        with self._store.together():
            where = f"url = ${len(values) + 1}"
            self._database.execute(f"UPDATE page SET {changes} WHERE {where}", *values, page.url)


def _page(row: Sequence[Any]) -> WatchedPage:
    values = list(row)
    values[3] = FeedEntry(**json.loads(row[3])) if row[3] else None
    return WatchedPage(*values)
