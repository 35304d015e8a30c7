"""The only place where a Citation comes into being: copied from the stored text, and checked."""

from __future__ import annotations

from dataclasses import replace

from corpus.article import Article
from corpus.storage.store import ArticleStore
from retrieval.answering.citation import Citation, Excerpt
from retrieval.answering.text_fragment import sentence_url
from retrieval.errors import CitationLost
from retrieval.language.anaphora import is_sentence, leans

CONTEXT_CHARS = 600  # of text before and after, for reading on


def cite(store: ArticleStore, article_id: str, version: int, start: int, end: int) -> Citation:
    """The citation of that span. Raises CitationLost when the store holds no such span."""
    article = _article(store, article_id, version)
    return replace(_cite(article, start, end), context=_context(store, article, start, end))


def excerpt(store: ArticleStore, article_id: str, version: int, start: int, end: int) -> Excerpt:
    """The citation with the text around it, cut at white space. Raises CitationLost."""
    article = _article(store, article_id, version)
    before = article.text[max(0, start - CONTEXT_CHARS) : start]
    after = article.text[end : end + CONTEXT_CHARS]
    if start > CONTEXT_CHARS:
        before = "…" + before.partition(" ")[2]
    if end + CONTEXT_CHARS < len(article.text):
        after = after.rpartition(" ")[0] + "…"
    return Excerpt(_cite(article, start, end), before, after)


def holds(store: ArticleStore, citation: Citation) -> bool:
    """Whether the quotation is, character for character, what the store has at its place."""
    info = citation.article
    article = store.article(info.id, info.version)
    return article is not None and article.text[citation.start : citation.end] == citation.quote


def _article(store: ArticleStore, article_id: str, version: int) -> Article:
    article = store.article(article_id, version)
    if article is None:
        raise CitationLost("That article is not in this library any more.")
    if not store.is_sound(article):
        raise CitationLost(
            "An article that would be quoted here is damaged in the library; whoever runs the bot "
            "should run: bot.py library verify"
        )
    return article


def _context(store: ArticleStore, article: Article, start: int, end: int) -> str | None:
    if not leans(article.text[start:end]):
        return None
    span = store.sentence_before(article.info, start)
    before = article.text[slice(*span)] if span else ""
    return before if is_sentence(before) else None


def _cite(article: Article, start: int, end: int) -> Citation:
    if not 0 <= start < end <= len(article.text):
        raise CitationLost("That place is not in the article; ask again for a fresh answer.")
    url = article.info.url
    link = sentence_url(url, article.text, start, end) if url else None
    return Citation(article.info, start, end, article.text[start:end], link)
