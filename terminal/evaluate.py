"""`evaluate` asks a question set and measures the answers, or makes a first set."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from terminal.command import Program, add_library_option, set_command
from terminal.open_library import existing_library
from terminal.printing.output import ANSWERED, FAILED, complain, printable

if TYPE_CHECKING:
    from corpus.storage.locations import Place
    from retrieval.answering.pipeline import Inquiry
    from retrieval.evaluation.evaluate import Report
    from retrieval.evaluation.question_set import QuestionSet, SetQuestion

PIPE_WIDTH = 200  # no line of the table is longer, so a pipe gets each line whole
EPILOG = """\
A set is a folder with articles.jsonl and questions.jsonl; --starter shows what they look like.
The articles go into a library of their own, never into yours.

exit status: 0 measured or made, 2 something was wrong"""


@dataclass(frozen=True, slots=True)
class EvaluateOptions:
    """`set` is the folder of the question set; exactly one of `set`, `starter`, `as_shipped`."""

    set: Path | None
    as_json: bool
    limit: int | None
    cache: Path | None
    twins: bool
    answers: Path | None
    starter: Path | None
    calibrate: bool
    as_shipped: bool
    library: str | None


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `bot.py evaluate`."""
    parser.add_argument(
        "set",
        nargs="?",
        type=Path,
        metavar="SET",
        help="a folder with articles.jsonl and questions.jsonl",
    )
    parser.add_argument(
        "--json", dest="as_json", action="store_true", help="print the figures for programs"
    )
    parser.add_argument(
        "--limit",
        type=_count,
        metavar="N",
        help="ask only N of the questions, spread evenly over the set",
    )
    parser.add_argument(
        "--cache",
        type=Path,
        metavar="FOLDER",
        help="keep the set's library in this folder, so that the next run starts at once",
    )
    parser.add_argument(
        "--twins",
        action="store_true",
        help="ask each question again without the sentences that answer it",
    )
    parser.add_argument(
        "--answers",
        type=Path,
        metavar="FILE",
        help="write each answer there as a line of JSON",
    )
    parser.add_argument(
        "--starter",
        type=Path,
        metavar="FOLDER",
        help="make a first set from your own library in this folder, to correct by hand",
    )
    parser.add_argument(
        "--calibrate",
        action="store_true",
        help="fit on the set how sure your library must be before it answers",
    )
    parser.add_argument(
        "--as-shipped",
        action="store_true",
        help="answer from your library with the threshold that ships, as before --calibrate",
    )
    add_library_option(parser)
    set_command(parser, EvaluateOptions, evaluate)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of questions, such as 500")
    return int(text)


def evaluate(options: EvaluateOptions, program: Program) -> int:
    named = (options.set, options.starter, options.as_shipped or None)
    if sum(one is not None for one in named) != 1:
        complain("Name a question set to measure, or --starter FOLDER to make a first one.")
        return FAILED
    if options.calibrate and options.set is None:
        complain("Name the question set to fit on: bot.py evaluate SET --calibrate")
        return FAILED
    if options.library and options.set is not None and not options.calibrate:
        complain(
            "A set is asked in a library of its own; leave --library out, or add --calibrate to "
            "fit that library's threshold on the set."
        )
        return FAILED
    if options.set is not None:
        return _measure(options.set, options, program)
    place = existing_library(program.home, options.library)
    if options.starter is not None:
        return _make_starter_set(place, options.starter)
    return _reset_threshold(place)


def _measure(folder: Path, options: EvaluateOptions, program: Program) -> int:
    from retrieval.evaluation.question_set import QuestionSet

    library = existing_library(program.home, options.library) if options.calibrate else None
    questions = QuestionSet.load(folder)
    with _library_folder(options.cache) as made_in:
        report = _report(questions, questions.library_file(made_in), options)
    if options.as_json:
        print(json.dumps(report.as_dict(), indent=2))
    else:
        _show(report, questions)
    if library is not None:
        (complain if options.as_json else print)(_calibrate(library, report))
    return ANSWERED


def _calibrate(place: Place, report: Report) -> str:
    """Store the threshold that fits the report; return a sentence that says what it will do."""
    from retrieval.ranking import calibration
    from retrieval.ranking.weights import Caution, Weights

    asked = report.answerable, report.confidences
    with place.open() as store:
        own = calibration.kept(store)
        found = calibration.calibrate(report.name, *asked)
        calibration.keep(store, found)
    before = Weights.load().thresholds[Caution.HELPFUL] if own is None else own.threshold
    was, will = calibration.refusals(*asked, before), calibration.expected(*asked)
    return (
        f"Answers of this library now take a confidence of {found.threshold:.2f} (before: "
        f"{before:.2f}), fitted on {found.questions} questions. Of new questions like these, about "
        f"{will.wrongly:.0%} of those with an answer will be refused (before: {was.wrongly:.0%}), "
        f"and {will.rightly:.0%} of those without (before: {was.rightly:.0%})."
    )


def _reset_threshold(place: Place) -> int:
    from retrieval.ranking import calibration
    from retrieval.ranking.weights import Caution, Weights

    with place.open() as store:
        calibration.keep(store, None)
    shipped = Weights.load().thresholds[Caution.HELPFUL]
    print(f"Answers of this library take a confidence of {shipped:.2f} again.")
    return ANSWERED


@contextmanager
def _library_folder(cache: Path | None) -> Iterator[Path]:
    """The cache, or without one a folder that is removed afterwards."""
    if cache is not None:
        yield cache
        return
    with TemporaryDirectory(prefix="footnote-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _report(questions: QuestionSet, path: Path, options: EvaluateOptions) -> Report:
    from retrieval.answering.pipeline import Asking
    from retrieval.encoders.embedder import Embedder
    from retrieval.evaluation.evaluate import evaluate
    from retrieval.index.library import Library
    from terminal.printing.progress import counted

    embedder_of_articles = Embedder.load(threads=os.cpu_count() or 1)
    with counted("Embedding", len(questions.articles)) as advance:
        questions.ingest(
            path,
            embedder_of_articles.encode,
            embedder_of_articles.identity,
            on_article=lambda info: advance(info.title),
        )
    chosen = questions.sample(options.limit)
    embedder = Embedder.load()  # one thread, as the bot has it
    with (
        closing(Asking(Library.open(path, embedder), embedder)) as asking,
        _answers_file(options.answers) as write,
        counted("Asking", len(chosen)) as advance,
    ):

        def on_answer(asked: SetQuestion, inquiry: Inquiry) -> None:
            write(asked, inquiry)
            advance(asked.question.text)

        return evaluate(questions.name, chosen, asking, twins=options.twins, on_answer=on_answer)


@contextmanager
def _answers_file(path: Path | None) -> Iterator[Callable[[SetQuestion, Inquiry], None]]:
    """A function that writes an answer as a line of JSON; it does nothing without a file."""
    from corpus.errors import FootnoteError
    from retrieval.evaluation.evaluate import answer_line

    if path is None:
        yield lambda asked, inquiry: None
        return
    try:
        file = path.open("w", encoding="utf-8")
    except OSError as error:
        raise FootnoteError(f"{path} cannot be written: {error.strerror or error}.") from error
    with file:

        def write(asked: SetQuestion, inquiry: Inquiry) -> None:
            # ASCII, for a text may hold half characters, which no encoding has.
            file.write(json.dumps(answer_line(asked, inquiry)) + "\n")

        yield write


def _show(report: Report, questions: QuestionSet) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    terminal = Console()
    console = terminal if terminal.is_terminal else Console(width=PIPE_WIDTH)

    def table(*columns: str) -> Table:
        made = Table(*columns, box=box.SIMPLE, pad_edge=False, header_style="dim")
        for column in made.columns[1:]:
            column.justify = "right"
        return made

    figures = table("measure", "value", "95 % interval", "questions")
    for name, found in report.measures.items():
        digits = 1 if name.endswith("_ms") else 3
        figures.add_row(
            name,
            f"{found.value:.{digits}f}",
            f"{found.low:.{digits}f} – {found.high:.{digits}f}",
            f"{found.n:,}",
        )
    kinds = table("satisfied, by kind", "value", "95 % interval", "questions")
    for name, found in report.kinds.items():
        kinds.add_row(
            name, f"{found.value:.3f}", f"{found.low:.3f} – {found.high:.3f}", f"{found.n:,}"
        )
    stages = table("stage", "ms p50", "ms p95")
    for stage, (p50, p95) in report.stages_ms.items():
        stages.add_row(stage, f"{p50.value:.1f}", f"{p95.value:.1f}")
    print(
        printable(
            f"{report.name}: {report.questions:,} of {len(questions.questions):,} questions, "
            f"{len(questions.articles):,} articles"
        )
    )
    print(f"on {report.machine}")
    for made in (figures, *((kinds,) if report.kinds else ()), stages):
        console.print(made, crop=False, no_wrap=True)


def _make_starter_set(place: Place, folder: Path) -> int:
    from retrieval.evaluation.starter_set import write
    from terminal.printing.progress import counted

    with (
        place.open_to_read() as store,
        counted("Reading", store.count()) as advance,
    ):
        made = write(store, folder, on_article=lambda article: advance(article.info.title))
    print(
        printable(
            f"In {folder}: {made.articles:,} articles, {made.answerable:,} questions with an "
            f"answer and {made.unanswerable:,} without.\n"
            "Rules made them, and some are wrong. Before you trust a figure, read "
            f"{folder / 'questions.jsonl'} line by line: correct questions, answers and gold "
            "articles, take out what nobody would ask, add what your members do ask.\n"
            f"Then measure with: bot.py evaluate {folder}"
        )
    )
    return ANSWERED
