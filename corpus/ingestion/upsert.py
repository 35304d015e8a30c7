"""One article into the library: embedded first, then stored at once with what belongs to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from corpus.article import Article, is_version, same
from corpus.ingestion.embedding import Embed, embedded
from corpus.ingestion.near_duplicates import file_under_story
from corpus.ingestion.revisions import corrections
from corpus.storage.store import ArticleStore, Outcome


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
    before = store.article(article.info.id)
    if before is not None and is_version(before, article):
        outcome = Outcome.UNCHANGED if same(before, article) else Outcome.CHANGED
        with store.together():
            store.put(article, [])  # other dates need no other embeddings
            beside(outcome)
        return Kept(outcome)
    outcome = Outcome.CHANGED if before is not None else Outcome.ADDED
    right = corrections(before.text, article.text) if before is not None else ()
    rows = embedded(article, embed)
    with store.together():
        file_under_story(store, store.put(article, rows))
        beside(outcome)
    return Kept(outcome, tuple(right))
