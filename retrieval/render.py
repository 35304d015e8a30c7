"""An Answer as plain text, and the parts of it that every surface words alike. No discord."""

from __future__ import annotations

from datetime import datetime, timedelta

from corpus.article import ArticleInfo
from retrieval.answer import Answer, Citation, Reason, Refusal, Statement
from retrieval.differ import Difference
from retrieval.summary import Story
from retrieval.times import DAY
from retrieval.when import moments

SAMPLE_NOTE = "This comes from the sample article: no articles have been added yet."
AGE_DAYS = 30  # up to this an age says more than a date


def worded(statement: Statement) -> str:
    """The statement with its marks: He left. [1]"""
    return f"{statement.text} {''.join(f'[{number}]' for number in statement.citations)}"


def lead_of(refusal: Refusal) -> str:
    """What stands before the sentences below a refusal: they are near, or say something else."""
    return "But" if refusal.reason is Reason.CONTRADICTED else "Closest"


def dated(published: str | None) -> str:
    """17 March 2021; "date unknown" when it is."""
    if published is None:
        return "date unknown"
    try:
        day = datetime.fromisoformat(published)
    except ValueError:
        return published
    return f"{day.day} {day:%B %Y}"


def aged(published: str, asked_at: datetime | None) -> str:
    """How old that is: 5 hours old, today, 3 days old; 17 March 2021 where it is over a month.

    The date too where the asker's clock is not known, or it lies before.
    """
    known = moments(published)
    if asked_at is None or known is None or known[1] - known[0] > DAY:
        return dated(published)
    if known[0] == known[1]:
        hours = (asked_at - known[0]) // timedelta(hours=1)
        days = hours // 24
        if days == 0:
            return f"{counted(hours, 'hour')} old" if hours else "less than an hour old"
    else:
        days = (asked_at.date() - known[0].date()).days
    if days == 0:
        return "today"
    return f"{counted(days, 'day')} old" if 0 < days <= AGE_DAYS else dated(published)


def newest_source(answer: Answer) -> str | None:
    """newest source: 3 days old; None where no source has a date."""
    published = answer.newest
    return None if published is None else f"newest source: {aged(published, answer.asked_at)}"


def differs(answer: Answer, difference: Difference) -> str:
    """The sources differ: 14 in [1] (AP · 4 March 2021), 12 in [2] (Reuters · 3 March 2021). …"""
    told = [
        f"{value} in [{number}] ({byline(answer.citations[number - 1])})"
        for number, value in zip(difference.citations, difference.values, strict=True)
    ]
    which = (
        "neither is known to be the later"
        if difference.later is None
        else f"[{difference.later}] is the later, and may be an update"
    )
    return f"The sources differ: {told[0]}, {told[1]}; {which}."


def coverage(story: Story) -> str:
    """2 sources, 1 copy, 3 to 5 March 2021: who tells of it, and when they did."""
    told = [counted(story.sources, "source")]
    if story.copies:
        told.append(f"{story.copies} {'copy' if story.copies == 1 else 'copies'} folded")
    if story.first is not None:
        first, last = dated(story.first), dated(story.last)
        told.append(first if first == last else f"{first} to {last}")
    return ", ".join(told)


def counted(count: int, unit: str) -> str:
    return f"{count} {unit}{'' if count == 1 else 's'}"


def byline(citation: Citation) -> str:
    """Where an article is from, and when: The Daily Example · 17 March 2021.

    The Daily Example · 17 March 2021, updated 18 March 2021, where that was on another day.
    """
    return byline_of(citation.article)


def byline_of(article: ArticleInfo) -> str:
    """The same for an article."""
    published, updated = dated(article.published), dated(article.updated)
    told = f"{article.source or 'source unknown'} · {published}"
    return told if article.updated is None or updated == published else f"{told}, updated {updated}"


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
