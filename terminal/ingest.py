"""`ingest` reads articles from files, folders, standard input and addresses into a library."""

from __future__ import annotations

import argparse
import asyncio
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from terminal.command import Program, add_library_option, set_command
from terminal.open_library import library_place
from terminal.printing.output import ANSWERED, INTERRUPTED, REFUSED, complain, printable

if TYPE_CHECKING:
    from corpus.errors import FetchError
    from corpus.ingestion.ingest import IngestReport
    from corpus.storage.store import ArticleStore
    from corpus.web.results import AddedPage
    from retrieval.encoders.embedder import Embedder
    from retrieval.ingestion.crawl_process import MakeFetcher
    from terminal.printing.progress import Advance

EPILOG = "exit status: 0 all was read, 1 some was refused, 2 something was wrong"


@dataclass(frozen=True, slots=True)
class IngestOptions:
    """`inputs` are files, folders, addresses and "-"; `name` is the file name for "-"."""

    inputs: list[str]
    name: str | None
    library: str | None


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "inputs",
        nargs="+",
        metavar="PLACE",
        help="a .txt, .md, .html, .pdf, .docx or .epub file, a folder, an address that begins "
        "with https://, or - for standard input",
    )
    parser.add_argument(
        "--name",
        metavar="FILE",
        help="the file name to give to standard input; its ending says what format it is",
    )
    add_library_option(parser)
    set_command(parser, IngestOptions, ingest)


def ingest(options: IngestOptions, program: Program) -> int:
    from corpus.ingestion.embedding import is_fresh, rebuild_embeddings
    from corpus.ingestion.ingest import IngestReport, ingest
    from retrieval.encoders.embedder import Embedder
    from terminal.input_files import find_sources
    from terminal.printing.progress import bring_up_to_date, counted

    addresses = [one for one in options.inputs if "://" in one]
    paths = [Path(one) for one in options.inputs if "://" not in one]
    sources = find_sources(paths, options.name)
    if not sources and not addresses:
        complain(f"There is nothing to read in {paths[0]}; name another folder.")
        return REFUSED
    report = IngestReport()
    stopped = False
    place = library_place(program.home, options.library)
    with place.open() as store:
        embedder = Embedder.load(threads=os.cpu_count() or 1)
        if not is_fresh(store, embedder.identity):
            with counted("Renewing the index", store.count()) as advance:
                rebuild_embeddings(
                    store,
                    embedder.encode,
                    embedder.identity,
                    on_article=lambda info: advance(info.title),
                )
        with counted("Reading", len(sources) + len(addresses)) as advance_reading:
            try:
                if sources:
                    ingest(
                        sources,
                        store,
                        embedder.encode,
                        report=report,
                        on_done=lambda name: advance_reading(name, errors=len(report.refused)),
                    )
                if addresses:
                    reading = _AddressReading(program.make_fetcher, report, advance_reading)
                    reading.read(addresses, store, embedder)
            except KeyboardInterrupt:
                stopped = True
        total = store.count()
    if not stopped:
        bring_up_to_date(place)
    for refused in report.refused:
        complain(refused.why)
    for note in report.corrections:
        print(printable(note))
    print(
        f"{report.added} added, {report.changed} changed, {report.unchanged} unchanged, "
        f"{len(report.refused)} refused; the library has {total} "
        f"{'article' if total == 1 else 'articles'}."
    )
    if stopped:
        complain("Stopped; what was read is stored, and the same command goes on from here.")
        return INTERRUPTED
    return REFUSED if report.refused else ANSWERED


@dataclass(frozen=True, slots=True)
class _AddressReading:
    """Reads the pages at addresses; counts each in the report and on the progress bar."""

    make_fetcher: MakeFetcher | None
    report: IngestReport
    advance: Advance

    def read(self, addresses: list[str], store: ArticleStore, embedder: Embedder) -> None:
        from corpus.web.fetch import Fetcher
        from retrieval.ingestion.crawl_process import CrawlSession

        async def run() -> None:
            async with CrawlSession.open(embedder, self.make_fetcher or Fetcher) as session:
                await session.watch(store).add_all(addresses, self._count)

        asyncio.run(run())

    def _count(self, url: str, result: AddedPage | FetchError) -> None:
        from corpus.ingestion.ingest import Refused
        from corpus.web.results import AddedPage

        if isinstance(result, AddedPage):
            self.report.count(result.outcome)
            if result.corrections:
                self.report.corrections.append(f"{result.title}: {'; '.join(result.corrections)}")
        else:
            self.report.refused.append(Refused(url, str(result)))
        self.advance(url, errors=len(self.report.refused))
