"""`ingest`: articles from files, folders, standard input and addresses into a library."""

from __future__ import annotations

import argparse
import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

from terminal.output import ANSWERED, INTERRUPTED, REFUSED, complain, printable

if TYPE_CHECKING:
    from corpus.ingestion.ingest import IngestReport
    from corpus.storage.store import ArticleStore
    from retrieval.encoders.embedder import Embedder
    from retrieval.ingestion.crawl_process import MakeFetcher
    from terminal.progress import Advance


def ingest(options: argparse.Namespace) -> int:
    from corpus.ingestion.embedding import is_fresh, rebuild_embeddings
    from corpus.ingestion.ingest import IngestReport, ingest
    from corpus.storage.locations import DEFAULT
    from retrieval.encoders.embedder import Embedder
    from terminal.input_files import named
    from terminal.progress import bring_up_to_date, counted

    addresses = [place for place in options.places if "://" in place]
    paths = [Path(place) for place in options.places if "://" not in place]
    sources = named(paths, options.name)
    if not sources and not addresses:
        complain(f"There is nothing to read in {paths[0]}; name another folder.")
        return REFUSED
    report = IngestReport()
    stopped = False
    place = options.home.place(options.library or DEFAULT)
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
        with counted("Reading", len(sources) + len(addresses)) as read:
            try:
                if sources:
                    ingest(
                        sources,
                        store,
                        embedder.encode,
                        report=report,
                        on_done=lambda name: read(name, errors=len(report.refused)),
                    )
                if addresses:
                    _read_addresses(addresses, store, embedder, options.make_fetcher, report, read)
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
        complain("Stopped; what was read is kept, and the same command goes on from here.")
        return INTERRUPTED
    return REFUSED if report.refused else ANSWERED


def _read_addresses(
    addresses: list[str],
    store: ArticleStore,
    embedder: Embedder,
    make_fetcher: MakeFetcher | None,
    report: IngestReport,
    read: Advance,
) -> None:
    from corpus.errors import FetchError
    from corpus.ingestion.ingest import Refused
    from corpus.web.fetch import Fetcher
    from corpus.web.results import AddedPage
    from retrieval.ingestion.crawl_process import CrawlSession

    def count(url: str, became: AddedPage | FetchError) -> None:
        if isinstance(became, AddedPage):
            report.count(became.outcome)
            if became.corrections:
                report.corrections.append(f"{became.title}: {'; '.join(became.corrections)}")
        else:
            report.refused.append(Refused(url, str(became)))
        read(url, errors=len(report.refused))

    async def run() -> None:
        async with CrawlSession.open(embedder, make_fetcher or Fetcher) as collecting:
            await collecting.watch(store).add_all(addresses, count)

    asyncio.run(run())
