"""`ask` and `chat`: one question, and a conversation."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING

from terminal.open_library import open_shelf
from terminal.output import ANSWERED, REFUSED, complain, now, speaks_unicode
from terminal.show_answer import show, show_trace
from terminal.writer_settings import named_writer

if TYPE_CHECKING:
    from retrieval.answering.answer import Answer
    from retrieval.query.question import Question


def ask(options: argparse.Namespace) -> int:
    from retrieval.query.question import Question

    question = Question.of(" ".join(options.question), now())
    with _asking(options) as ask:
        answer = ask(question)
    if options.json:
        data = answer.as_dict()
        if options.trace:
            data["trace"] = [dict(step) for step in answer.trace]
            cut = [{"text": one.text, "why": list(one.why)} for one in answer.cut]
            data["trace"].append(
                {"writer": answer.writer, "unwritten": answer.unwritten, "cut": cut}
            )
        print(json.dumps(data, ensure_ascii=not speaks_unicode(), indent=2))
    else:
        show(answer)
        if options.trace:
            show_trace(answer)
    return ANSWERED if answer.answered else REFUSED


def chat(options: argparse.Namespace) -> int:
    from retrieval.errors import QuestionError
    from retrieval.query.question import Question

    with suppress(ImportError):
        import readline  # noqa: F401  line editing and history, where there is a readline
    if sys.stdin.isatty():
        print("Ask your articles. Ctrl-D ends the conversation.")
    with _asking(options) as ask:
        earlier: list[str] = []
        for line in _lines():
            try:
                question: Question = Question.of(line, now(), earlier)
            except QuestionError as error:
                complain(str(error))
            else:
                show(ask(question))
                earlier = [*question.earlier, question.text]
    return ANSWERED


@contextmanager
def _asking(options: argparse.Namespace) -> Iterator[Callable[[Question], Answer]]:
    """A function that answers, in a writer's words where one is named."""
    library, settings = options.library, options.settings
    writer = named_writer(settings)
    with closing(open_shelf(options.home, library, writer)) as shelf:
        if writer is None:
            yield lambda question: shelf.ask(question, library)
            return
        with asyncio.Runner() as runner:  # one loop, for the writer keeps its connections
            yield lambda question: runner.run(writer.write(shelf.ask(question, library)))
            runner.run(writer.close())


def _lines() -> Iterator[str]:
    """What is typed, line by line, until the end or until "quit"; empty lines are left out."""
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
