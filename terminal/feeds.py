"""`feeds …` shows and changes which feeds and sitemaps a library watches, and reads them now."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from terminal.command import LibraryOptions, Program, add_library_option, set_command
from terminal.open_library import existing_library, library_place
from terminal.printing.output import ANSWERED, INTERRUPTED, REFUSED, complain, printable

if TYPE_CHECKING:
    from corpus.web.crawler import Crawler
    from corpus.web.results import FeedHealth, Refreshed
    from corpus.web.watchlist import WatchList

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FeedOptions:
    """The feeds that are meant; for `refresh`, none means all."""

    urls: list[str]
    library: str | None


@dataclass(frozen=True, slots=True)
class ImportOptions:
    file: Path
    library: str | None


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """`file` is None for standard output."""

    file: Path | None
    library: str | None


def add_actions(parser: argparse.ArgumentParser) -> None:
    """Add the actions of `bot.py feeds`."""
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)

    def make(name: str, about: str) -> argparse.ArgumentParser:
        action = actions.add_parser(name, help=about, description=about)
        add_library_option(action)
        return action

    add = make("add", "Watch feeds or sitemaps, or the feed that a site's page names.")
    add.add_argument("urls", nargs="+", metavar="URL")
    set_command(add, FeedOptions, _add)

    remove = make("remove", "Stop watching feeds; the articles that came from them stay.")
    remove.add_argument("urls", nargs="+", metavar="URL")
    set_command(remove, FeedOptions, _remove)

    listed = make("list", "Show the feeds, how many articles they brought, and how they do.")
    set_command(listed, LibraryOptions, _list)

    refresh = make("refresh", "Look at the feeds now, and read the articles that are due.")
    refresh.add_argument("urls", nargs="*", metavar="URL", help="only these")
    set_command(refresh, FeedOptions, _refresh)

    imported = make("import", "Watch the feeds in an OPML file, as feed readers export it.")
    imported.add_argument("file", type=Path, metavar="FILE")
    set_command(imported, ImportOptions, _import)

    export = make("export", "Write the feeds as OPML, to a file or to standard output.")
    export.add_argument("file", type=Path, metavar="FILE", nargs="?")
    set_command(export, ExportOptions, _export)


def _add(options: FeedOptions, program: Program) -> int:
    return _watch_all(program, options.library, options.urls)


def _import(options: ImportOptions, program: Program) -> int:
    from corpus.errors import FeedError
    from corpus.web.opml import read_opml

    try:
        data = options.file.read_bytes()
    except OSError as error:
        raise FeedError(f"{options.file} cannot be read: {error.strerror or error}.") from error
    return _watch_all(program, options.library, read_opml(data, str(options.file)))


def _watch_all(program: Program, library: str | None, urls: list[str]) -> int:
    """Watch each address that is a feed; complain about each other one, with the reason."""
    from corpus.errors import FeedError, FetchError
    from terminal.printing.progress import counted

    refused: list[str] = []

    async def work(watch: Crawler) -> None:
        for url in urls:
            try:
                health = await watch.add_feed(url)
            except (FeedError, FetchError) as error:
                refused.append(str(error))
            else:
                print(printable(f"Watched: {health.title} ({health.url}), {_count(health)}"))
            advance(url, errors=len(refused))

    with counted("Looking", len(urls)) as advance:
        _run_with_watch(program, library, work)
    for reason in refused:
        complain(reason)
    if len(refused) < len(urls):
        print("The running bot reads them; to read them now: bot.py feeds refresh")
    return REFUSED if refused else ANSWERED


def _remove(options: FeedOptions, program: Program) -> int:
    with _open_watchlist(program, options.library) as watched:
        for url in options.urls:
            health = watched.remove_feed(url)
            print(printable(f"No longer watched: {health.title}; its articles stay."))
    return ANSWERED


def _list(options: LibraryOptions, program: Program) -> int:
    with _open_watchlist(program, options.library) as watched:
        found = watched.health()
    if not found:
        print("No feeds are watched yet; add one with: bot.py feeds add URL")
    for health in found:
        print(printable(f"{health.title}  {health.url}"))
        print(printable(f"  {_count(health)}; {_times(health)}"))
        if health.problem:
            print(printable(f"  {health.problem}"))
    return ANSWERED


def _count(health: FeedHealth) -> str:
    parts = [f"{health.articles:,} article{'' if health.articles == 1 else 's'}"]
    if health.waiting:
        parts.append(f"{health.waiting:,} to read")
    if health.refused:
        parts.append(f"{health.refused:,} refused")
    return ", ".join(parts)


def _times(health: FeedHealth) -> str:
    def local(at: str | None) -> str:
        if at is None:
            return "never"
        return datetime.fromisoformat(at).astimezone().strftime("%Y-%m-%d %H:%M")

    failed = f", failed {health.failures} times in a row" if health.failures > 1 else ""
    return f"looked at {local(health.checked_at)}{failed}, next {local(health.next_at)}"


def _refresh(options: FeedOptions, program: Program) -> int:
    from corpus.web.crawler import OnAddress
    from corpus.web.results import Refreshed
    from terminal.printing.progress import bring_up_to_date, counted

    done = Refreshed()
    stopped = False
    with ExitStack() as stack:

        def begin(count: int) -> OnAddress:
            advance = stack.enter_context(counted("Reading", count))
            return lambda url, result: advance(url, errors=len(done.refused))

        try:
            _run_with_watch(
                program,
                options.library,
                lambda watch: watch.refresh(options.urls, done=done, on_due=begin),
            )
        except KeyboardInterrupt:
            stopped = True
    if not stopped:
        bring_up_to_date(library_place(program.home, options.library))
    _show_refreshed(done)
    if stopped:
        complain("Stopped; what was read is stored, and the same command goes on from here.")
        return INTERRUPTED
    return REFUSED if done.refused else ANSWERED


def _show_refreshed(done: Refreshed) -> None:
    for refusal in done.refused:
        complain(refusal.why)
    gone = f", {done.gone} gone from the web and kept here" if done.gone else ""
    print(
        f"{done.feeds} feed{'' if done.feeds == 1 else 's'} read: {done.added} added, "
        f"{done.changed} changed, {done.unchanged} unchanged, {len(done.refused)} refused{gone}."
    )


def _export(options: ExportOptions, program: Program) -> int:
    from corpus.errors import FeedError
    from corpus.web.opml import write_opml

    with _open_watchlist(program, options.library) as watched:
        found = watched.health()
    data = write_opml((health.url, health.title) for health in found)
    if options.file is None:
        sys.stdout.write(data.decode())
        return ANSWERED
    try:
        options.file.write_bytes(data)
    except OSError as error:
        raise FeedError(f"{options.file} cannot be written: {error.strerror or error}.") from error
    count = f"{len(found)} feed{'' if len(found) == 1 else 's'}"
    print(printable(f"{count} written to {options.file}."))
    return ANSWERED


@contextmanager
def _open_watchlist(program: Program, library: str | None) -> Iterator[WatchList]:
    """What an existing library watches; this needs neither the model nor the network."""
    from corpus.web.watchlist import WatchList

    with existing_library(program.home, library).open() as store:
        yield WatchList(store)


def _run_with_watch(
    program: Program, library: str | None, work: Callable[[Crawler], Coroutine[Any, Any, T]]
) -> T:
    """Run `work` with the crawler of a library, which is made if it is not there."""
    from corpus.web.fetch import Fetcher
    from retrieval.encoders.embedder import Embedder
    from retrieval.ingestion.crawl_process import CrawlSession

    async def run() -> T:
        embedder = Embedder.load(threads=os.cpu_count() or 1)
        async with (
            CrawlSession.open(embedder, program.make_fetcher or Fetcher) as session,
            session.library(library_place(program.home, library)) as watch,
        ):
            return await work(watch)

    return asyncio.run(run())
