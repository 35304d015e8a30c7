"""Fills the disk under a library, and checks that nothing is lost and that everything is told.

    python -m tests.faults.full FOLDER tmpfs|quota

On a small tmpfs, FOLDER, or with a limit on how long a file may be.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from corpus.errors import StoreError
from corpus.storage.maintenance import backup, restore, verify
from corpus.storage.store import ArticleStore, derived_folder
from retrieval.index import snapshots
from retrieval.index.index import Index
from tests.faults.work import put, text_of

LIMIT = 600_000


def told(work: Callable[[], object]) -> str:
    """What a person is told when this fails, as it must."""
    with pytest.raises(StoreError, match=r"^.*free some space.*$") as raised:
        work()
    return str(raised.value)


def main(folder: Path, how: str) -> None:
    path = folder / "library.db"
    ballast = folder / "ballast"
    saved = folder / "saved.db"
    with ArticleStore.open(path) as store:
        put(store, 0, 0)
        backup(path, saved)
        assert snapshots.make_snapshot(path)
        before = {file.name for file in derived_folder(path).iterdir()}
        if how == "quota":
            resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, resource.RLIM_INFINITY))
        else:
            ballast.write_bytes(bytes(1_000_000))
        held = 0

        def fill() -> None:
            nonlocal held
            for name in range(1, 10_000):
                put(store, name, 0)
                held = name

        told(fill)
        assert held > 5
        fill_up(folder)
        if how == "quota":
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
        told(lambda: snapshots.make_snapshot(path))
        assert {file.name for file in derived_folder(path).iterdir()} == before
        assert "copy.db" in told(lambda: backup(path, folder / "copy.db"))
        assert not list(folder.glob("copy.db*"))
        with ArticleStore.open_to_read(path) as reader:
            index = Index(reader, path)
            index.prepare()
            index.refresh()
            assert index.search_by_words("report", 10_000)
            for name in range(held + 1):
                article = reader.article(str(name))
                assert article is not None
                assert article.text == text_of(name, 0)
            assert reader.count() == held + 1
        assert all(check.ok for check in verify(path))

    if how == "quota":
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    else:
        ballast.unlink()
    (folder / "rest").unlink(missing_ok=True)
    with ArticleStore.open(path) as store:
        assert put(store, held + 1, 0) == 1
    assert snapshots.make_snapshot(path)
    restore(saved, path, replace=True)
    with ArticleStore.open_to_read(path) as reader:
        assert reader.count() == 1
    print("held")


def fill_up(folder: Path) -> None:
    """Not a byte is left, on a tmpfs."""
    with (folder / "rest").open("wb", buffering=0) as rest:
        try:
            while True:
                rest.write(bytes(4096))
        except OSError:
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
