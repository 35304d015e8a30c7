"""`forget` and `library …` show what a library holds, copy it, check it and remove from it."""

from __future__ import annotations

import argparse
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from terminal.command import LibraryOptions, Program, add_library_option, set_command
from terminal.library_changes import ArticleOptions, show_changes
from terminal.open_library import existing_library, library_place
from terminal.printing.output import ANSWERED, FAILED, REFUSED, complain, printable

if TYPE_CHECKING:
    from corpus.storage.locations import Place

ARTICLE_HELP = "its id, or its whole address, title or file name"
FORGET_EPILOG = "exit status: 0 forgotten, 1 there is no such article, 2 something was wrong"


@dataclass(frozen=True, slots=True)
class BackupOptions:
    file: Path
    library: str | None


@dataclass(frozen=True, slots=True)
class RestoreOptions:
    """`replace` allows it even when the library has articles."""

    file: Path
    replace: bool
    library: str | None


@dataclass(frozen=True, slots=True)
class MoveOptions:
    """`to` is "files" or "database"; `erase` is whether to erase the library where it was."""

    to: str
    erase: bool
    library: str | None


def add_forget_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("article", metavar="ARTICLE", help=ARTICLE_HELP)
    add_library_option(parser)
    set_command(parser, ArticleOptions, forget)


def add_actions(parser: argparse.ArgumentParser) -> None:
    """Add the actions of `bot.py library`."""
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)

    def add(name: str, about: str) -> argparse.ArgumentParser:
        action = actions.add_parser(name, help=about, description=about)
        add_library_option(action)
        return action

    set_command(add("list", "List the articles with their ids."), LibraryOptions, _list)

    changes = add("changes", "Show what changed in ARTICLE from version to version.")
    changes.add_argument("article", metavar="ARTICLE", help=ARTICLE_HELP)
    set_command(changes, ArticleOptions, show_changes)

    set_command(add("stats", "Count what is in the library."), LibraryOptions, _stats)

    backup = add("backup", "Copy the library to FILE as it is now; other programs may go on.")
    backup.add_argument("file", type=Path, metavar="FILE")
    set_command(backup, BackupOptions, _backup)

    restore = add("restore", "Put the backup FILE in the library's place.")
    restore.add_argument("file", type=Path, metavar="FILE")
    restore.add_argument(
        "--replace", action="store_true", help="even when the library has articles"
    )
    set_command(restore, RestoreOptions, _restore)

    set_command(add("verify", "Read the whole library and check it."), LibraryOptions, _verify)

    move = add("move", "Move the library between files and the database; compares every row.")
    move.add_argument(
        "--to",
        choices=("files", "database"),
        required=True,
        help="where to; FOOTNOTE_DATABASE names the database",
    )
    move.add_argument(
        "--erase", action="store_true", help="erase the library where it was, once it is moved"
    )
    set_command(move, MoveOptions, _move)

    rebuild = add("rebuild", "Make again all that is made from the articles' texts.")
    set_command(rebuild, LibraryOptions, _rebuild)


def forget(options: ArticleOptions, program: Program) -> int:
    """Delete one article; its name must fit no other."""
    from terminal.printing.progress import bring_up_to_date

    name = options.article
    place = existing_library(program.home, options.library)
    with place.open() as store:
        found = store.named(name)
        if len(found) > 1:
            complain(f"{len(found)} articles are called {name}; name one by its id:")
            for info in found:
                print(f"{info.id}  {printable(info.title)}")
            return REFUSED
        # An unknown name goes there too: that wipes what an interrupted `forget` left in the file.
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


def _file(place: Place) -> Path:
    """The library's file. Raises StoreError for a library in a database."""
    from corpus.errors import StoreError

    if place.path is None:
        raise StoreError(
            "That library is in a database; use the database's own tools for this, or move it "
            "into a file with: bot.py library move"
        )
    return place.path


def _list(options: LibraryOptions, program: Program) -> int:
    from corpus.storage.page_state import gone_articles

    with existing_library(program.home, options.library).open_to_read() as store:
        missed = gone_articles(store)
        for info in store.articles():
            updated = f"updated {info.updated}" if info.updated else None
            since = f"gone from the web since {missed[info.id][:10]}" if info.id in missed else None
            about = (info.published, updated, info.source, f"version {info.version}", since)
            facts = ", ".join(fact for fact in about if fact)
            print(printable(f"{info.id}  {info.title} ({facts})"))
    return ANSWERED


def _stats(options: LibraryOptions, program: Program) -> int:
    from corpus.storage.maintenance import stats
    from retrieval.index.snapshots import read_newest_manifest

    path = _file(existing_library(program.home, options.library))
    found = stats(path)
    manifest, since = read_newest_manifest(path)
    index = f"{manifest}; {since:,} since" if manifest else "none in files; searched from memory"
    names = ["articles", "versions", "documents", "passages", "sentences", "copies", "changes"]
    if not found.documents:  # only those who write Haystack Documents know what they are
        names.remove("documents")
    for name in names:
        print(f"{name:<10} {getattr(found, name):>12,}")
    print(f"{'size':<10} {found.bytes / 1e6:>12,.1f} MB")
    print(f"{'file':<10} {printable(str(path))}")
    print(f"{'index':<10} {index}")
    return ANSWERED


def _backup(options: BackupOptions, program: Program) -> int:
    from corpus.storage.maintenance import backup

    made = backup(_file(existing_library(program.home, options.library)), options.file)
    print(f"{_articles(made.articles)} in {printable(str(options.file))}, checked.")
    return ANSWERED


def _restore(options: RestoreOptions, program: Program) -> int:
    from corpus.storage.maintenance import restore

    file = _file(library_place(program.home, options.library))
    made = restore(options.file, file, replace=options.replace)
    print(f"The library has {_articles(made.articles)} now.")
    return ANSWERED


def _verify(options: LibraryOptions, program: Program) -> int:
    from corpus.storage.maintenance import Check, verify

    def show(check: Check) -> None:
        print(f"{'ok' if check.ok else 'NO':<3} {check.name}", flush=True)

    file = _file(existing_library(program.home, options.library))
    wrong = [check for check in verify(file, show) if not check.ok]
    for check in wrong:
        complain(f"{check.name}: {check.wrong}")
    if wrong:
        complain("Run bot.py library rebuild; if that does not help, restore a backup.")
    return FAILED if wrong else ANSWERED


def _move(options: MoveOptions, program: Program) -> int:
    from corpus.errors import StoreError
    from corpus.storage.locations import DEFAULT, Database, Folder
    from corpus.storage.transfer import move
    from terminal.printing.progress import bring_up_to_date, counted

    url = program.settings.database.get_secret_value()
    if not url:
        raise StoreError("No database is named; name one in FOOTNOTE_DATABASE.")
    name = options.library or DEFAULT
    source: Place = Folder(program.settings.data_dir).place(name)
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
        print("Both were the same; the library is erased where it was.")
    else:
        print("Both are the same; the library is still where it was, too. --erase removes it.")
    return ANSWERED


def _rebuild(options: LibraryOptions, program: Program) -> int:
    from corpus.ingestion.embedding import rebuild_embeddings
    from corpus.storage.store import derived_folder
    from retrieval.encoders.embedder import Embedder
    from terminal.printing.progress import bring_up_to_date, counted

    place = existing_library(program.home, options.library)
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
