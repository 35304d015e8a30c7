"""Stores one article: embeds it first, then writes it and what belongs to it at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from corpus.article import Article
from corpus.ingestion.embedding import Embed, embed_article
from corpus.ingestion.near_duplicates import assign_story
from corpus.ingestion.revisions import corrections
from corpus.storage.store import ArticleStore, Outcome, Stored


@dataclass(frozen=True, slots=True)
class Upserted:
    """What became of an article; `corrections` are what the new version put right: "12 → 14"."""

    outcome: Outcome
    corrections: tuple[str, ...] = ()


def upsert(
    article: Article, store: ArticleStore, embed: Embed, beside: Callable[[Outcome], None]
) -> Upserted:
    """Store an article as the newest version of its id, unless the newest says the same.

    Args:
        article: The article, of any version.
        store: The library, open to write.
        embed: Embeds its texts; not called where nothing but dates changed.
        beside: Runs in the same transaction, with the outcome.

    Raises:
        StoreError: The library cannot be written; nothing of it was stored.
    """
    with store.together():
        stored = store.refresh(article)
        if stored is not None:
            beside(stored.outcome)
            return Upserted(stored.outcome)
    rows = embed_article(article, embed)
    with store.together():
        stored = store.put(article, rows)
        assign_story(store, stored.article)
        beside(stored.outcome)
    return Upserted(stored.outcome, corrections_in(stored))


def corrections_in(stored: Stored) -> tuple[str, ...]:
    """What a new version put right, one line each; () for the first one."""
    if stored.before is None or not stored.is_new_version:
        return ()
    return tuple(corrections(stored.before.text, stored.article.text))
