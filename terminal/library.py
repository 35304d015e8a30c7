"""`forget` and `library …`: what is in a library, copies of it, and whether it is whole."""

from __future__ import annotations

import argparse
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from terminal.library_changes import changes
from terminal.output import (
    ANSWERED,
    FAILED,
    REFUSED,
    add_library_option,
    complain,
    printable,
)

if TYPE_CHECKING:
    from corpus.storage.locations import Place

NAMED_HELP = "its id, address, title or file name, whole"
ACTIONS = {
    "list": "List the articles with their ids.",
    "changes": "Show what was changed in ARTICLE from version to version.",
    "stats": "Count what is in the library.",
    "backup": "Copy the library to FILE, as it is at one moment; other programs may go on.",
    "restore": "Put the backup FILE in the library's place.",
    "verify": "Read all of the library and check it.",
    "move": "Carry the library between files and the database, compared row by row.",
    "rebuild": "Make everything anew that is made from the articles' texts.",
}


def add_actions(parser: argparse.ArgumentParser) -> None:
    """The actions of `bot.py library`."""
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    for name, about in ACTIONS.items():
        action = actions.add_parser(name, help=about, description=about)
        action.set_defaults(action=changes if name == "changes" else globals()[f"_{name}"])
        if name == "changes":
            action.add_argument("article", metavar="ARTICLE", help=NAMED_HELP)
        if name == "move":
            action.add_argument(
                "--to",
                choices=("files", "database"),
                required=True,
                help="where to; FOOTNOTE_DATABASE names the database",
            )
            action.add_argument(
                "--erase", action="store_true", help="where it was, once it is there"
            )
        if name in ("backup", "restore"):
            action.add_argument("file", type=Path, metavar="FILE")
        if name == "restore":
            action.add_argument(
                "--replace", action="store_true", help="even when the library has articles"
            )
        add_library_option(action)


def library(options: argparse.Namespace) -> int:
    status: int = options.action(options)
    return status


def forget(options: argparse.Namespace) -> int:
    """Forget one article, named in a way that fits no other."""
    from terminal.progress import bring_up_to_date

    name = options.article
    place = existing(options)
    with place.open() as store:
        found = store.named(name)
        if len(found) > 1:
            complain(f"{len(found)} articles are called {name}; name one by its id:")
            for info in found:
                print(f"{info.id}  {printable(info.title)}")
            return REFUSED
        # An unknown one too: what an interrupted `forget` left is wiped from the file.
        known = store.forget(found[0].id if found else name)
    if not known:
        complain(
            f"No article has the id, address, title or file name {name}; "
            "bot.py library list shows what there is."
        )
        return REFUSED
    bring_up_to_date(place)
    print(f"Forgotten: {printable(found[0].title)}")
    for damaged in sorted(place.path.parent.glob("*.damaged")) if place.path else ():
        complain(f"{damaged} was moved aside by a restore and may hold it still; delete that file.")
    return ANSWERED


def existing(options: argparse.Namespace) -> Place:
    """Where the library is. Raises StoreError when there is none."""
    from corpus.errors import StoreError

    place = _place(options)
    if not place.exists():
        named = f" --library {options.library}" if options.library else ""
        raise StoreError(f"There is no library yet; make it with: bot.py ingest{named} PATH")
    return place


def _place(options: argparse.Namespace) -> Place:
    from corpus.storage.locations import DEFAULT

    place: Place = options.home.place(options.library or DEFAULT)
    return place


def _file(place: Place) -> Path:
    """Its file. Raises StoreError for a library that is in a database."""
    from corpus.errors import StoreError

    if place.path is None:
        raise StoreError(
            "That library is in a database; use the database's own tools for this, or carry it "
            "into a file with: bot.py library move"
        )
    return place.path


def _list(options: argparse.Namespace) -> int:
    from corpus.storage.page_state import gone_articles

    with existing(options).open_to_read() as store:
        missed = gone_articles(store)
        for info in store.articles():
            updated = f"updated {info.updated}" if info.updated else None
            since = f"gone from the web since {missed[info.id][:10]}" if info.id in missed else None
            about = (info.published, updated, info.source, f"version {info.version}", since)
            facts = ", ".join(fact for fact in about if fact)
            print(printable(f"{info.id}  {info.title} ({facts})"))
    return ANSWERED


def _stats(options: argparse.Namespace) -> int:
    from corpus.storage.maintenance import stats
    from retrieval.index.snapshots import fitting

    path = _file(existing(options))
    found = stats(path)
    manifest, since = fitting(path)
    index = f"{manifest}; {since:,} since" if manifest else "none in files; searched from memory"
    names = ["articles", "versions", "documents", "passages", "sentences", "copies", "changes"]
    if not found.documents:  # whoever writes no Haystack Documents need not ask what they are
        names.remove("documents")
    for name in names:
        print(f"{name:<10} {getattr(found, name):>12,}")
    print(f"{'size':<10} {found.bytes / 1e6:>12,.1f} MB")
    print(f"{'file':<10} {printable(str(path))}")
    print(f"{'index':<10} {index}")
    return ANSWERED


def _backup(options: argparse.Namespace) -> int:
    from corpus.storage.maintenance import backup

    made = backup(_file(existing(options)), options.file)
    print(f"{_articles(made.articles)} in {printable(str(options.file))}, checked.")
    return ANSWERED


def _restore(options: argparse.Namespace) -> int:
    from corpus.storage.maintenance import restore

    made = restore(options.file, _file(_place(options)), replace=options.replace)
    print(f"The library has {_articles(made.articles)} now.")
    return ANSWERED


def _verify(options: argparse.Namespace) -> int:
    from corpus.storage.maintenance import Check, verify

    def say(check: Check) -> None:
        print(f"{'ok' if check.ok else 'NO':<3} {check.name}", flush=True)

    wrong = [check for check in verify(_file(existing(options)), say) if not check.ok]
    for check in wrong:
        complain(f"{check.name}: {check.wrong}")
    if wrong:
        complain("Run bot.py library rebuild; if that does not help, restore a backup.")
    return FAILED if wrong else ANSWERED


def _move(options: argparse.Namespace) -> int:
    from corpus.errors import StoreError
    from corpus.storage.locations import DEFAULT, Database, Folder
    from corpus.storage.transfer import move
    from terminal.progress import bring_up_to_date, counted

    url = options.settings.database.get_secret_value()
    if not url:
        raise StoreError("No database is named; name one in FOOTNOTE_DATABASE.")
    name = options.library or DEFAULT
    source: Place = Folder(options.settings.data_dir).place(name)
    target: Place = Database(url).place(name)
    if options.to == "files":
        source, target = target, source
    if not source.exists():
        raise StoreError(f"There is no library {name} to be moved.")
    with source.open_to_read() as store:
        passages = store.passage_count()
    with counted("Moving", passages) as advance:
        moved = move(source, target, lambda count: advance("", count))
    bring_up_to_date(target)
    rows = sum(moved.counts.values())
    print(f"{_articles(moved.counts['article'])}, {rows:,} rows, checksum {moved.checksum}.")
    if options.erase:
        source.erase()
        print("The same in both places; where it was it is erased.")
    else:
        print("The same in both places; where it was it still is, until --erase.")
    return ANSWERED


def _rebuild(options: argparse.Namespace) -> int:
    from corpus.ingestion.embedding import rebuild_embeddings
    from corpus.storage.store import derived_folder
    from retrieval.encoders.embedder import Embedder
    from terminal.progress import bring_up_to_date, counted

    place = existing(options)
    with place.open() as store:
        embedder = Embedder.load(threads=os.cpu_count() or 1)
        with counted("Rebuilding", store.count()) as advance:
            rebuild_embeddings(
                store,
                embedder.encode,
                embedder.identity,
                on_article=lambda info: advance(info.title),
                even_if_fresh=True,
            )
        articles = store.count()
    if place.path is not None:
        shutil.rmtree(derived_folder(place.path), ignore_errors=True)
    bring_up_to_date(place)
    print(f"Rebuilt from the texts of {_articles(articles)}.")
    return ANSWERED


def _articles(count: int) -> str:
    return f"{count:,} article{'' if count == 1 else 's'}"
