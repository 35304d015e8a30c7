"""Makes citations, by copying from the stored text; nothing else makes one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from corpus.article import Article, SpanRef
from corpus.storage.store import ArticleStore
from retrieval.answering.citation import Citation, Excerpt
from retrieval.answering.text_fragment import sentence_url
from retrieval.errors import CitationLost
from retrieval.language.anaphora import ends_like_sentence, starts_with_anaphor

CONTEXT_CHARS = 600  # of an excerpt, before the quotation and after it


def cite(store: ArticleStore, ref: SpanRef) -> Citation:
    """Copy the quotation at a place, with the sentence before it where it needs one.

    Args:
        store: Holds the article.
        ref: The place.

    Raises:
        CitationLost: The store has no such article, version or place, or the text is damaged.
    """
    article = _article(store, ref)
    citation = _cite(article, ref)
    return replace(citation, context=_context(store, article, citation))


def cite_all(store: ArticleStore, refs: Sequence[SpanRef]) -> list[Citation | None]:
    """Copy the quotations at several places, in their order; None for each that is lost."""
    found: list[Citation | None] = []
    for ref in refs:
        try:
            found.append(cite(store, ref))
        except CitationLost:
            found.append(None)
    return found


def excerpt(store: ArticleStore, ref: SpanRef) -> Excerpt:
    """Copy the quotation at a place with the text around it, cut at white space.

    Args:
        store: Holds the article.
        ref: The place.

    Raises:
        CitationLost: The store has no such article, version or place, or the text is damaged.
    """
    article, start, end = _article(store, ref), ref.start, ref.end
    before = article.text[max(0, start - CONTEXT_CHARS) : start]
    after = article.text[end : end + CONTEXT_CHARS]
    if start > CONTEXT_CHARS:
        before = "…" + before.partition(" ")[2]
    if end + CONTEXT_CHARS < len(article.text):
        after = after.rpartition(" ")[0] + "…"
    return Excerpt(_cite(article, ref), before, after)


def holds(store: ArticleStore, citation: Citation) -> bool:
    """Whether the store has exactly the quotation at its place."""
    info = citation.article
    article = store.article(info.id, info.version)
    return article is not None and article.text[citation.start : citation.end] == citation.quote


def _article(store: ArticleStore, ref: SpanRef) -> Article:
    article = store.article(ref.article_id, ref.version)
    if article is None:
        raise CitationLost("That article is not in this library any more.")
    if not store.is_sound(article):
        raise CitationLost(
            "An article that would be quoted here is damaged in the library; whoever runs the bot "
            "should run: bot.py library verify"
        )
    return article


def _context(store: ArticleStore, article: Article, citation: Citation) -> str | None:
    if not starts_with_anaphor(citation.quote):
        return None
    span = store.sentence_before(article.info, citation.start)
    before = article.text[slice(*span)] if span else ""
    return before if ends_like_sentence(before) else None


def _cite(article: Article, ref: SpanRef) -> Citation:
    start, end = ref.start, ref.end
    if not 0 <= start < end <= len(article.text):
        raise CitationLost("That place is not in the article; ask again for a fresh answer.")
    url = article.info.url
    link = sentence_url(url, article.text, start, end) if url else None
    return Citation(article.info, start, end, article.text[start:end], link)
