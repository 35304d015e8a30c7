"""Chooses the library that answers: the one of that name, else the common one, else the samples.

A library without articles is passed over. A Discord server's own library is named by the server's
id.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

from corpus.storage.locations import DEFAULT, Home, as_home
from corpus.storage.store import ArticleStore
from retrieval.answering.answer import Answer
from retrieval.answering.pipeline import Asking
from retrieval.encoders.embedder import Embedder
from retrieval.index.library import Library
from retrieval.query.question import Question
from retrieval.query.scope_resolver import ScopeResolver
from retrieval.ranking.weights import Caution
from retrieval.summaries.summarizer import Summarizer
from retrieval.summaries.summary import Summary, SummaryRequest
from retrieval.summaries.timeline import Timeline, build_timeline

MAX_OPEN = 8


class LibraryRouter:
    """The libraries of one home. It keeps the MAX_OPEN used last open. Use it from one thread."""

    def __init__(
        self,
        home: Path | Home,
        embedder: Embedder,
        sentences_found: int = 0,
        caution: Caution = Caution.HELPFUL,
    ) -> None:
        """Open nothing yet.

        Args:
            home: Where the libraries are.
            embedder: What embeds questions and articles.
            sentences_found: How many sentences go along with an answer, for a writer.
            caution: How sure an answer must be, where a library has no threshold of its own.
        """
        self._home = as_home(home)
        self._sentences_found = sentences_found
        self._caution = caution
        self._embedder = embedder
        self._open: OrderedDict[str, Asking] = OrderedDict()

    @property
    def open_count(self) -> int:
        """How many libraries are open. Any thread may ask."""
        return len(self._open)

    def ask(self, question: Question, library: str | None = None) -> Answer:
        """Answer from the library of that name, else from the common one, else from the samples.

        Raises what `Asking.ask` raises.
        """
        return self._asking(library).ask(question)

    def summarize(self, brief: SummaryRequest, library: str | None = None) -> Summary:
        """Summarize from the library that `ask` would choose; raises what `Summarizer` raises."""
        asking = self._asking(library)
        return Summarizer(asking.library, asking.scope_resolver, self._embedder).summarize(brief)

    def timeline(self, library: str | None, article_ids: Sequence[str]) -> Timeline:
        """The timeline of these articles of the library that `ask` would choose.

        Raises:
            CitationLost: None of them is there, or none has a date.
        """
        return build_timeline(self.library_for(library).store, article_ids)

    def rebuild_indexes_if_due(self) -> None:
        """Start a new index for each open library that changed much; does not wait for it."""
        for asking in self._open.values():
            asking.library.rebuild_index_if_due()

    def stores_of(self, library: str | None) -> list[ArticleStore]:
        """The stores of the library of that name and of the common one, of those that exist."""
        names = [name for name in (library, DEFAULT) if name is not None]
        there = [name for name in names if self._is_there(name)]
        return [self._opened(name).library.store for name in there]

    def resolver_for(self, library: str | None) -> ScopeResolver:
        """The sources and titles of the library that `ask` would choose."""
        return self._asking(library).scope_resolver

    def close(self) -> None:
        """Close all libraries."""
        while self._open:
            self._open.popitem()[1].close()

    def library_for(self, library: str | None) -> Library:
        """The library that `ask` would choose."""
        return self._asking(library).library

    def own_library(self, library: str) -> Library | None:
        """The library of that name; None where it has no articles."""
        if self._is_there(library):
            own = self._opened(library).library
            if own.store.count():
                return own
        return None

    def close_library(self, library: str) -> None:
        """Close the library of that name if it is open."""
        if library in self._open:
            self._open.pop(library).close()

    def _asking(self, library: str | None) -> Asking:
        if library is not None and self.own_library(library) is not None:
            return self._opened(library)
        if self._is_there(DEFAULT):
            common = self._opened(DEFAULT)
            if common.library.store.count():
                return common
        return self._opened("")

    def _is_there(self, name: str) -> bool:
        """Whether that library exists; another program may have erased one that is open."""
        if name not in self._open:
            return self._home.place(name).exists()
        if self._open[name].library.store.is_there():
            return True
        self.close_library(name)
        return False

    def _opened(self, name: str) -> Asking:
        """The library of that name, opened if need be; for "" the samples."""
        if name not in self._open:
            library = (
                Library.open(self._home.place(name), self._embedder)
                if name
                else Library.samples(self._embedder)
            )
            self._open[name] = Asking(library, self._embedder, self._sentences_found, self._caution)
            if len(self._open) > MAX_OPEN:
                self._open.popitem(last=False)[1].close()
        self._open.move_to_end(name)
        return self._open[name]
