"""Footnote: answers from your articles, each sentence resting on a quotation.

The program: everything is built here from the settings, for Discord and for the terminal.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import re
import sys
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

# What a command does not need is imported by the commands that do: `--help` is immediate.
if TYPE_CHECKING:
    from rich.console import Console

    from retrieval.answer import Answer, Question
    from retrieval.shelf import Shelf

ANSWERED, REFUSED, FAILED, INTERRUPTED = 0, 1, 2, 130

DESCRIPTION = "Answers from your articles; every sentence rests on a quotation."
EPILOG = """\
examples:
  bot.py ask "why was Antonov recalled?"     ask the articles (a sample until you add some)
  bot.py ingest articles/ note.md            add .txt, .md and .html files
  FOOTNOTE_DISCORD_TOKEN=… bot.py run        answer in Discord

Articles are kept in a folder of your system's choice, or in FOOTNOTE_DATA_DIR.
"""
ASK_EPILOG = "exit status: 0 answered, 1 the articles do not say, 2 something was wrong"
INGEST_EPILOG = "exit status: 0 all was read, 1 some files were refused, 2 something was wrong"
LIBRARY_HELP = (
    "which library (default: the common one); one named by a Discord server's id is "
    "that server's own"
)


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
        _complain("Stopped.")
        return INTERRUPTED
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115  for the flush at exit
        return FAILED
    except FootnoteError as error:
        _complain(str(error))
        return FAILED
    except Exception as error:  # the one handler of what nobody foresaw
        logging.getLogger(__name__).debug("unforeseen", exc_info=True)
        _complain(
            f"Something went wrong inside Footnote ({type(error).__name__}: {error}); "
            "please report it, with the command that you ran."
        )
        return FAILED


def _complain(sentence: str) -> None:
    print(f"footnote: {_printable(sentence)}", file=sys.stderr)


def _printable(text: str) -> str:
    """Without what a terminal would obey, and without half characters."""
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]", "\ufffd", text)


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
        command.set_defaults(command=globals()[f"_{name}"])
        return command

    ask = add("ask", "Answer one question.", ASK_EPILOG)
    ask.add_argument("question", nargs="+", help="the question, in quotation marks or without")
    ask.add_argument("--json", action="store_true", help="print the answer for programs")
    ask.add_argument(
        "--trace", action="store_true", help="show each stage's time and what was weighed"
    )
    ask.add_argument("--library", type=_library, metavar="NAME", help=LIBRARY_HELP)

    chat = add("chat", "Ask in a conversation; Ctrl-D ends it.")
    chat.add_argument("--library", type=_library, metavar="NAME", help=LIBRARY_HELP)

    ingest = add("ingest", "Add articles from files and folders.", INGEST_EPILOG)
    ingest.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help="a .txt, .md or .html file, or a folder"
    )
    ingest.add_argument("--library", type=_library, metavar="NAME", help=LIBRARY_HELP)

    add("run", "Answer in Discord; the bot's token is read from FOOTNOTE_DISCORD_TOKEN.")
    return parser


def _library(name: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", name) is None:
        raise argparse.ArgumentTypeError("a library's name has letters, digits, - and _ only")
    return name


def _data_dir() -> Path:
    from platformdirs import user_data_path

    named = os.environ.get("FOOTNOTE_DATA_DIR")
    return Path(named).expanduser() if named else user_data_path("footnote", appauthor=False)


# -- asking ------------------------------------------------------------------------------


def _ask(options: argparse.Namespace) -> int:
    from retrieval.answer import Question

    question = Question.of(" ".join(options.question))
    with closing(_shelf(options.library)) as shelf:
        answer = shelf.ask(question, options.library)
    if options.json:
        data = answer.as_dict()
        if options.trace:
            data["trace"] = [dict(step) for step in answer.trace]
        print(json.dumps(data, ensure_ascii=not _speaks_unicode(), indent=2))
    else:
        _show(answer)
        if options.trace:
            _show_trace(answer)
    return ANSWERED if answer.answered else REFUSED


def _shelf(library: str | None) -> Shelf:
    """The libraries. Raises StoreError when the one that was named is not there."""
    from corpus.errors import StoreError
    from retrieval.embedder import Embedder
    from retrieval.library import library_file
    from retrieval.shelf import Shelf

    data_dir = _data_dir()
    if library is not None and not library_file(data_dir, library).exists():
        raise StoreError(
            f"There is no library {library} yet; make it with: "
            f"bot.py ingest --library {library} PATH"
        )
    return Shelf(data_dir, Embedder.load())


def _speaks_unicode() -> bool:
    return (sys.stdout.encoding or "").lower().startswith("utf")


def _console() -> Console:
    """Wraps and colours in a terminal; a pipe gets each line whole."""
    from rich.console import Console

    return Console(highlight=False, emoji=False, markup=False, soft_wrap=True)


def _show(answer: Answer) -> None:
    from retrieval.render import SAMPLE_NOTE, byline, one_line, place, worded

    console = _console()

    def say(text: str, style: str = "", indent: str = "", bar: str = "") -> None:
        lines = [text]
        if console.is_terminal:
            lines = textwrap.wrap(text, max(20, console.width - len(indent + bar)))
        for line in lines:
            console.print(indent, style="dim", end="")
            console.print(bar, style="cyan", end="")
            console.print(_printable(line), style=style)

    refusal = answer.refusal
    console.print()
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
        console.print(_printable(citation.article.title))
        say(byline(citation), "dim", indent)
        say(one_line(citation.quote), "italic", indent, "│ ")
        say(place(citation), "dim", indent)
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
    console.print(f"\nkind {summary['kind']}, confidence {summary['confidence']}")
    for step in weighed:
        told = "  ".join(f"{name} {value}" for name, value in step["signals"].items())
        console.print(f"\n{step['score']}  {_printable(step['text'])}")
        console.print(told, style="dim")


def _chat(options: argparse.Namespace) -> int:
    from retrieval.answer import Question
    from retrieval.errors import QuestionError

    with suppress(ImportError):
        import readline  # noqa: F401  line editing and history, where there is a readline
    if sys.stdin.isatty():
        print("Ask your articles. Ctrl-D ends the conversation.")
    with closing(_shelf(options.library)) as shelf:
        for line in _lines():
            try:
                question: Question = Question.of(line)
            except QuestionError as error:
                _complain(str(error))
            else:
                _show(shelf.ask(question, options.library))
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
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TaskID,
        TextColumn,
        TimeRemainingColumn,
    )

    from corpus.ingest import Report, find_files, ingest, is_fresh, renew
    from corpus.store import ArticleStore
    from retrieval.embedder import Embedder
    from retrieval.library import DEFAULT, library_file

    files = list(find_files(options.paths))
    if not files:
        _complain(
            f"There is no .txt, .md or .html file in {options.paths[0]}; name another folder."
        )
        return REFUSED
    report = Report()
    stopped = False
    terminal = Console(stderr=True)
    with (
        ArticleStore.open(library_file(_data_dir(), options.library or DEFAULT)) as store,
        Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[name]}", markup=False),
            console=terminal,
            transient=True,
            disable=not terminal.is_terminal,
        ) as progress,
    ):
        embedder = Embedder.load(threads=os.cpu_count() or 1)

        def advance(task: TaskID, name: str) -> None:
            progress.update(task, advance=1, name=_printable(name)[:40])

        if not is_fresh(store, embedder.identity):
            task = progress.add_task("Renewing the index", total=store.count(), name="")
            renew(
                store,
                embedder.encode,
                embedder.identity,
                on_article=lambda info, task=task: advance(task, info.title),
            )
            progress.remove_task(task)
        task = progress.add_task("Reading", total=len(files), name="")
        try:
            ingest(
                files,
                store,
                embedder.encode,
                report=report,
                on_file=lambda path: advance(task, path.name),
            )
        except KeyboardInterrupt:
            stopped = True
        total = store.count()
    for refused in report.refused:
        _complain(refused.why)
    print(
        f"{report.added} added, {report.changed} changed, {report.unchanged} unchanged, "
        f"{len(report.refused)} refused; the library has {total} "
        f"{'article' if total == 1 else 'articles'}."
    )
    if stopped:
        _complain("Stopped; what was read is kept, and the same command goes on from here.")
        return INTERRUPTED
    return REFUSED if report.refused else ANSWERED


# -- Discord -----------------------------------------------------------------------------


def _run(options: argparse.Namespace) -> int:
    from cogs.run import run

    logging.getLogger().setLevel(logging.INFO)
    logging.getLogger("haystack").setLevel(logging.WARNING)  # else two lines for every stage
    run(os.environ.get("FOOTNOTE_DISCORD_TOKEN", ""), _data_dir())
    return ANSWERED


if __name__ == "__main__":
    sys.exit(main())
