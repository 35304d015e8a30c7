"""What a library knows of the pages on the web that its articles were read from."""

from __future__ import annotations

from corpus.storage.reader import StoreReader


def is_page_gone(store: StoreReader, article_id: str) -> bool:
    """Whether all pages that an article was read from are gone; False for one from elsewhere."""
    rows = store.connection.rows("SELECT state FROM page WHERE article_id = $1", article_id)
    return {state for (state,) in rows} == {"gone"}


def gone_articles(store: StoreReader) -> dict[str, str]:
    """The ids of the articles whose pages are gone, sorted, and when that was first seen."""
    return dict(
        store.connection.rows(
            "SELECT article_id, max(missed_at) FROM page WHERE state = 'gone' GROUP BY article_id "
            "ORDER BY article_id"
        )
    )


def next_due(store: StoreReader) -> str | None:
    """When the next feed or page of a library is due (ISO 8601, UTC); None for never."""
    ((found,),) = store.connection.rows(next_due_query())
    return None if found is None else str(found)


def next_due_query(schema: str = "") -> str:
    """The same as a query; `schema` is where the tables are, "" for the connection's own."""
    within = f"{schema}." if schema else ""
    return (
        f"SELECT min(at) FROM (SELECT min(next_at) AS at FROM {within}feed "
        f"UNION ALL SELECT min(next_at) FROM {within}page) AS due"
    )
