"""`ask` answers one question; `chat` holds a conversation."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from terminal.command import LibraryOptions, Program, add_library_option, set_command
from terminal.open_library import open_shelf
from terminal.printing.output import ANSWERED, REFUSED, complain, now, prints_unicode
from terminal.printing.show_answer import show, show_trace
from terminal.writer_settings import writer_of

if TYPE_CHECKING:
    from retrieval.answering.answer import Answer
    from retrieval.query.question import Question

ASK_EPILOG = "exit status: 0 answered, 1 the articles do not say, 2 something was wrong"


@dataclass(frozen=True, slots=True)
class AskOptions:
    """`question` holds the words of the command line, one or more.

    `as_of` is the moment from which "yesterday" is counted; None is now.
    """

    question: list[str]
    as_of: datetime | None
    as_json: bool
    with_trace: bool
    library: str | None


def add_ask_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("question", nargs="+", help="the question, in quotation marks or without")
    parser.add_argument(
        "--json", dest="as_json", action="store_true", help="print the answer for programs"
    )
    parser.add_argument(
        "--trace",
        dest="with_trace",
        action="store_true",
        help="show how long each stage took and which sentences were considered",
    )
    parser.add_argument(
        "--as-of",
        type=_end_of_day,
        metavar="DAY",
        help='ask as if it were this day, such as 2026-03-17; "yesterday" is then the day before',
    )
    add_library_option(parser)
    set_command(parser, AskOptions, ask)


def _end_of_day(text: str) -> datetime:
    """The last moment of a day in this machine's time zone."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no day; write it as year, month and day, such as 2026-03-17"
        ) from None
    return datetime.combine(day, time.max).astimezone()


def add_chat_options(parser: argparse.ArgumentParser) -> None:
    add_library_option(parser)
    set_command(parser, LibraryOptions, chat)


def ask(options: AskOptions, program: Program) -> int:
    from retrieval.query.question import Question

    question = Question.of(" ".join(options.question), options.as_of or now())
    with _open_to_ask(program, options.library) as answer_to:
        answer = answer_to(question)
    if options.as_json:
        data = answer.as_dict()
        if options.with_trace:
            data["trace"] = [] if answer.trace is None else answer.trace.as_list()
            cut = [{"text": one.text, "why": list(one.why)} for one in answer.cut]
            data["trace"].append(
                {"writer": answer.writer, "unwritten": answer.unwritten, "cut": cut}
            )
        print(json.dumps(data, ensure_ascii=not prints_unicode(), indent=2))
    else:
        show(answer)
        if options.with_trace:
            show_trace(answer)
    return ANSWERED if answer.answered else REFUSED


def chat(options: LibraryOptions, program: Program) -> int:
    from retrieval.errors import QuestionError
    from retrieval.query.question import Question

    with suppress(ImportError):
        import readline  # noqa: F401  gives input() line editing and history, where it exists
    if sys.stdin.isatty():
        print("Ask your articles. Ctrl-D ends the conversation.")
    with _open_to_ask(program, options.library) as answer_to:
        earlier: list[str] = []
        for line in _typed_lines():
            try:
                question: Question = Question.of(line, now(), earlier)
            except QuestionError as error:
                complain(str(error))
            else:
                show(answer_to(question))
                earlier = [*question.earlier, question.text]
    return ANSWERED


@contextmanager
def _open_to_ask(program: Program, library: str | None) -> Iterator[Callable[[Question], Answer]]:
    """Yield a function that answers; a writer words its answers if the settings name one."""
    writer = writer_of(program.settings)
    with closing(open_shelf(program, library, writer)) as shelf:
        if writer is None:
            yield lambda question: shelf.ask(question, library)
            return
        with asyncio.Runner() as runner:  # one loop for all, because the writer keeps connections
            yield lambda question: runner.run(writer.write(shelf.ask(question, library)))
            runner.run(writer.close())


def _typed_lines() -> Iterator[str]:
    """Yield each line that is typed, without empty ones, up to the end, "exit" or "quit"."""
    while True:
        try:
            line = input("\n› " if sys.stdin.isatty() else "").strip()
        except (EOFError, KeyboardInterrupt):
            print()
            return
        if line.lower() in ("exit", "quit"):
            return
        if line:
            yield line
