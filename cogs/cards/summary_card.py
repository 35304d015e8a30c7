"""The card of a summary: each line is a quotation with its link, under its story."""

from __future__ import annotations

from collections.abc import Sequence

from discord import ui

from cogs.cards.answer_card import how_made, sample_note
from cogs.cards.passage_button import PassageButton
from cogs.cards.timeline_button import TimelineButton, TimelineId
from cogs.cards.vote_buttons import vote_buttons
from cogs.records.seen_summaries import LastSummary
from cogs.ui.components import ANSWERED, MAX_CHARS, REFUSED, Box, Card, Row, card, open_button
from cogs.ui.markdown import escape, fit
from retrieval.answering.answer import Statement
from retrieval.answering.citation import Citation
from retrieval.render import (
    byline,
    counted_articles,
    counted_sources,
    difference_sentence,
    story_coverage,
)
from retrieval.summaries.summary import Story, Summary
from retrieval.wording.translations import tr, translate_sentence, trn

NAMED_CHARS = 250
TITLE_CHARS = 90
BYLINE_CHARS = 80
DIFFERENCE_CHARS = 350
CONTEXT_CHARS = 120
MAX_LINES = 10
NEW = "🆕"


def summary_card(summary: Summary, key: str | None = None, seen: LastSummary | None = None) -> Card:
    """The summary, or why there is none.

    Args:
        summary: What to show.
        key: The key under which it is stored; None leaves out the buttons that need it.
        seen: What the channel was shown of the same subject before; None for a first summary.
    """
    answer = summary.answer
    box: Box = ui.Container(accent_colour=ANSWERED if answer.answered else REFUSED)
    if answer.refusal is not None:
        box.add_item(ui.TextDisplay(f"-# {fit(answer.question, NAMED_CHARS)}"))
        box.add_item(ui.TextDisplay(f"**{escape(translate_sentence(answer.refusal.message))}**"))
        return card(box)
    new = frozenset() if seen is None else frozenset(summary.articles) - seen.articles
    head = _head(summary, seen, len(new))
    foot = _foot(summary)
    lines = [
        (_above(summary, story, new) if at == 0 else "", statement)
        for story, statements in summary.grouped()
        for at, statement in enumerate(statements)
    ][:MAX_LINES]
    wholes = [
        _Line(above, statement, answer.citations[statement.citations[0] - 1], summary)
        for above, statement in lines
    ]
    room = MAX_CHARS - len(head) - len(foot) - sum(len(line.around) for line in wholes)
    max_chars = fair_share([len(escape(line.statement.text)) for line in wholes], room)
    box.add_item(ui.TextDisplay(head))
    for line in wholes:
        text = ui.TextDisplay[ui.LayoutView](line.render(max_chars))
        accessory = open_button(line.citation) or PassageButton.of(line.citation)
        box.add_item(ui.Section(text, accessory=accessory))
    if key is not None:
        row: Row = ui.ActionRow()
        for button in (TimelineButton(TimelineId(key)), *vote_buttons(key)):
            row.add_item(button)
        box.add_item(row)
    box.add_item(ui.TextDisplay(foot))
    return card(box)


class _Line:
    """One line: the quotation, cut to the room there is, and the marks around it."""

    def __init__(
        self, above: str, statement: Statement, citation: Citation, summary: Summary
    ) -> None:
        self.statement = statement
        self.citation = citation
        self._above = above
        marks = "".join(rf"\[{number}\]" for number in statement.citations)
        context = citation.context if statement.is_quotation else None
        self._context = f"> -# {fit(context, CONTEXT_CHARS)}\n" if context else ""
        self._mark = f" {marks}"
        self._below = (
            f"\n-# {fit(byline(citation), BYLINE_CHARS)}" if len(summary.articles) > 1 else ""
        )

    @property
    def around(self) -> str:
        return f"{self._above}{self._context}> {self._mark}{self._below}"

    def render(self, max_chars: int) -> str:
        line = fit(self.statement.text, max_chars)
        return f"{self._above}{self._context}> {line}{self._mark}{self._below}"


def fair_share(lengths: Sequence[int], room: int) -> int:
    """The length that each text may have for all to fit; short ones leave room to the others."""
    left = max(0, room)
    for at, length in enumerate(sorted(lengths)):
        share = left // (len(lengths) - at)
        if length > share:
            return share
        left -= length
    return max(lengths, default=0)


def _head(summary: Summary, seen: LastSummary | None, new: int) -> str:
    answer = summary.answer
    lines = [f"-# {fit(answer.question, NAMED_CHARS)}"]
    if answer.within is not None and answer.within not in answer.question:
        which = fit(answer.within, NAMED_CHARS)
        lines.append(f"-# {tr('Only the articles {which}', which=which)}")
    stories = summary.stories
    if len(stories) > 1:
        sources = len({one.article.source or one.article.id for one in answer.citations})
        copies = sum(story.copies for story in stories)
        shown = len(summary.grouped())
        all_or_some = tr("{shown} of {count}", shown=shown, count=len(stories))
        shown_text = tr(
            "{stories} stories in {articles}, {sources} quoted",
            stories=all_or_some if shown < len(stories) else shown,
            articles=counted_articles(len(summary.articles)),
            sources=counted_sources(sources),
        )
        if copies:
            shown_text += f", {trn('{count} copy folded', '{count} copies folded', copies)}"
        lines.append(f"-# {shown_text}")
    elif stories and len(summary.articles) > 1:
        lines.append(f"-# {escape(story_coverage(stories[0]))}")
    elif stories:
        lines.append(f"-# {fit(byline(answer.citations[0]), BYLINE_CHARS)}")
    if seen is not None:
        when = f"<t:{int(seen.at)}:R>"
        news = trn(
            "{count} article new since the last summary here, {when}",
            "{count} articles new since the last summary here, {when}",
            new,
            when=when,
        )
        nothing = tr("Nothing new since the last summary here, {when}", when=when)
        lines.append(f"-# {NEW} {news}" if new else f"-# {nothing}")
    return "\n".join(lines)


def _above(summary: Summary, story: Story, new: frozenset[str]) -> str:
    """The story's title and number of sources; empty for the only story."""
    if len(summary.stories) == 1:
        return ""
    mark = f"{NEW} " if new.intersection(story.articles) else ""
    shown_text = f"{mark}**{fit(story.title, TITLE_CHARS)}**"
    if len(story.articles) > 1:
        shown_text += f" · {counted_sources(story.sources)}"
        if story.copies:
            shown_text += f", {trn('{count} copy', '{count} copies', story.copies)}"
    return f"{shown_text}\n"


def _foot(summary: Summary) -> str:
    answer = summary.answer
    lines = []
    if answer.differences:
        lines.append(fit(difference_sentence(answer, answer.differences[0]), DIFFERENCE_CHARS))
    lines += [f"-# {escape(translate_sentence(note))}" for note in summary.notes]
    if answer.from_samples:
        lines.append(f"-# {sample_note()}")
    lines.append(f"-# {how_made(answer)}")
    return "\n".join(lines)
