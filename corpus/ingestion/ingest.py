"""Stores many files as articles, and reports what became of each.

Three things go on at once: processes read the next files, one thread embeds what was read, and
the caller's thread, the only writer, stores what is embedded. All three keep the order of the
files, and hold a few at a time.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus.errors import Unreadable
from corpus.ingestion.embedding import Embed, SplitArticle, embed_articles
from corpus.ingestion.near_duplicates import assign_missing_stories, assign_story
from corpus.ingestion.sources import Source, article_from, file_source
from corpus.ingestion.upsert import corrections_in
from corpus.parsing.extract import Extracted
from corpus.parsing.sandbox import Sandbox
from corpus.storage.store import ArticleStore, Embedded, Outcome

BATCH_TEXTS = 256  # embedded in a second or two, and stored in one transaction
_AHEAD = 4  # files for each process


@dataclass(frozen=True, slots=True)
class Refused:
    """A file or an address, by its name, that is no article, and a sentence that says why."""

    name: str
    why: str


@dataclass(slots=True)
class IngestReport:
    """What became of the files so far.

    `corrections` are what changed articles put right: "Storm in Quux: 12 → 14".
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: list[Refused] = field(default_factory=list)
    corrections: list[str] = field(default_factory=list)

    def count(self, outcome: Outcome) -> None:
        """Count one more file with this outcome."""
        setattr(self, outcome.value, getattr(self, outcome.value) + 1)


def ingest(
    sources: Iterable[Path | Source],
    store: ArticleStore,
    embed: Embed,
    *,
    sandbox: Sandbox | None = None,
    report: IngestReport | None = None,
    on_done: Callable[[str], None] = lambda name: None,
) -> IngestReport:
    """Read, split, embed and store files, each with its copies.

    A file that cannot be read is refused, and the next one is read.

    Args:
        sources: The files.
        store: The library, open to write; used in this thread only.
        embed: Embeds texts; called in another thread.
        sandbox: Reads the files; by default, as many at once as there are cores.
        report: Filled as the work goes on, so that it is right after an interruption too. What
            was not stored by then is read the next time.
        on_done: Hears the name of each file when it is done.

    Raises:
        StoreError: The library cannot be written; what was stored before stays.
    """
    report = report or IngestReport()
    assign_missing_stories(store)
    with ExitStack() as stack:
        sandbox = sandbox or stack.enter_context(Sandbox())
        shelf = stack.enter_context(closing(_Shelving(store, embed, report, on_done)))
        for source, found in _read_ahead(sources, sandbox):
            try:
                shelf.take(source, found())
            except Unreadable as refusal:
                report.refused.append(Refused(source.name, str(refusal)))
                on_done(source.name)
        shelf.finish()
    return report


def _read_ahead(
    sources: Iterable[Path | Source], sandbox: Sandbox
) -> Iterator[tuple[Source, Callable[[], Extracted]]]:
    """Each source in order, with a function that waits for its article; the next are read on."""
    ahead: deque[tuple[Source, Future[Extracted]]] = deque()
    for each in sources:
        source = file_source(each) if isinstance(each, Path) else each
        ahead.append((source, sandbox.submit(source.load, source.name)))
        if len(ahead) > sandbox.count * _AHEAD:
            first, future = ahead.popleft()
            yield first, future.result
    for first, future in ahead:
        yield first, future.result


_Batch = list[tuple[str, SplitArticle]]
"""The names of sources, and the articles read from them."""


class _Shelving:
    """The only writer: gathers articles into batches, has them embedded, and stores them in order.

    While one batch is embedded, the next is gathered and the one before is stored.
    """

    def __init__(
        self,
        store: ArticleStore,
        embed: Embed,
        report: IngestReport,
        on_done: Callable[[str], None],
    ) -> None:
        self._store, self._report, self._on_done = store, report, on_done
        self._embedding = _Embedding(embed)
        self._gathered: _Batch = []
        self._under_way: tuple[_Batch, Future[list[list[Embedded]]]] | None = None

    def take(self, source: Source, found: Extracted) -> None:
        article = article_from(found, source)
        if article.info.id in {split.article.info.id for _, split in self._waiting()}:
            self.finish()  # the second is a version of the first
        if (stored := self._store.refresh(article)) is not None:
            self._report.count(stored.outcome)
            self._on_done(source.name)
            return
        self._gathered.append((source.name, SplitArticle.of(article)))
        if sum(split.count for _, split in self._gathered) >= BATCH_TEXTS:
            self._pass_on()

    def finish(self) -> None:
        """Store all that was taken."""
        self._pass_on()
        self._pass_on()

    def close(self) -> None:
        self._embedding.close()

    def _waiting(self) -> _Batch:
        return [*(self._under_way[0] if self._under_way else ()), *self._gathered]

    def _pass_on(self) -> None:
        """Begin to embed what was gathered, and store what was embedded."""
        before, self._under_way = self._under_way, None
        if self._gathered:
            splits = [split for _, split in self._gathered]
            self._under_way = self._gathered, self._embedding.submit(splits)
            self._gathered = []
        if before is not None:
            self._keep(before[0], before[1].result())

    def _keep(self, batch: _Batch, made: list[list[Embedded]]) -> None:
        written = []
        with self._store.together():
            for (_, split), rows in zip(batch, made, strict=True):
                stored = self._store.put(split.article, rows)
                assign_story(self._store, stored.article)
                written.append(stored)
        for stored in written:
            self._report.count(stored.outcome)
            if right := corrections_in(stored):
                self._report.corrections.append(f"{stored.article.info.title}: {'; '.join(right)}")
        for name, _ in batch:
            self._on_done(name)


class _Embedding:
    """One thread that embeds; when it is closed, it stops after the present portion."""

    def __init__(self, embed: Embed) -> None:
        self._embed = embed
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="embedding")
        self._stopped = threading.Event()

    def submit(self, splits: Sequence[SplitArticle]) -> Future[list[list[Embedded]]]:
        return self._thread.submit(embed_articles, splits, self._portion)

    def close(self) -> None:
        self._stopped.set()
        self._thread.shutdown(cancel_futures=True)

    def _portion(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = []
        for at in range(0, len(texts), BATCH_TEXTS):
            if self._stopped.is_set():
                raise CancelledError
            rows.append(self._embed(texts[at : at + BATCH_TEXTS]))
        return np.concatenate(rows)
