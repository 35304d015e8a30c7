"""`summarize` sums up an article, a topic or a source in lines that each carry a citation."""

from __future__ import annotations

import argparse
import asyncio
import json
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from terminal.command import Program, add_library_option, set_command
from terminal.open_library import open_shelf
from terminal.printing.output import ANSWERED, REFUSED, complain, now, prints_unicode
from terminal.printing.show_answer import show_summary
from terminal.writer_settings import writer_of

if TYPE_CHECKING:
    from retrieval.summaries.summary import SummaryRequest
    from retrieval.summaries.timeline import Timeline


@dataclass(frozen=True, slots=True)
class SummarizeOptions:
    """What to sum up, as it was typed; None for each part that was left out.

    `timeline` is the picture's file. `is_light` asks for a picture on a light background.
    """

    article: str | None
    topic: str | None
    source: str | None
    since: str | None
    until: str | None
    length: str
    timeline: Path | None
    is_light: bool
    as_json: bool
    library: str | None


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "article",
        nargs="?",
        metavar="ARTICLE",
        help="its id, address, title or file name, or a part of the title that no other has",
    )
    parser.add_argument("--topic", metavar="TOPIC", help="what the articles say about it")
    parser.add_argument("--source", metavar="NAME", help="only what this source published")
    parser.add_argument(
        "--since", metavar="DAY", help="only what was published on this day or later: 2026-03-01"
    )
    parser.add_argument(
        "--until", metavar="DAY", help="only what was published on this day or earlier"
    )
    parser.add_argument(
        "--length",
        choices=("line", "five", "page"),
        default="five",
        help="one line, five lines (the default), or a page",
    )
    parser.add_argument(
        "--timeline", type=Path, metavar="FILE", help="draw who reported when, into a PNG file"
    )
    parser.add_argument(
        "--light",
        dest="is_light",
        action="store_true",
        help="draw the timeline on a light background",
    )
    parser.add_argument(
        "--json", dest="as_json", action="store_true", help="print the summary for programs"
    )
    add_library_option(parser)
    set_command(parser, SummarizeOptions, summarize)


def summarize(options: SummarizeOptions, program: Program) -> int:
    brief = _brief(options)
    writer = writer_of(program.settings)
    with closing(open_shelf(program, options.library, writer)) as libraries:
        summary = libraries.summarize(brief, options.library)
        if options.timeline is not None and summary.articles:
            timeline = libraries.timeline(options.library, summary.articles)
            timeline = replace(timeline, title=summary.answer.question)
            _draw(timeline, options.timeline, is_dark=not options.is_light)
    if writer is not None:
        with asyncio.Runner() as runner:
            summary = runner.run(writer.sum_up(summary))
            runner.run(writer.close())
    if options.as_json:
        print(json.dumps(summary.as_dict(), ensure_ascii=not prints_unicode(), indent=2))
    else:
        show_summary(summary)
    return ANSWERED if summary.answer.answered else REFUSED


def _draw(timeline: Timeline, file: Path, *, is_dark: bool) -> None:
    """Write the picture to the file. Raises StoreError if the file cannot be written."""
    from corpus.errors import StoreError
    from retrieval.summaries.timeline_plot import draw_timeline

    try:
        file.write_bytes(draw_timeline(timeline, dark=is_dark))
    except OSError as error:
        raise StoreError(f"{file} could not be written: {error.strerror}.") from error
    complain(f"The timeline is in {file}: {timeline.alt}")


def _brief(options: SummarizeOptions) -> SummaryRequest:
    """What is asked for. Raises QuestionError if it is nothing, too much, or no day."""
    from retrieval.errors import QuestionError
    from retrieval.query.scope import Scope
    from retrieval.summaries.summary import Length, SummaryRequest

    moment, length = now(), Length(options.length)
    within = Scope.of(options.source, options.since, options.until, moment.date())
    if options.article is not None:
        if options.topic is not None or within:
            raise QuestionError(
                "Name an article, or a topic, a source and days; both together say too much."
            )
        return SummaryRequest(article=options.article, length=length, asked_at=moment)
    if options.topic is not None:
        return SummaryRequest.of_topic(options.topic, within, length, moment)
    if not within:
        raise QuestionError(
            "Say what to sum up: an article, or --topic, --source, --since or --until."
        )
    return SummaryRequest(within=within, length=length, asked_at=moment)
