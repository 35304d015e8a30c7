"""Footnote: answers from your articles, each sentence resting on a quotation.

The program: everything is built here from the settings, for Discord and for the terminal.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import terminal.evaluate
import terminal.library
from terminal.speech import (
    ANSWERED,
    FAILED,
    INTERRUPTED,
    REFUSED,
    add_library_option,
    complain,
    data_dir,
    printable,
)

# What a command does not need is imported by the commands that do: `--help` is immediate.
if TYPE_CHECKING:
    from rich.console import Console

    from retrieval.answer import Answer, Question
    from retrieval.shelf import Shelf
    from retrieval.writer import Writer

DESCRIPTION = "Answers from your articles; every sentence rests on a quotation."
EPILOG = """\
examples:
  bot.py ask "why was Antonov recalled?"     ask the articles (a sample until you add some)
  bot.py ingest articles/ note.md            add .txt, .md and .html files
  FOOTNOTE_DISCORD_TOKEN=… bot.py run        answer in Discord

Articles are kept in a folder of your system's choice, or in FOOTNOTE_DATA_DIR. A language
model words the answers where FOOTNOTE_WRITER names one: openai:MODEL@ADDRESS, openai:MODEL
or anthropic:MODEL.
"""
ASK_EPILOG = "exit status: 0 answered, 1 the articles do not say, 2 something was wrong"
FORGET_EPILOG = "exit status: 0 forgotten, 1 there is no such article, 2 something was wrong"
INGEST_EPILOG = "exit status: 0 all was read, 1 some files were refused, 2 something was wrong"
EVALUATE_EPILOG = """\
A set is a folder with articles.jsonl and questions.jsonl; --starter shows what they look like.
The articles go into a library of their own, never into yours.

exit status: 0 measured or made, 2 something was wrong"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    from corpus.errors import FootnoteError

    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError):  # something else stands in their place
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    options = _parser().parse_args(argv)
    logging.basicConfig(
        level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    try:
        status: int = options.command(options)
        return status
    except KeyboardInterrupt:
        complain("Stopped.")
        return INTERRUPTED
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115  for the flush at exit
        return FAILED
    except FootnoteError as error:
        complain(str(error))
        return FAILED
    except Exception as error:  # the one handler of what nobody foresaw
        logging.getLogger(__name__).debug("unforeseen", exc_info=True)
        complain(
            f"Something went wrong inside Footnote ({type(error).__name__}: {error}); "
            "please report it, with the command that you ran."
        )
        return FAILED


def _parser() -> argparse.ArgumentParser:
    def formatter(prog: str) -> argparse.HelpFormatter:
        return argparse.RawDescriptionHelpFormatter(prog, max_help_position=28, width=92)

    parser = argparse.ArgumentParser(
        prog="bot.py", description=DESCRIPTION, epilog=EPILOG, formatter_class=formatter
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def add(name: str, about: str, epilog: str | None = None) -> argparse.ArgumentParser:
        command = commands.add_parser(
            name, help=about, description=about, epilog=epilog, formatter_class=formatter
        )
        command.set_defaults(command=COMMANDS[name])
        return command

    ask = add("ask", "Answer one question.", ASK_EPILOG)
    ask.add_argument("question", nargs="+", help="the question, in quotation marks or without")
    ask.add_argument("--json", action="store_true", help="print the answer for programs")
    ask.add_argument(
        "--trace", action="store_true", help="show each stage's time and what was weighed"
    )
    add_library_option(ask)

    chat = add("chat", "Ask in a conversation; Ctrl-D ends it.")
    add_library_option(chat)

    ingest = add("ingest", "Add articles from files and folders.", INGEST_EPILOG)
    ingest.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help="a .txt, .md or .html file, or a folder"
    )
    add_library_option(ingest)

    forget = add("forget", "Delete an article, all its versions, from every file.", FORGET_EPILOG)
    forget.add_argument(
        "article", metavar="ARTICLE", help="its id, address, title or file name, whole"
    )
    add_library_option(forget)

    library = add("library", "See, check, copy and restore a library.")
    terminal.library.add_actions(library)

    evaluate = add("evaluate", "Measure how well a set of questions is answered.", EVALUATE_EPILOG)
    terminal.evaluate.add_options(evaluate)

    add("run", "Answer in Discord; the bot's token is read from FOOTNOTE_DISCORD_TOKEN.")
    return parser


# -- asking ------------------------------------------------------------------------------


def _ask(options: argparse.Namespace) -> int:
    from retrieval.answer import Question

    question = Question.of(" ".join(options.question), _now())
    with _asking(options.library) as ask:
        answer = ask(question)
    if options.json:
        data = answer.as_dict()
        if options.trace:
            data["trace"] = [dict(step) for step in answer.trace]
            cut = [{"text": one.text, "why": list(one.why)} for one in answer.cut]
            data["trace"].append(
                {"writer": answer.writer, "unwritten": answer.unwritten, "cut": cut}
            )
        print(json.dumps(data, ensure_ascii=not _speaks_unicode(), indent=2))
    else:
        _show(answer)
        if options.trace:
            _show_trace(answer)
    return ANSWERED if answer.answered else REFUSED


@contextmanager
def _asking(library: str | None) -> Iterator[Callable[[Question], Answer]]:
    """A function that answers, in a writer's words where one is named."""
    writer = _writer()
    with closing(_shelf(library, writer)) as shelf:
        if writer is None:
            yield lambda question: shelf.ask(question, library)
            return
        with asyncio.Runner() as runner:  # one loop, for the writer keeps its connections
            yield lambda question: runner.run(writer.write(shelf.ask(question, library)))
            runner.run(writer.close())


def _writer() -> Writer | None:
    """The writer that FOOTNOTE_WRITER names. Raises WriterError."""
    line = os.environ.get("FOOTNOTE_WRITER", "").strip()
    if not line:
        return None
    from retrieval.generators import Named, make_writer, time_limit

    named = Named.of(line)
    keys = [key for name in named.key_names if (key := os.environ.get(name, "").strip())]
    seconds = os.environ.get("FOOTNOTE_WRITER_SECONDS", "").strip()
    return make_writer(named, keys[0] if keys else "", time_limit(seconds))


def _shelf(library: str | None, writer: Writer | None) -> Shelf:
    """The libraries. Raises StoreError when the one that was named is not there."""
    from corpus.errors import StoreError
    from retrieval.embedder import Embedder
    from retrieval.library import library_file
    from retrieval.prompts import SENTENCES_SHOWN
    from retrieval.shelf import Shelf

    folder = data_dir()
    if library is not None and not library_file(folder, library).exists():
        raise StoreError(
            f"There is no library {library} yet; make it with: "
            f"bot.py ingest --library {library} PATH"
        )
    return Shelf(folder, Embedder.load(), SENTENCES_SHOWN if writer else 0)


def _now() -> datetime:
    """This machine's clock, with its offset from UTC."""
    return datetime.now().astimezone()


def _speaks_unicode() -> bool:
    return (sys.stdout.encoding or "").lower().startswith("utf")


def _console() -> Console:
    """Wraps and colours in a terminal; a pipe gets each line whole."""
    from rich.console import Console

    return Console(highlight=False, emoji=False, markup=False, soft_wrap=True)


def _show(answer: Answer) -> None:
    from retrieval.render import (
        SAMPLE_NOTE,
        byline,
        differs,
        newest_source,
        one_line,
        place,
        worded,
    )

    console = _console()

    def say(text: str, style: str = "", indent: str = "", bar: str = "") -> None:
        lines = [text]
        if console.is_terminal:
            lines = textwrap.wrap(text, max(20, console.width - len(indent + bar)))
        for line in lines:
            console.print(indent, style="dim", end="")
            console.print(bar, style="cyan", end="")
            console.print(printable(line), style=style)

    refusal = answer.refusal
    console.print()
    if answer.understood_as is not None:
        say(f"understood as: {answer.understood_as}", "dim")
    if refusal is None:
        for statement in answer.statements:
            say(worded(statement), "bold")
    else:
        say(refusal.message, "bold")
    for number, citation in enumerate(refusal.near if refusal else answer.citations, start=1):
        mark = "near" if refusal else f"[{number}]"
        indent = " " * (len(mark) + 1)
        console.print()
        console.print(f"{mark} ", style="cyan", end="")
        console.print(printable(citation.article.title))
        say(byline(citation), "dim", indent)
        if citation.context is not None:
            say(one_line(citation.context), "dim", indent, "│ ")
        say(one_line(citation.quote), "italic", indent, "│ ")
        say(place(citation), "dim", indent)
    for difference in answer.differences:
        console.print()
        say(differs(answer, difference))
    if age := newest_source(answer):
        console.print()
        say(age, "dim")
    if answer.from_samples:
        console.print()
        say(f"{SAMPLE_NOTE} Add yours with: bot.py ingest PATH", "dim")


def _show_trace(answer: Answer) -> None:
    from rich.table import Table

    console = _console()
    stages = Table("stage", "ms", box=None, pad_edge=False, header_style="dim")
    stages.columns[1].justify = "right"
    for stage, ms in answer.timings_ms.items():
        stages.add_row(stage, f"{ms:.1f}")
    console.print()
    console.print(stages)
    summary, *weighed = answer.trace
    console.print("\n" + ", ".join(f"{name} {value}" for name, value in summary.items()))
    for step in weighed:
        told = "  ".join(f"{name} {value}" for name, value in step["signals"].items())
        console.print(f"\n{step['score']}  {printable(step['text'])}")
        console.print(told, style="dim")
    if answer.writer is not None:
        console.print(f"\nworded by {printable(answer.writer)}")
    if answer.unwritten is not None:
        console.print(f"\nnot worded: {printable(answer.unwritten)}")
    for cut in answer.cut:
        console.print(f"\ncut  {printable(cut.text)}")
        console.print(printable("  ".join(cut.why)), style="dim")


def _chat(options: argparse.Namespace) -> int:
    from retrieval.answer import Question
    from retrieval.errors import QuestionError

    with suppress(ImportError):
        import readline  # noqa: F401  line editing and history, where there is a readline
    if sys.stdin.isatty():
        print("Ask your articles. Ctrl-D ends the conversation.")
    with _asking(options.library) as ask:
        earlier: list[str] = []
        for line in _lines():
            try:
                question: Question = Question.of(line, _now(), earlier)
            except QuestionError as error:
                complain(str(error))
            else:
                _show(ask(question))
                earlier = [*question.earlier, question.text]
    return ANSWERED


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


# -- adding ------------------------------------------------------------------------------


def _ingest(options: argparse.Namespace) -> int:
    from corpus.ingest import Report, find_files, ingest, is_fresh, renew
    from corpus.store import ArticleStore
    from retrieval.embedder import Embedder
    from retrieval.library import DEFAULT, library_file
    from terminal.progress import bring_up_to_date, counted

    files = list(find_files(options.paths))
    if not files:
        complain(f"There is no .txt, .md or .html file in {options.paths[0]}; name another folder.")
        return REFUSED
    report = Report()
    stopped = False
    path = library_file(data_dir(), options.library or DEFAULT)
    with ArticleStore.open(path) as store:
        embedder = Embedder.load(threads=os.cpu_count() or 1)
        if not is_fresh(store, embedder.identity):
            with counted("Renewing the index", store.count()) as advance:
                renew(
                    store,
                    embedder.encode,
                    embedder.identity,
                    on_article=lambda info: advance(info.title),
                )
        with counted("Reading", len(files)) as read:
            try:
                ingest(
                    files,
                    store,
                    embedder.encode,
                    report=report,
                    on_file=lambda path: read(path.name),
                )
            except KeyboardInterrupt:
                stopped = True
        total = store.count()
    if not stopped:
        bring_up_to_date(path)
    for refused in report.refused:
        complain(refused.why)
    print(
        f"{report.added} added, {report.changed} changed, {report.unchanged} unchanged, "
        f"{len(report.refused)} refused; the library has {total} "
        f"{'article' if total == 1 else 'articles'}."
    )
    if stopped:
        complain("Stopped; what was read is kept, and the same command goes on from here.")
        return INTERRUPTED
    return REFUSED if report.refused else ANSWERED


# -- Discord -----------------------------------------------------------------------------


def _run(options: argparse.Namespace) -> int:
    from cogs.run import run

    logging.getLogger().setLevel(logging.INFO)
    for name in ("haystack", "httpx"):  # else lines for every stage and every request
        logging.getLogger(name).setLevel(logging.WARNING)
    run(os.environ.get("FOOTNOTE_DISCORD_TOKEN", ""), data_dir(), _writer())
    return ANSWERED


COMMANDS = {
    "ask": _ask,
    "chat": _chat,
    "ingest": _ingest,
    "forget": terminal.library.forget,
    "library": terminal.library.library,
    "evaluate": terminal.evaluate.evaluate,
    "run": _run,
}

if __name__ == "__main__":
    sys.exit(main())
