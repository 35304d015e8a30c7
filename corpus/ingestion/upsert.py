"""One article into the library: embedded first, then stored at once with what belongs to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from corpus.article import Article
from corpus.ingestion.embedding import Embed, embed_article
from corpus.ingestion.near_duplicates import assign_story
from corpus.ingestion.revisions import corrections
from corpus.storage.store import ArticleStore, Outcome, Stored


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of an article, and what was put right in it: "12 → 14"."""

    outcome: Outcome
    corrections: tuple[str, ...] = ()


def keep(
    article: Article, store: ArticleStore, embed: Embed, beside: Callable[[Outcome], None]
) -> Kept:
    """Store an article as the newest version of its id, unless that says the same.

    It is filed with its copies. `beside` writes what is to be stored with it or not at all.
    """
    with store.together():
        stored = store.refresh(article)
        if stored is not None:
            beside(stored.outcome)
            return Kept(stored.outcome)
    rows = embed_article(article, embed)
    with store.together():
        stored = store.put(article, rows)
        assign_story(store, stored.article)
        beside(stored.outcome)
    return Kept(stored.outcome, corrected(stored))


def corrected(stored: Stored) -> tuple[str, ...]:
    """What a new version put right, one line each; () for the first one."""
    if stored.before is None or not stored.is_new_version:
        return ()
    return tuple(corrections(stored.before.text, stored.article.text))
