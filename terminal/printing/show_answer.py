"""Prints an answer or a summary: wrapped and coloured in a terminal, each line whole in a pipe."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from terminal.printing.output import printable

if TYPE_CHECKING:
    from rich.console import Console

    from retrieval.answering.answer import Answer
    from retrieval.answering.trace import SearchHit, Trace
    from retrieval.summaries.summary import Summary


def show(answer: Answer) -> None:
    from retrieval.render import highlights_in, statement_with_marks

    say = _LinePrinter(_console())
    say()
    if answer.understood_as is not None:
        say(f"understood as: {answer.understood_as}", "dim")
    if answer.refusal is None:
        for statement in answer.statements:
            bold = highlights_in(statement, answer.citations)
            say(statement_with_marks(statement), "" if bold else "bold", bold=bold)
    else:
        say(answer.refusal.message, "bold")
    _show_sources(answer, say)


def show_summary(summary: Summary) -> None:
    from retrieval.render import statement_with_marks, story_coverage

    say = _LinePrinter(_console())
    say()
    if summary.answer.refusal is not None:
        say(summary.answer.refusal.message, "bold")
    elif len(summary.stories) == 1:
        say(story_coverage(summary.stories[0]), "dim")
    for story, statements in summary.grouped():
        if len(summary.stories) > 1:
            say(f"{story.title} ({story_coverage(story)})", "dim")
        for statement in statements:
            say(statement_with_marks(statement), "bold")
    for note in summary.notes:
        say(note, "dim")
    _show_sources(summary.answer, say)


class _LinePrinter:
    """Prints a text on a console: wrapped in a terminal, as one line in a pipe."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def __call__(
        self,
        text: str = "",
        style: str = "",
        indent: str = "",
        bar: str = "",
        bold: Sequence[tuple[int, int]] = (),
    ) -> None:
        """Print a text.

        `indent` and then `bar`, in colours of their own, stand before each line. `bold` are the
        places in the text, as (start, end), that are to be seen first.
        """
        from rich.text import Text

        lines = [text]
        if self.console.is_terminal and text:
            lines = textwrap.wrap(text, max(20, self.console.width - len(indent + bar)))
        at = 0
        for line in lines:
            at = max(at, text.find(line, at))
            shown = Text(printable(line), style=style)
            for start, end in bold:
                shown.stylize("bold", max(0, start - at), max(0, end - at))
            self.console.print(indent, style="dim", end="")
            self.console.print(bar, style="cyan", end="")
            self.console.print(shown)


def _show_sources(answer: Answer, say: _LinePrinter) -> None:
    from retrieval.render import (
        SAMPLE_NOTE,
        byline,
        difference_sentence,
        location,
        near_heading,
        newest_source,
    )
    from retrieval.wording.formatting import one_line

    console, refusal = say.console, answer.refusal
    for number, citation in enumerate(refusal.near if refusal else answer.citations, start=1):
        mark = near_heading(refusal).lower() if refusal else f"[{number}]"
        indent = " " * (len(mark) + 1)
        say()
        console.print(f"{mark} ", style="cyan", end="")
        console.print(printable(citation.article.title))
        say(byline(citation), "dim", indent)
        if citation.context is not None:
            say(one_line(citation.context), "dim", indent, "│ ")
        say(one_line(citation.quote), "italic", indent, "│ ")
        say(location(citation), "dim", indent)
    for difference in answer.differences:
        say()
        say(difference_sentence(answer, difference))
    if age := newest_source(answer):
        say()
        say(age, "dim")
    if answer.from_samples:
        say()
        say(f"{SAMPLE_NOTE} Add yours with: bot.py ingest PATH", "dim")


def show_trace(answer: Answer) -> None:
    """Print the time of each stage, and each sentence that was considered with its score."""
    from rich.table import Table

    console = _console()
    stages = Table("stage", "ms", box=None, pad_edge=False, header_style="dim")
    stages.columns[1].justify = "right"
    for stage, ms in answer.timings_ms.items():
        stages.add_row(stage, f"{ms:.1f}")
    console.print()
    console.print(stages)
    if answer.trace is not None:
        _show_sentences(console, answer.trace)
    if answer.writer is not None:
        console.print(f"\nworded by {printable(answer.writer)}")
    if answer.unwritten is not None:
        console.print(f"\nnot worded: {printable(answer.unwritten)}")
    for cut in answer.cut:
        console.print(f"\ncut  {printable(cut.text)}")
        console.print(printable("  ".join(cut.why)), style="dim")


def _show_sentences(console: Console, trace: Trace) -> None:
    console.print()
    for name, value in trace.summary().items():
        console.print(printable(f"{name.replace('_', ' ')}: {_listed(value)}"))
    for sentence in trace.sentences:
        console.print(f"\n{sentence.score}  {printable(sentence.text)}")
        console.print(printable(f"{sentence.verdict.value} · {sentence.title}"), style="cyan")
        searches = (f"{name} {_rank(hit)}" for name, hit in sentence.hits.items())
        console.print(", ".join(searches).replace("_", " "), style="dim")
        signals = "  ".join(f"{name} {value}" for name, value in sentence.signals.items())
        console.print(signals, style="dim")


def _listed(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in value.items())
    return str(value)


def _rank(hit: SearchHit | None) -> str:
    """How a search ranked a passage, with its score; a dash if it did not find the passage."""
    return "–" if hit is None else f"{hit.rank}. ({hit.score})"


def _console() -> Console:
    """A console that colours in a terminal, and leaves it to the printer above to wrap."""
    from rich.console import Console

    return Console(highlight=False, emoji=False, markup=False, soft_wrap=True)
