"""Random operations on a library, held against a plain dictionary: with reopening among them."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from corpus.store import ArticleStore, derived_folder
from corpus.upkeep import backup, restore
from retrieval import generations
from retrieval.index import Index
from tests.faults.work import put, row, text_of

NAMES = st.integers(0, 5)
EDITIONS = st.integers(0, 20)


class AgainstADictionary(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.path = self.folder / "library.db"
        self.store = ArticleStore.open(self.path)
        self.follower = ArticleStore.open_to_read(self.path)
        self.index = Index(self.follower, self.path)
        self.model: dict[int, list[int]] = {}  # each article's editions, the current one last
        self.saved: dict[int, list[int]] | None = None

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
    def make_a_generation(self) -> None:
        assert generations.make(self.path)

    @rule()
    def lose_what_is_derived(self) -> None:
        shutil.rmtree(derived_folder(self.path), ignore_errors=True)

    @rule()
    def reopen(self) -> None:
        self.store.close()
        self.follower.close()
        self.store = ArticleStore.open(self.path)
        self.follower = ArticleStore.open_to_read(self.path)
        self.index = Index(self.follower, self.path)

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
        self.index.follow()
        stored = list(self.store.passages_after(0))
        everything = np.array([p.id for p in stored], np.int64)
        found = self.index.by_meaning(row(3), len(stored) + 1)
        assert {number for number, _ in found} == set(everything.tolist())
        for edition in range(7):
            found = self.index.by_words(f"word{edition}", len(stored) + 1)
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
