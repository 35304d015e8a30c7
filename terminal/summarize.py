"""`summarize`: an article, a topic or a source in lines that each carry their citation."""

from __future__ import annotations

import argparse
import asyncio
import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from terminal.open_library import open_shelf
from terminal.output import ANSWERED, REFUSED, add_library_option, complain, now, speaks_unicode
from terminal.show_answer import show_summary
from terminal.writer_settings import named_writer

if TYPE_CHECKING:
    from retrieval.summaries.summary import Brief
    from retrieval.summaries.timeline import Timeline


def add_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "article",
        nargs="?",
        metavar="ARTICLE",
        help="its id, address, title or file name, or a part of the title that only it has",
    )
    command.add_argument("--topic", metavar="TOPIC", help="what the articles say of that")
    command.add_argument("--source", metavar="NAME", help="only what was published there")
    command.add_argument("--since", metavar="DAY", help="only what was published since: 2026-03-01")
    command.add_argument("--until", metavar="DAY", help="only what was published until then")
    command.add_argument(
        "--length",
        choices=("line", "five", "page"),
        default="five",
        help="one line, five lines (the default), or a page",
    )
    command.add_argument(
        "--timeline", type=Path, metavar="FILE", help="draw who reported when to a PNG file"
    )
    command.add_argument("--light", action="store_true", help="the timeline on light ground")
    command.add_argument("--json", action="store_true", help="print the summary for programs")
    add_library_option(command)


def summarize(options: argparse.Namespace) -> int:
    brief = _brief(options)
    writer = named_writer(options.settings)
    with closing(open_shelf(options.home, options.library, writer)) as libraries:
        summary = libraries.summarize(brief, options.library)
        if options.timeline is not None and summary.articles:
            told = libraries.timeline(options.library, summary.articles)
            _draw(replace(told, title=summary.answer.question), options)
    if writer is not None:
        with asyncio.Runner() as runner:
            summary = runner.run(writer.sum_up(summary))
            runner.run(writer.close())
    if options.json:
        print(json.dumps(summary.as_dict(), ensure_ascii=not speaks_unicode(), indent=2))
    else:
        show_summary(summary)
    return ANSWERED if summary.answer.answered else REFUSED


def _draw(timeline: Timeline, options: argparse.Namespace) -> None:
    """Write the picture. Raises StoreError where it cannot be written."""
    from corpus.errors import StoreError
    from retrieval.summaries.timeline_plot import draw

    try:
        options.timeline.write_bytes(draw(timeline, dark=not options.light))
    except OSError as error:
        raise StoreError(f"{options.timeline} could not be written: {error.strerror}.") from error
    complain(f"The timeline is in {options.timeline}: {timeline.alt}")


def _brief(options: argparse.Namespace) -> Brief:
    """What is asked for. Raises QuestionError."""
    from retrieval.errors import QuestionError
    from retrieval.query.scope import Within
    from retrieval.summaries.summary import Brief, Length

    moment, length = now(), Length(options.length)
    within = Within.of(options.source, options.since, options.until, moment.date())
    if options.article is not None:
        if options.topic is not None or within:
            raise QuestionError(
                "Name an article, or a topic, a source and days; both together say too much."
            )
        return Brief(article=options.article, length=length, asked_at=moment)
    if options.topic is not None:
        return Brief.of_topic(options.topic, within, length, moment)
    if not within:
        raise QuestionError(
            "Say what to sum up: an article, or --topic, --source, --since or --until."
        )
    return Brief(within=within, length=length, asked_at=moment)
