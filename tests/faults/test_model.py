"""Random operations on a library, held against a plain dictionary: reopened and crashing too.

A crash leaves the files as they are at that moment, whatever was begun: the test goes on with
a copy of them.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from corpus.storage.maintenance import backup, restore
from corpus.storage.store import ArticleStore, derived_folder
from retrieval.index import snapshots
from retrieval.index.index import Index
from tests.faults.work import put, row, text_of

NAMES = st.integers(0, 5)
EDITIONS = st.integers(0, 20)


class AgainstADictionary(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.crashes = 0
        self.path = self.folder / "0" / "library.db"
        self.store = ArticleStore.open(self.path)
        self._open_readers()
        self.model: dict[int, list[int]] = {}  # each article's editions, the current one last
        self.saved: dict[int, list[int]] | None = None

    def _open_readers(self) -> None:
        self.follower = ArticleStore.open_to_read(self.path)
        self.index = Index(self.follower, self.path)

    def _copy_files(self) -> None:
        """Called in the middle of something: what a crash would leave now."""
        self.crashes += 1
        shutil.copytree(self.path.parent, self.folder / str(self.crashes))

    def _go_on_from_the_copy(self) -> None:
        self.store.close()
        self.follower.close()
        self.path = self.folder / str(self.crashes) / "library.db"
        self.store = ArticleStore.open(self.path)
        self._open_readers()

    @rule(name=NAMES, edition=EDITIONS)
    def crash_before_what_was_written_is_committed(self, name: int, edition: int) -> None:
        with self.store.together():
            put(self.store, name, edition)
            self._copy_files()
        self._go_on_from_the_copy()

    @rule(name=NAMES)
    def crash_while_an_article_is_forgotten(self, name: int) -> None:
        with self.store.together():
            self.store.remove([str(name)])
            self._copy_files()
        self._go_on_from_the_copy()

    @rule(step=st.sampled_from(["_hash_of", "_named"]))
    def crash_while_a_snapshot_is_made(self, step: str) -> None:
        """Among its last files, and when it has its name but the earlier ones are not gone."""
        real, before = getattr(snapshots, step), self.crashes

        def copying(*given: object) -> object:
            if self.crashes == before:
                self._copy_files()
            return real(*given)

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(snapshots, step, copying)
            assert snapshots.make_snapshot(self.path)
        assert self.crashes > before
        self._go_on_from_the_copy()

    @rule(name=NAMES, edition=EDITIONS)
    def add_or_replace(self, name: int, edition: int) -> None:
        editions = self.model.setdefault(name, [])
        if not editions or editions[-1] != edition:
            editions.append(edition)
        assert put(self.store, name, edition) == len(editions)

    @rule(name=NAMES)
    def forget(self, name: int) -> None:
        assert self.store.forget(str(name)) == (self.model.pop(name, None) is not None)

    @rule()
    def make_a_snapshot(self) -> None:
        assert snapshots.make_snapshot(self.path)

    @rule()
    def lose_what_is_derived(self) -> None:
        shutil.rmtree(derived_folder(self.path), ignore_errors=True)

    @rule()
    def reopen(self) -> None:
        self.store.close()
        self.follower.close()
        self.store = ArticleStore.open(self.path)
        self._open_readers()

    @rule()
    def back_up(self) -> None:
        (self.folder / "copy").unlink(missing_ok=True)
        assert backup(self.path, self.folder / "copy").articles == len(self.model)
        self.saved = {name: list(editions) for name, editions in self.model.items()}

    @rule()
    def restore(self) -> None:
        if self.saved is not None:
            restore(self.folder / "copy", self.path, replace=True)
            self.model = {name: list(editions) for name, editions in self.saved.items()}

    @invariant()
    def every_version_is_there(self) -> None:
        assert self.store.count() == len(self.model)
        for name, editions in self.model.items():
            for version, edition in enumerate(editions, start=1):
                kept = self.store.article(str(name), version)
                assert kept is not None
                assert kept.text == text_of(name, edition)

    @invariant()
    def both_searches_find_what_is_current(self) -> None:
        self.index.refresh()
        stored = list(self.store.passages_after(0))
        everything = np.array([p.id for p in stored], np.int64)
        found = self.index.search_by_meaning(row(3), len(stored) + 1)
        assert {number for number, _ in found} == set(everything.tolist())
        for edition in range(7):
            found = self.index.search_by_words(f"word{edition}", len(stored) + 1)
            assert {number for number, _ in found} == {
                p.id for p in stored if f"word{edition}" in p.text
            }
        current = {(name, editions[-1]) for name, editions in self.model.items()}
        assert {tuple(p.text.split()[1:4:2]) for p in stored} == {
            (str(name), str(edition)) for name, edition in current
        }

    def teardown(self) -> None:
        self.store.close()
        self.follower.close()
        shutil.rmtree(self.folder)


TestAgainstADictionary = AgainstADictionary.TestCase
TestAgainstADictionary.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
