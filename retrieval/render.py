"""Words the parts of an answer that the terminal and Discord show alike."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from corpus.article import ArticleInfo
from corpus.iso_dates import date_bounds
from retrieval.answering.answer import Answer, Difference, Reason, Refusal, Statement
from retrieval.answering.citation import Citation
from retrieval.language.time_expressions import DAY
from retrieval.summaries.summary import Story
from retrieval.wording.formatting import format_date, one_line_with
from retrieval.wording.translations import tr, trn

SAMPLE_NOTE = "This comes from the sample article: no articles have been added yet."
AGE_DAYS = 30  # up to this, an age says more than a date


def statement_with_marks(statement: Statement) -> str:
    """The statement with the numbers of its citations: "He left. [1]"."""
    return f"{statement.text} {''.join(f'[{number}]' for number in statement.citations)}"


def highlights_in(statement: Statement, citations: Sequence[Citation]) -> list[tuple[int, int]]:
    """The words of a statement that answer, to be shown in bold.

    Args:
        statement: One of an answer's.
        citations: All of that answer's.

    Returns:
        Places in the statement's text, as (start, end) in code points; none where the statement is
        no quotation.
    """
    if not statement.is_quotation:
        return []
    cited = citations[statement.citations[0] - 1]
    return one_line_with(cited.quote, cited.highlights)[1]


def near_heading(refusal: Refusal) -> str:
    """The heading of the sentences below a refusal: "Closest", or "But" where they contradict."""
    return tr("But") if refusal.reason is Reason.CONTRADICTED else tr("Closest")


def format_age(published: str, asked_at: datetime | None) -> str:
    """Word an age: "5 hours old", "today", "3 days old"; the date where it is over AGE_DAYS.

    Args:
        published: A date or a time, in ISO 8601.
        asked_at: The asker's time; None where it is not known.

    Returns:
        The age. The date where `asked_at` is None or lies before it.
    """
    known = date_bounds(published)
    if asked_at is None or known is None or known[1] - known[0] > DAY:
        return format_date(published)
    if known[0] == known[1]:
        hours = (asked_at - known[0]) // timedelta(hours=1)
        days = hours // 24
        if days == 0:
            if not hours:
                return tr("less than an hour old")
            return trn("{count} hour old", "{count} hours old", hours)
    else:
        days = (asked_at.date() - known[0].date()).days
    if days == 0:
        return tr("today")
    if not 0 < days <= AGE_DAYS:
        return format_date(published)
    return trn("{count} day old", "{count} days old", days)


def newest_source(answer: Answer) -> str | None:
    """Word the age of the newest source; None where no source has a date."""
    published = answer.newest
    if published is None:
        return None
    return tr("newest source: {when}", when=format_age(published, answer.asked_at))


def difference_sentence(answer: Answer, difference: Difference) -> str:
    """Word a difference: "The sources differ: 14 in [1] (AP · 4 March 2021), 12 in [2] …"."""
    told = [
        tr(
            "{value} in [{number}] ({byline})",
            value=value,
            number=number,
            byline=byline(answer.citations[number - 1]),
        )
        for number, value in zip(difference.citations, difference.values, strict=True)
    ]
    which = (
        tr("neither is known to be the later")
        if difference.later is None
        else tr("[{number}] is the later, and may be an update", number=difference.later)
    )
    return tr(
        "The sources differ: {first}, {second}; {which}.",
        first=told[0],
        second=told[1],
        which=which,
    )


def story_coverage(story: Story) -> str:
    """Word how many report a story, and when: "2 sources, 1 copy folded, 3 to 5 March 2021"."""
    told = [counted_sources(story.sources)]
    if story.copies:
        told.append(trn("{count} copy folded", "{count} copies folded", story.copies))
    if story.first is not None:
        first, last = format_date(story.first), format_date(story.last)
        told.append(first if first == last else tr("{first} to {last}", first=first, last=last))
    return ", ".join(told)


def counted_articles(count: int) -> str:
    """Word a number of articles: "1 article", "2 articles"."""
    return trn("{count} article", "{count} articles", count)


def counted_sources(count: int) -> str:
    """Word a number of sources: "1 source", "2 sources"."""
    return trn("{count} source", "{count} sources", count)


def byline(citation: Citation) -> str:
    """Word where a citation is from, and when: "The Daily Example · 17 March 2021".

    Where the article was updated on a later day: "…, updated 18 March 2021".
    """
    return byline_of(citation.article)


def byline_of(article: ArticleInfo) -> str:
    """Word the byline of an article, as `byline` does of a citation."""
    published, updated = format_date(article.published), format_date(article.updated)
    told = f"{article.source or tr('source unknown')} · {published}"
    if article.updated is None or updated == published:
        return told
    return tr("{told}, updated {day}", told=told, day=updated)


def location(citation: Citation) -> str:
    """Where to open a citation at a terminal: its link, or its file and characters."""
    if citation.link is not None:
        return citation.link
    where = f"characters {citation.start}–{citation.end}"
    return f"{citation.article.origin}, {where}" if citation.article.origin else where


def duration(answer: Answer) -> str:
    """Word how long the answer took: "12 ms"."""
    return f"{answer.timings_ms.get('total', 0):.0f} ms"
