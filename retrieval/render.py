"""An Answer as plain text, and the parts of it that every surface words alike. No discord."""

from __future__ import annotations

from datetime import datetime

from retrieval.answer import Answer, Citation, Statement

SAMPLE_NOTE = "This comes from the sample article: no articles have been added yet."


def worded(statement: Statement) -> str:
    """The statement with its marks: He left. [1]"""
    return f"{statement.text} {''.join(f'[{number}]' for number in statement.citations)}"


def dated(published: str | None) -> str:
    """17 March 2021; "date unknown" when it is."""
    if published is None:
        return "date unknown"
    try:
        day = datetime.fromisoformat(published)
    except ValueError:
        return published
    return f"{day.day} {day:%B %Y}"


def byline(citation: Citation) -> str:
    """Where an article is from, and when: The Daily Example · 17 March 2021."""
    article = citation.article
    return f"{article.source or 'source unknown'} · {dated(article.published)}"


def place(citation: Citation) -> str:
    """Where to open a citation at a terminal: its link, or the file and the characters there."""
    if citation.link is not None:
        return citation.link
    where = f"characters {citation.start}–{citation.end}"
    return f"{citation.article.origin}, {where}" if citation.article.origin else where


def one_line(text: str) -> str:
    """White space as single spaces, as quotations are shown."""
    return " ".join(text.split())


def took(answer: Answer) -> str:
    """How long the answer took: 12 ms."""
    return f"{answer.timings_ms.get('total', 0):.0f} ms"
