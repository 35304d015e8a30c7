"""Which library answers: the one that was named, else the common one, else the samples.

One without articles answers nobody.

A Discord server's own library is named by the server's id.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

from corpus.article import SpanRef
from corpus.storage.locations import DEFAULT, Home, as_home
from retrieval.answering.answer import Answer
from retrieval.answering.citation import Citation, Excerpt
from retrieval.answering.citation_status import SourceChange, source_changes
from retrieval.answering.cite import cite, excerpt
from retrieval.answering.pipeline import Asking
from retrieval.encoders.embedder import Embedder
from retrieval.errors import CitationLost
from retrieval.index.library import Library
from retrieval.query.question import Question
from retrieval.query.scope_resolver import Suggestion, SuggestionKind
from retrieval.ranking.weights import Caution
from retrieval.summaries.summarizer import Summarizer
from retrieval.summaries.summary import Summary, SummaryRequest
from retrieval.summaries.timeline import Timeline, build_timeline

MAX_OPEN = 8


class LibraryRouter:
    """The libraries of one home; the ones used last are open. For one thread."""

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
        """Answer from the library of that name if there is one, else from the common one."""
        return self._asking(library).ask(question)

    def summarize(self, brief: SummaryRequest, library: str | None = None) -> Summary:
        """Sum up, from the library that `ask` would choose."""
        asking = self._asking(library)
        return Summarizer(asking.library, asking.scope_resolver, self._embedder).summarize(brief)

    def news(self, library: str | None, since: str) -> list[tuple[str, str]]:
        """The articles that came after a moment (ISO 8601, UTC), and when, the first one first."""
        return self.answering(library).store.added_since(since)

    def timeline(self, library: str | None, article_ids: Sequence[str]) -> Timeline:
        """What is known of when these articles told what. Raises CitationLost for none at all."""
        return build_timeline(self.answering(library).store, article_ids)

    def rebuild_indexes_if_due(self) -> None:
        """Have the indexes of open libraries made anew where much has changed; waits for none."""
        for asking in self._open.values():
            asking.library.rebuild_index_if_due()

    def excerpt(self, library: str | None, ref: SpanRef) -> Excerpt:
        """A citation with the text around it, from the library that `ask` would choose.

        Raises CitationLost when that library does not hold it, whichever other does.
        """
        store = self._asking(library).library.store
        return excerpt(store, ref)

    def citations(self, library: str | None, refs: Sequence[SpanRef]) -> list[Citation | None]:
        """What stands at these places, in their order.

        None where the library that `ask` would choose holds no such place any more, or never did.
        """
        store = self._asking(library).library.store
        found: list[Citation | None] = []
        for ref in refs:
            try:
                found.append(cite(store, ref))
            except CitationLost:
                found.append(None)
        return found

    def source_changes(
        self,
        library: str | None,
        refs: Sequence[SpanRef],
        known: Sequence[int],
    ) -> list[SourceChange | None]:
        """What became of quotations of this library or the common one: see citation_status.py."""
        names = [name for name in (library, DEFAULT) if name is not None]
        there = [name for name in names if self._is_there(name)]
        stores = [self._opened(name).library.store for name in there]
        return source_changes(stores, refs, known)

    def choices(
        self, library: str | None, typed: str, offered: SuggestionKind = SuggestionKind.ALL
    ) -> list[Suggestion]:
        """Sources and titles of the library that `ask` would choose, with that in them."""
        return self._asking(library).scope_resolver.suggest(typed, kind=offered)

    def close(self) -> None:
        while self._open:
            self._open.popitem()[1].close()

    def answering(self, library: str | None) -> Library:
        """The library that `ask` would choose; it is the one of that name where `own` has it."""
        return self._asking(library).library

    def own(self, library: str) -> Library | None:
        """The library of that name, None while it has no articles."""
        if self._is_there(library):
            own = self._opened(library).library
            if own.store.count():
                return own
        return None

    def let_go(self, library: str) -> None:
        """Close the library of that name if it is open."""
        if library in self._open:
            self._open.pop(library).close()

    def _asking(self, library: str | None) -> Asking:
        if library is not None and self.own(library) is not None:
            return self._opened(library)
        if self._is_there(DEFAULT):
            common = self._opened(DEFAULT)
            if common.library.store.count():
                return common
        return self._opened("")

    def _is_there(self, name: str) -> bool:
        """One that is open may have been erased by another program."""
        if name not in self._open:
            return self._home.place(name).exists()
        if self._open[name].library.store.is_there():
            return True
        self.let_go(name)
        return False

    def _opened(self, name: str) -> Asking:
        """The library called `name`, or for "" the samples, opened or open already."""
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
