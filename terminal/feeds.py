"""`feeds …`: which feeds and sitemaps a library watches, how they do, and what they bring."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from terminal.library import existing
from terminal.output import (
    ANSWERED,
    INTERRUPTED,
    REFUSED,
    add_library_option,
    complain,
    printable,
)

if TYPE_CHECKING:
    from corpus.storage.locations import Place
    from corpus.web.crawler import Crawler
    from corpus.web.results import FeedHealth, Refreshed
    from corpus.web.watchlist import WatchList

T = TypeVar("T")

ACTIONS = {
    "add": "Watch feeds or sitemaps, or what a site's page names as its feed.",
    "remove": "Watch feeds no more; the articles that came of them stay.",
    "list": "Show the feeds, what came of them, and how they do.",
    "refresh": "Look at feeds now, and read the articles that are due.",
    "import": "Watch the feeds of an OPML file, as feed readers export it.",
    "export": "Write the feeds as OPML, to a file or to standard output.",
}


def add_actions(parser: argparse.ArgumentParser) -> None:
    """The actions of `bot.py feeds`."""
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    for name, about in ACTIONS.items():
        action = actions.add_parser(name, help=about, description=about)
        action.set_defaults(action=globals()[f"_{name}"])
        if name in ("add", "remove"):
            action.add_argument("urls", nargs="+", metavar="URL")
        elif name == "refresh":
            action.add_argument("urls", nargs="*", metavar="URL", help="only these")
        elif name == "import":
            action.add_argument("file", type=Path, metavar="FILE")
        elif name == "export":
            action.add_argument("file", type=Path, metavar="FILE", nargs="?")
        add_library_option(action)


def feeds(options: argparse.Namespace) -> int:
    status: int = options.action(options)
    return status


def _add(options: argparse.Namespace) -> int:
    return _watch_all(options, options.urls)


def _import(options: argparse.Namespace) -> int:
    from corpus.errors import FeedError
    from corpus.web.opml import read_opml

    try:
        data = options.file.read_bytes()
    except OSError as error:
        raise FeedError(f"{options.file} cannot be read: {error.strerror or error}.") from error
    return _watch_all(options, read_opml(data, str(options.file)))


def _watch_all(options: argparse.Namespace, urls: list[str]) -> int:
    """Watch each that is a feed; the others are named with the reason."""
    from corpus.errors import FeedError, FetchError
    from terminal.progress import counted

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
        _with_watch(options, work)
    for why in refused:
        complain(why)
    if len(refused) < len(urls):
        print("The running bot reads them; to read them now: bot.py feeds refresh")
    return REFUSED if refused else ANSWERED


def _remove(options: argparse.Namespace) -> int:
    with _opened(options) as watched:
        for url in options.urls:
            health = watched.remove_feed(url)
            print(printable(f"No longer watched: {health.title}; its articles stay."))
    return ANSWERED


def _list(options: argparse.Namespace) -> int:
    with _opened(options) as watched:
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


def _refresh(options: argparse.Namespace) -> int:
    from corpus.web.crawler import OnAddress
    from corpus.web.results import Refreshed
    from terminal.progress import bring_up_to_date, counted

    done = Refreshed()
    stopped = False
    with ExitStack() as stack:

        def begin(count: int) -> OnAddress:
            advance = stack.enter_context(counted("Reading", count))
            return lambda url, became: advance(url, errors=len(done.refused))

        try:
            _with_watch(options, lambda watch: watch.refresh(options.urls, done=done, on_due=begin))
        except KeyboardInterrupt:
            stopped = True
    if not stopped:
        bring_up_to_date(_place(options))
    _tell(done)
    if stopped:
        complain("Stopped; what was read is kept, and the same command goes on from here.")
        return INTERRUPTED
    return REFUSED if done.refused else ANSWERED


def _tell(done: Refreshed) -> None:
    for refusal in done.refused:
        complain(refusal.why)
    gone = f", {done.gone} gone from the web and kept here" if done.gone else ""
    print(
        f"{done.feeds} feed{'' if done.feeds == 1 else 's'} read: {done.added} added, "
        f"{done.changed} changed, {done.unchanged} unchanged, {len(done.refused)} refused{gone}."
    )


def _export(options: argparse.Namespace) -> int:
    from corpus.errors import FeedError
    from corpus.web.opml import write_opml

    with _opened(options) as watched:
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


def _place(options: argparse.Namespace) -> Place:
    from corpus.storage.locations import DEFAULT

    place: Place = options.home.place(options.library or DEFAULT)
    return place


@contextmanager
def _opened(options: argparse.Namespace) -> Iterator[WatchList]:
    """What a library that exists watches; neither the model nor the network is needed."""
    from corpus.web.watchlist import WatchList

    with existing(options).open() as store:
        yield WatchList(store)


def _with_watch(
    options: argparse.Namespace, work: Callable[[Crawler], Coroutine[Any, Any, T]]
) -> T:
    from corpus.web.fetch import Fetcher
    from retrieval.encoders.embedder import Embedder
    from retrieval.ingestion.crawl_process import CrawlSession

    async def run() -> T:
        embedder = Embedder.load(threads=os.cpu_count() or 1)
        async with (
            CrawlSession.open(embedder, options.make_fetcher or Fetcher) as collecting,
            collecting.library(_place(options)) as watch,
        ):
            return await work(watch)

    return asyncio.run(run())
