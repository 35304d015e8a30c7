"""One article into the library: embedded first, then stored at once with what belongs to it."""

from __future__ import annotations

from collections.abc import Callable

from corpus.article import Article, is_version, same
from corpus.embedding import Embed, embedded
from corpus.store import ArticleStore, Outcome


def keep(
    article: Article, store: ArticleStore, embed: Embed, beside: Callable[[Outcome], None]
) -> Outcome:
    """Store an article as the newest version of its id, unless that says the same.

    `beside` writes what is to be stored with it or not at all.
    """
    before = store.article(article.info.id)
    if before is not None and is_version(before, article):
        outcome = Outcome.UNCHANGED if same(before, article) else Outcome.CHANGED
        with store.together():
            store.put(article, [])  # other dates need no other embeddings
            beside(outcome)
        return outcome
    outcome = Outcome.CHANGED if before is not None else Outcome.ADDED
    rows = embedded(article, embed)
    with store.together():
        store.put(article, rows)
        beside(outcome)
    return outcome
