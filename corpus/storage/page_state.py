"""What a library knows of the pages on the web that its articles were read from."""

from __future__ import annotations

from corpus.storage.reader import StoreReader

NEXT_DUE = (
    "SELECT min(at) FROM (SELECT min(next_at) AS at FROM feed "
    "UNION ALL SELECT min(next_at) FROM page) AS due"
)
"""A query for the moment (ISO 8601, UTC) when the next feed or page is due; NULL for never."""


def is_page_gone(store: StoreReader, article_id: str) -> bool:
    """Whether all pages that an article was read from are gone."""
    states = {s for (s,) in store.rows("SELECT state FROM page WHERE article_id = ?", article_id)}
    return states == {"gone"}


def gone_articles(store: StoreReader) -> dict[str, str]:
    """The ids of the articles whose pages are gone, with the moment when that was seen first."""
    return dict(
        store.rows(
            "SELECT article_id, max(missed_at) FROM page WHERE state = 'gone' GROUP BY article_id "
            "ORDER BY article_id"
        )
    )


def next_due(store: StoreReader) -> str | None:
    """When something is due next in a library; None when nothing ever is."""
    ((found,),) = store.rows(NEXT_DUE)
    return None if found is None else str(found)
