"""Footnote answers from your articles; each sentence rests on a quotation.

This is the program: it reads the settings, and builds and runs everything from them, for Discord
and for the terminal.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

# Each command imports what it needs when it runs, so that `--help` is immediate.
import terminal.ask
import terminal.config
import terminal.doctor
import terminal.evaluate
import terminal.feeds
import terminal.ingest
import terminal.library
import terminal.summarize
from terminal.command import NoOptions, Program, set_command
from terminal.printing.output import ANSWERED, FAILED, INTERRUPTED, complain, printable

if TYPE_CHECKING:
    from corpus.web.fetch import Fetcher

__version__ = "0.1.0"  # pyproject.toml reads it
DESCRIPTION = "Answers from your articles; every sentence rests on a quotation."
EPILOG = """\
examples:
  bot.py ask "why was Antonov recalled?"     ask the articles (a sample until you add some)
  bot.py ingest articles/ note.pdf           add text, Markdown, HTML, PDF, DOCX, EPUB
  FOOTNOTE_DISCORD_TOKEN=… bot.py run        answer in Discord

Articles are stored in the folder where your system keeps programs' data, or in
FOOTNOTE_DATA_DIR. `bot.py config show` explains all settings and where to write them.
"""


def main(
    argv: Sequence[str] | None = None, *, make_fetcher: Callable[[], Fetcher] | None = None
) -> int:
    """Run one command; returns the exit status.

    Tests give a `make_fetcher`, because their servers are not on the public internet.
    """
    from corpus.errors import FootnoteError

    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError):  # a test may have put something else in its place
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    parsed = _parser().parse_args(argv)
    logging.basicConfig(
        level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    try:
        from terminal.settings import libraries_of, load_settings

        loaded = load_settings()
        program = Program(loaded, libraries_of(loaded.settings), make_fetcher)
        status: int = parsed.run(parsed, program)
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
    except Exception as error:  # the one handler for what nobody foresaw
        logging.getLogger(__name__).debug("unforeseen", exc_info=True)
        complain(
            f"Something went wrong inside Footnote ({type(error).__name__}: {error}); "
            "please report it, with the command that you ran."
        )
        return FAILED


def _parser() -> argparse.ArgumentParser:
    """The parser of the command line; what it parses holds as `run` the command to call."""

    def formatter(prog: str) -> argparse.HelpFormatter:
        return argparse.RawDescriptionHelpFormatter(prog, max_help_position=28, width=92)

    parser = argparse.ArgumentParser(
        prog="bot.py", description=DESCRIPTION, epilog=EPILOG, formatter_class=formatter
    )
    parser.add_argument("--version", action="version", version=f"Footnote {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def add(name: str, about: str, epilog: str | None = None) -> argparse.ArgumentParser:
        return commands.add_parser(
            name, help=about, description=about, epilog=epilog, formatter_class=formatter
        )

    terminal.ask.add_ask_options(add("ask", "Answer one question.", terminal.ask.ASK_EPILOG))
    terminal.ask.add_chat_options(add("chat", "Ask in a conversation; Ctrl-D ends it."))
    terminal.summarize.add_options(
        add("summarize", "Sum up an article, a topic or a source.", terminal.ask.ASK_EPILOG)
    )
    terminal.ingest.add_options(
        add("ingest", "Add articles from files, folders and addresses.", terminal.ingest.EPILOG)
    )
    terminal.feeds.add_actions(
        add(
            "feeds",
            "Choose the feeds and sitemaps whose articles the bot reads.",
            terminal.ingest.EPILOG,
        )
    )
    terminal.library.add_forget_options(
        add(
            "forget",
            "Delete an article in all its versions from every file.",
            terminal.library.FORGET_EPILOG,
        )
    )
    terminal.library.add_actions(add("library", "Show, check, copy and restore a library."))
    terminal.evaluate.add_options(
        add(
            "evaluate",
            "Measure how well a set of questions is answered.",
            terminal.evaluate.EPILOG,
        )
    )
    set_command(
        add("cited", "List the answers in Discord whose sources have changed or gone since."),
        NoOptions,
        _cited,
    )
    set_command(
        add("doctor", "Check all that the bot needs, and say what to do.", terminal.doctor.EPILOG),
        NoOptions,
        _doctor,
    )
    terminal.config.add_actions(add("config", "Show and check the settings."), _check_token)
    set_command(
        add("run", "Answer in Discord; FOOTNOTE_DISCORD_TOKEN holds the bot's token."),
        NoOptions,
        _run,
    )
    return parser


# -- Discord -----------------------------------------------------------------------------


def _run(options: NoOptions, program: Program) -> int:
    import terminal.logs
    from cogs.supervisor import RunOptions, run
    from retrieval.ranking.weights import Caution
    from terminal.writer_settings import writer_of

    settings = program.settings
    terminal.logs.set_up(
        settings.log_level,
        settings.log_format,
        program.loaded.secrets(),
        questions=settings.log_questions,
    )
    if settings.trace_endpoint:
        from retrieval.monitoring.opentelemetry import send_spans

        send_spans(settings.trace_endpoint)
    run_options = RunOptions(
        settings.posted_links,
        settings.monitor_port,
        settings.log_questions,
        Caution(settings.caution),
        settings.shards,
    )
    token = settings.discord_token.get_secret_value()
    run(token, program.home, writer_of(settings), run_options)
    return ANSWERED


def _cited(options: NoOptions, program: Program) -> int:
    import asyncio

    from cogs.stale_answers import find_stale_answers, format_stale_answer

    found = asyncio.run(find_stale_answers(program.home))
    for living, news in found:
        print(printable("\n".join(format_stale_answer(living, news))))
    if not found:
        print("All answers that are kept rest on what their sources still say.")
    return ANSWERED


def _doctor(options: NoOptions, program: Program) -> int:
    from cogs.discord_checks import DiscordChecks

    return terminal.doctor.doctor(program, DiscordChecks())


def _check_token(token: str) -> None:
    """Raises a FootnoteError for what is no bot's token."""
    from cogs.supervisor import check_token

    check_token(token)


if __name__ == "__main__":
    sys.exit(main())
