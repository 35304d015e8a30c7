"""The card of an answer, made of Discord's Components V2, within the limits for any answer.

A message may show 4,000 characters and hold 40 components. A quotation is shown once: in
the answer if a statement is the quotation, or else beside its source.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import discord
from discord import ui

from cogs.cards.follow_up_button import FollowUpButton, FollowUpId
from cogs.cards.more_sources_button import MoreButton, MoreId
from cogs.cards.passage_button import PassageButton
from cogs.cards.timeline_button import TimelineId
from cogs.cards.vote_buttons import vote_buttons
from cogs.cards.why_button import WhyButton, WhyId
from cogs.ui.components import (
    ANSWERED,
    BYLINE_CHARS,
    MAX_CHARS,
    REFUSED,
    TITLE_CHARS,
    Box,
    Card,
    Row,
    card,
    heading,
    open_button,
)
from cogs.ui.markdown import CUT, escape, fit, unescape
from corpus.iso_dates import date_bounds
from retrieval.answering.answer import Answer, Statement
from retrieval.answering.citation import Citation
from retrieval.render import SAMPLE_NOTE, difference_sentence, duration, highlights_in, near_heading
from retrieval.wording.formatting import format_date
from retrieval.wording.translations import in_every_language, tr, translate_sentence, trn

MAX_SOURCES = 5  # as many as one row has buttons
MAX_STATEMENTS = 6
QUESTION_CHARS = 250
PLAIN_CHARS = 300  # of a statement that is no quotation
CONTEXT_CHARS = 200  # of the sentence before one that refers to it
DIFFERENCE_CHARS = 350  # of the line that says how sources differ
WITHIN_CHARS = 250  # of the line that says which articles were asked
FOOTER_CHARS = 400
SMALL = "-# "
UNDERSTOOD_AS = "Understood as: {question}"
ADD_SOME = "The bot's operator can add some with `bot.py ingest`."
MARK_CHARS = 30  # the [1] and other marks around a source or a statement


def answer_card(answer: Answer, key: str | None = None, *, has_form: bool = False) -> Card:
    """The answer with its sources, or the refusal with the closest sentences.

    Args:
        answer: What to show.
        key: The key under which it is stored; None leaves out the buttons that need it.
        has_form: Whether there is a button for a follow-up question.
    """
    refusal = answer.refusal
    cited = refusal.near if refusal else answer.citations
    sources = cited[:MAX_SOURCES]
    statements = answer.statements[:MAX_STATEMENTS]
    quoted = {number for s in statements if s.is_quotation for number in s.citations}
    beside = [number for number in range(1, len(sources) + 1) if number not in quoted]
    room = MAX_CHARS - (DIFFERENCE_CHARS if answer.differences else 0)
    max_chars = _quotation_chars(statements, sources, len(beside), room)

    box: Box = ui.Container(accent_colour=ANSWERED if answer.answered else REFUSED)
    box.add_item(ui.TextDisplay(_question(answer)))
    lines = [
        _statement_text(statement, sources, max_chars, highlights_in(statement, answer.citations))
        for statement in statements
    ]
    if answer.differences:  # one, for there is little room
        lines.append(fit(difference_sentence(answer, answer.differences[0]), DIFFERENCE_CHARS))
    if refusal:
        lines = [f"**{escape(translate_sentence(refusal.message))}**"]
    box.add_item(ui.TextDisplay("\n\n".join(lines)))
    if sources:
        box.add_item(ui.Separator())
    row: Row = ui.ActionRow()
    for number, source in enumerate(sources, start=1):
        text = heading(source, f"{near_heading(refusal)}:" if refusal else f"[{number}]")
        if number in beside:
            text += f"\n{_context(source)}> {fit(source.quote, max_chars)}"
        link = open_button(source)
        box.add_item(ui.Section(ui.TextDisplay(text), accessory=link or PassageButton.of(source)))
        if link:
            row.add_item(PassageButton.of(source, tr("Show passage {number}", number=number)))
    if row.children:
        box.add_item(row)
    if key is not None:
        box.add_item(_buttons(key, len(sources), len(cited), has_form=has_form))
    box.add_item(ui.TextDisplay(_footer(answer, len(sources))))
    return card(box)


def _buttons(key: str, shown: int, total: int, *, has_form: bool) -> Row:
    row: Row = ui.ActionRow()
    if has_form:
        row.add_item(FollowUpButton(FollowUpId(key)))
    if total > shown:
        row.add_item(MoreButton(MoreId("more", key, shown + 1)))
    for button in (WhyButton(WhyId(key)), *vote_buttons(key)):
        row.add_item(button)
    return row


def read_question(message: discord.Message) -> str | None:
    """The question that a card answers, as it was understood; None if it is no card.

    Pass messages of the bot itself only: any bot can write something that looks like a card.
    """
    boxes = [part for part in message.components if isinstance(part, discord.Container)]
    for part in boxes[0].children if boxes else []:
        if isinstance(part, discord.TextDisplay) and part.content.startswith(SMALL):
            asked, *more = [line.removeprefix(SMALL) for line in part.content.splitlines()]
            question = next(filter(None, map(_understood_as, more)), asked)
            return unescape(question).removesuffix(CUT)
    return None


def _understood_as(line: str) -> str | None:
    """The question in an "Understood as" line of any language; None for another line."""
    for text in in_every_language(UNDERSTOOD_AS):
        lead, _, _ = text.partition("{")
        if line.startswith(lead):
            return line.removeprefix(lead)
    return None


def read_key(message: discord.Message) -> str | None:
    """The key of the answer on a card; None if the message is no such card."""
    for part in _parts(message.components):
        custom_id = getattr(part, "custom_id", None) or ""
        if found := WhyId.parse(custom_id) or TimelineId.parse(custom_id):
            return found.key
    return None


def _parts(components: Iterable[Any]) -> Iterator[Any]:
    for component in components:
        yield component
        yield from _parts(getattr(component, "children", ()))


def _question(answer: Answer) -> str:
    lines = [fit(answer.question, QUESTION_CHARS)]
    if answer.understood_as is not None:
        lines.append(tr(UNDERSTOOD_AS, question=fit(answer.understood_as, QUESTION_CHARS)))
    if answer.within is not None:
        lines.append(tr("Only the articles {which}", which=fit(answer.within, WITHIN_CHARS)))
    return "\n".join(f"{SMALL}{line}" for line in lines)


def _quotation_chars(
    statements: tuple[Statement, ...], sources: tuple[Citation, ...], beside: int, room: int
) -> int:
    """How many characters each quotation may have, so that all fit into `room`."""
    plain = sum(not statement.is_quotation for statement in statements)
    leaning = any(source.context is not None for source in sources)
    contexts = (CONTEXT_CHARS + MARK_CHARS) if leaning else 0
    taken = (
        2 * QUESTION_CHARS
        + WITHIN_CHARS
        + FOOTER_CHARS
        + len(sources) * (TITLE_CHARS + BYLINE_CHARS + MARK_CHARS)
        + (beside + len(statements)) * contexts
        + plain * PLAIN_CHARS
        + len(statements) * MARK_CHARS
    )
    return (room - taken) // max(1, len(statements) - plain + beside)


def _statement_text(
    statement: Statement,
    sources: tuple[Citation, ...],
    max_chars: int,
    bold: Sequence[tuple[int, int]],
) -> str:
    marks = "".join(rf"\[{number}\]" for number in statement.citations if number <= MAX_SOURCES)
    if statement.is_quotation:
        contexts = [_context(sources[n - 1]) for n in statement.citations if n <= len(sources)]
        return f"{''.join(contexts)}> {fit(statement.text, max_chars, bold)} {marks}"
    return f"**{fit(statement.text, PLAIN_CHARS)}** {marks}"


def _context(citation: Citation) -> str:
    """The sentence before the quotation as small print, if the quotation needs it."""
    if citation.context is None:
        return ""
    return f"> -# {fit(citation.context, CONTEXT_CHARS)}\n"


def _since(published: str) -> str:
    """A relative time that Discord keeps up to date; the date if the hour is not known."""
    known = date_bounds(published)
    if known is not None and known[0] == known[1]:
        return discord.utils.format_dt(known[0], "R")
    return escape(format_date(published))


def _footer(answer: Answer, shown: int) -> str:
    lines = []
    more = len(answer.citations) - shown
    if answer.answered and more > 0:
        lines.append(SMALL + trn("+ {count} more source", "+ {count} more sources", more))
    if answer.from_samples:
        lines.append(SMALL + sample_note())
    last = SMALL + how_made(answer)
    if answer.newest is not None:
        last += f" · {tr('newest source: {when}', when=_since(answer.newest))}"
    lines.append(last)
    return "\n".join(lines)


def sample_note() -> str:
    return f"{tr(SAMPLE_NOTE)} {tr(ADD_SOME)}"


def how_made(answer: Answer) -> str:
    """How the answer was made, and how long that took."""
    if answer.writer is not None:
        text = "Worded by a language model and checked against the quotations, in {time}"
        return tr(text, time=duration(answer))
    if answer.answered:
        return tr("Quoted in {time}", time=duration(answer))
    return tr("Searched in {time}", time=duration(answer))
