"""A progress bar for work that is counted; in a pipe there is none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from terminal.output import complain, printable

if TYPE_CHECKING:
    from corpus.storage.locations import Place


class Advance(Protocol):
    def __call__(self, name: str, count: int = 1, errors: int = 0) -> None: ...


@contextmanager
def counted(what: str, total: int) -> Iterator[Advance]:
    """Yields what to call, with a thing's name, each time that one or more are done.

    It may be told how many errors there were so far. The bar shows them, the rate and the time
    that remains.
    """
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    terminal = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[errors]}", style="red"),
        TextColumn("{task.fields[name]}", markup=False),
        console=terminal,
        transient=True,
        disable=not terminal.is_terminal,
    ) as progress:
        number = progress.add_task(what, total=total, name="", rate="", errors="")
        (task,) = progress.tasks

        def advance(name: str, count: int = 1, errors: int = 0) -> None:
            said = f"{errors:,} refused" if errors else ""
            rate = f"{task.speed:,.1f}/s" if task.speed else ""
            progress.update(
                number, advance=count, name=printable(name)[:40], rate=rate, errors=said
            )

        yield advance


def bring_up_to_date(place: Place) -> None:
    """Make the index of the library there anew if much has changed since the last.

    A library that is small, or changed little, is searched from memory. When the folder is
    full it is said, and the articles are safe.
    """
    from corpus.errors import StoreError
    from retrieval.index import snapshots
    from retrieval.index.library import Library

    path = place.path
    with place.open_to_read() as store:
        passages = store.passage_count()
        if path is None:
            with counted("Indexing", passages) as done:
                Library.over(store, None).prepare(lambda count: done("", count))
            return
    _, behind = snapshots.fitting(path)
    if not snapshots.is_due(behind, passages):
        return
    try:
        with counted("Indexing", passages) as done:
            snapshots.make(path, lambda count: done("", count))
    except StoreError as error:
        complain(str(error))
