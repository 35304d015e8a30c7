"""`library changes` shows what changed in an article from version to version, and its copies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from terminal.open_library import existing_library
from terminal.printing.output import ANSWERED, REFUSED, complain, printable

if TYPE_CHECKING:
    from rich.console import Console

    from corpus.article import ArticleInfo
    from corpus.ingestion.revisions import Change
    from corpus.storage.reader import StoreReader
    from terminal.command import Program


@dataclass(frozen=True, slots=True)
class ArticleOptions:
    """The options of a command on one article: how it is named, and in which library."""

    article: str
    library: str | None


def show_changes(options: ArticleOptions, program: Program) -> int:
    with existing_library(program.home, options.library).open_to_read() as store:
        found = store.named(options.article)
        if not found:
            complain(
                f"No article has the id, address, title or file name {options.article}; "
                "bot.py library list shows what there is."
            )
            return REFUSED
        for info in found:
            _show_versions(store, info)
    return ANSWERED


def _show_versions(store: StoreReader, info: ArticleInfo) -> None:
    from rich.console import Console

    from corpus.ingestion.revisions import changed_sentences

    console = Console(highlight=False, emoji=False, markup=False, soft_wrap=True)
    versions = store.versions(info.id)
    console.print(printable(f"{info.title} ({info.id})"), style="bold")
    if len(versions) == 1:
        console.print(f"version 1, read {_day(versions[0][1])}; nothing has changed since")
    for (before, _), (after, added) in pairwise(versions):
        console.print(f"\nversion {after.version}, read {_day(added)}{_dates(after)}")
        old, new = store.article(info.id, before.version), store.article(info.id, after.version)
        if old is not None and new is not None:
            _show_metadata_changes(console, before, after)
            _show_sentence_changes(console, changed_sentences(old.text, new.text))
    for copy in store.copies(info.id):
        console.print(printable(f"\nthe same text: {copy.title} ({copy.id})"), style="dim")


def _show_metadata_changes(console: Console, before: ArticleInfo, after: ArticleInfo) -> None:
    for field in ("title", "url", "source", "author"):
        old, new = getattr(before, field), getattr(after, field)
        if old != new:
            console.print(printable(f"  {field}: {old or 'unknown'} → {new or 'unknown'}"))


def _show_sentence_changes(console: Console, changes: Sequence[Change]) -> None:
    for change in changes:
        if change.before is not None:
            console.print(f"  - {_one_line(change.before.text)}", style="red")
        if change.after is not None:
            console.print(f"  + {_one_line(change.after.text)}", style="green")
        for old, new in change.numbers:
            console.print(f"    {printable(old) or 'no number'} → {printable(new) or 'none'}")
        if change.is_correction:
            console.print("    a correction", style="yellow")


def _one_line(text: str) -> str:
    return printable(" ".join(text.split()))


def _day(moment: str) -> str:
    return moment[: len("2026-03-17")]


def _dates(info: ArticleInfo) -> str:
    published = f", published {info.published}" if info.published else ""
    return published + (f", updated {info.updated}" if info.updated else "")
