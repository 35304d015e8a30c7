"""Shows a progress bar for work that is counted; in a pipe there is none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from terminal.printing.output import complain, printable

if TYPE_CHECKING:
    from corpus.storage.locations import Place


class Advance(Protocol):
    """Moves the bar: the last thing's name, how many are done, and all errors so far."""

    def __call__(self, name: str, count: int = 1, errors: int = 0) -> None: ...


@contextmanager
def counted(what: str, total: int) -> Iterator[Advance]:
    """Show a bar while the work runs; yield the function to call each time some of it is done.

    The bar shows how many of `total` are done, the rate, the errors and the time that remains.
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
            refused = f"{errors:,} refused" if errors else ""
            rate = f"{task.speed:,.1f}/s" if task.speed else ""
            progress.update(
                number, advance=count, name=printable(name)[:40], rate=rate, errors=refused
            )

        yield advance


def bring_up_to_date(place: Place) -> None:
    """Make the library's index again if much has changed since it was made.

    A library that is small or changed little is searched from memory. If the folder is full,
    this complains; the articles are safe.
    """
    from corpus.errors import StoreError
    from retrieval.index import snapshots
    from retrieval.index.library import Library

    path = place.path
    with place.open_to_read() as store:
        passages = store.passage_count()
        if path is None:
            with counted("Indexing", passages) as done:
                Library.of_store(store, None).prepare(lambda count: done("", count))
            return
    _, behind = snapshots.read_newest_manifest(path)
    if not snapshots.is_due(behind, passages):
        return
    try:
        with counted("Indexing", passages) as done:
            snapshots.make_snapshot(path, lambda count: done("", count))
    except StoreError as error:
        complain(str(error))
