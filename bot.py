"""Footnote: answers from your articles, each sentence resting on a quotation.

The program: everything is built here from the settings, for Discord and for the terminal.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

# What a command needs is imported by the command, so that `--help` is immediate.
import terminal.ask
import terminal.config
import terminal.doctor
import terminal.evaluate
import terminal.feeds
import terminal.ingest
import terminal.library
import terminal.summarize
from terminal.output import (
    ANSWERED,
    FAILED,
    INTERRUPTED,
    add_library_option,
    complain,
    printable,
)
from terminal.writer_settings import named_writer

if TYPE_CHECKING:
    from corpus.web.fetch import Fetcher

__version__ = "0.1.0"  # pyproject.toml reads it
DESCRIPTION = "Answers from your articles; every sentence rests on a quotation."
EPILOG = """\
examples:
  bot.py ask "why was Antonov recalled?"     ask the articles (a sample until you add some)
  bot.py ingest articles/ note.pdf           add text, Markdown, HTML, PDF, DOCX, EPUB
  FOOTNOTE_DISCORD_TOKEN=… bot.py run        answer in Discord

Articles are kept in a folder of your system's choice, or in FOOTNOTE_DATA_DIR. `bot.py config
show` explains all settings and where they may stand.
"""
ASK_EPILOG = "exit status: 0 answered, 1 the articles do not say, 2 something was wrong"
FORGET_EPILOG = "exit status: 0 forgotten, 1 there is no such article, 2 something was wrong"
INGEST_EPILOG = "exit status: 0 all was read, 1 some was refused, 2 something was wrong"
FEEDS_EPILOG = "exit status: 0 all was read, 1 some was refused, 2 something was wrong"
EVALUATE_EPILOG = """\
A set is a folder with articles.jsonl and questions.jsonl; --starter shows what they look like.
The articles go into a library of their own, never into yours.

exit status: 0 measured or made, 2 something was wrong"""


def main(
    argv: Sequence[str] | None = None, *, make_fetcher: Callable[[], Fetcher] | None = None
) -> int:
    """Run one command; returns the exit status.

    `make_fetcher` is for a test, whose servers are not on the public internet.
    """
    from corpus.errors import FootnoteError

    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError):  # something else stands in their place
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    options = _parser().parse_args(argv)
    options.make_fetcher = make_fetcher
    logging.basicConfig(
        level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    try:
        from terminal.settings import home_in, read_settings

        options.read = read_settings()
        options.settings = options.read.settings
        options.home = home_in(options.settings)
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
    parser.add_argument("--version", action="version", version=f"Footnote {__version__}")
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

    summarize = add("summarize", "Sum up an article, a topic or a source.", ASK_EPILOG)
    terminal.summarize.add_options(summarize)

    ingest = add("ingest", "Add articles from files, folders and addresses.", INGEST_EPILOG)
    ingest.add_argument(
        "places",
        nargs="+",
        metavar="PLACE",
        help="a .txt, .md, .html, .pdf, .docx or .epub file, a folder, an address that begins "
        "with https://, or - for standard input",
    )
    ingest.add_argument(
        "--name",
        metavar="FILE",
        help="what standard input would be called as a file; the ending tells the format",
    )
    add_library_option(ingest)

    feeds = add("feeds", "Watch feeds and sitemaps; the bot reads what they bring.", FEEDS_EPILOG)
    terminal.feeds.add_actions(feeds)

    forget = add("forget", "Delete an article, all its versions, from every file.", FORGET_EPILOG)
    forget.add_argument("article", metavar="ARTICLE", help=terminal.library.NAMED_HELP)
    add_library_option(forget)

    library = add("library", "See, check, copy and restore a library.")
    terminal.library.add_actions(library)

    evaluate = add("evaluate", "Measure how well a set of questions is answered.", EVALUATE_EPILOG)
    terminal.evaluate.add_options(evaluate)

    add("cited", "List the answers in Discord that rest on what was changed or withdrawn since.")

    add("doctor", "Look at all that the bot needs, and say what to do.", terminal.doctor.EPILOG)

    config = add("config", "See and check the settings.")
    terminal.config.add_actions(config)

    add("run", "Answer in Discord; the bot's token is read from FOOTNOTE_DISCORD_TOKEN.")
    return parser


# -- Discord -----------------------------------------------------------------------------


def _run(options: argparse.Namespace) -> int:
    from cogs.supervisor import RunOptions, run

    settings = options.settings
    import terminal.logs

    terminal.logs.set_up(
        settings.log_level,
        settings.log_format,
        options.read.secrets(),
        questions=settings.log_questions,
    )
    if settings.trace_endpoint:
        from retrieval.monitoring.opentelemetry import send_spans

        send_spans(settings.trace_endpoint)
    run_options = RunOptions(
        settings.posted_links, settings.monitor_port, settings.log_questions, settings.shards
    )
    token = settings.discord_token.get_secret_value()
    run(token, options.home, named_writer(settings), run_options)
    return ANSWERED


def _cited(options: argparse.Namespace) -> int:
    import asyncio

    from cogs.stale_answers import find_stale_answers, format_stale_answer

    found = asyncio.run(find_stale_answers(options.home))
    for living, news in found:
        print(printable("\n".join(format_stale_answer(living, news))))
    if not found:
        print("All answers that are kept rest on what their sources still say.")
    return ANSWERED


def _doctor(options: argparse.Namespace) -> int:
    from cogs.discord_checks import Discord

    return terminal.doctor.doctor(options, Discord())


def _config(options: argparse.Namespace) -> int:
    from cogs.supervisor import check_token

    options.check_token = check_token
    return terminal.config.config(options)


COMMANDS = {
    "ask": terminal.ask.ask,
    "chat": terminal.ask.chat,
    "cited": _cited,
    "config": _config,
    "doctor": _doctor,
    "feeds": terminal.feeds.feeds,
    "ingest": terminal.ingest.ingest,
    "forget": terminal.library.forget,
    "library": terminal.library.library,
    "evaluate": terminal.evaluate.evaluate,
    "run": _run,
    "summarize": terminal.summarize.summarize,
}

if __name__ == "__main__":
    sys.exit(main())
