"""A progress bar for work that is counted; in a pipe there is none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from terminal.speech import complain, printable


class Advance(Protocol):
    def __call__(self, name: str, count: int = 1) -> None: ...


@contextmanager
def counted(what: str, total: int) -> Iterator[Advance]:
    """Yields what to call, with a thing's name, each time that one or more are done."""
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
        TimeRemainingColumn(),
        TextColumn("{task.fields[name]}", markup=False),
        console=terminal,
        transient=True,
        disable=not terminal.is_terminal,
    ) as progress:
        task = progress.add_task(what, total=total, name="")

        def advance(name: str, count: int = 1) -> None:
            progress.update(task, advance=count, name=printable(name)[:40])

        yield advance


def bring_up_to_date(path: Path) -> None:
    """Make the index of the library at `path` anew if much has changed since the last.

    A library that is small, or changed little, is searched from memory. When the folder is
    full it is said, and the articles are safe.
    """
    from corpus.errors import StoreError
    from corpus.store import ArticleStore
    from retrieval import generations

    with ArticleStore.open_to_read(path) as store:
        passages = store.passage_count()
    _, behind = generations.fitting(path)
    if not generations.is_due(behind, passages):
        return
    try:
        with counted("Indexing", passages) as done:
            generations.make(path, lambda count: done("", count))
    except StoreError as error:
        complain(str(error))
