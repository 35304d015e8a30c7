"""Adding what members send: bytes to a stored article, and the process of its own that does it.

A stranger's file is parsed, split and embedded there, so that one that is long or made to do
harm delays no answer and takes nobody down. What it is told on its input: a line of JSON, and
the file's bytes. What it says on its output: lines of JSON, the last of a job with "done".
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import numpy as np
from numpy.typing import NDArray

from corpus.article import ArticleInfo
from corpus.errors import FootnoteError, Unreadable
from corpus.ingestion.embedding import Embed, rebuild_embeddings
from corpus.ingestion.near_duplicates import assign_missing_stories
from corpus.ingestion.sources import Source, build_article
from corpus.ingestion.upsert import keep
from corpus.parsing.extract import Extracted
from corpus.parsing.sandbox import Sandbox
from corpus.storage.locations import Place, place_of
from corpus.storage.store import Outcome

TEXTS_AT_ONCE = 64  # then it is told how far it is; some 0.2 s
NICENESS = 10  # whoever asks goes first

Extract = Callable[[bytes, str], Extracted]
"""A file's bytes and its name to what is in it; raises Unreadable."""

OnProgress = Callable[[float], None]
"""Hears the share of the work that is done, from 0 to 1."""


class Embeds(Protocol):
    """What turns texts into unit rows, shape (n, d); see retrieval/encoders/embedder.py."""

    @property
    def identity(self) -> str: ...

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]: ...


@dataclass(frozen=True, slots=True)
class AddedFile:
    """What became of a file: the article as it is stored, and how many articles there are now.

    `corrections` are what was put right in one that changed: "12 → 14".
    """

    outcome: Outcome
    article: ArticleInfo
    articles: int
    corrections: tuple[str, ...] = ()


def add(
    library: Path | Place,
    name: str,
    data: bytes,
    embedder: Embeds,
    extract: Extract,
    on_progress: OnProgress = lambda share: None,
) -> AddedFile:
    """Store the article in a file's bytes in `library`, made when it is not there.

    One without an address is known by its title: people's files are all called document.pdf.
    Raises Unreadable, and StoreError.
    """
    found = extract(data, name)
    article = build_article(found, Source(name, lambda: data, key=""))
    with place_of(library).open() as store:
        rebuild_embeddings(store, embedder.encode, embedder.identity)
        assign_missing_stories(store)
        kept = keep(article, store, _telling(embedder, on_progress), lambda outcome: None)
        stored = store.article(article.info.id)
        assert stored is not None  # noqa: S101  it was stored just now
        return AddedFile(kept.outcome, stored.info, store.count(), kept.corrections)


def _telling(embedder: Embeds, on_progress: OnProgress) -> Embed:
    def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        parts = []
        for at in range(0, len(texts), TEXTS_AT_ONCE):
            on_progress(at / len(texts))
            parts.append(embedder.encode(texts[at : at + TEXTS_AT_ONCE]))
        return np.concatenate(parts) if parts else embedder.encode([])

    return embed


# -- the process -------------------------------------------------------------------------


def serve(
    commands: BinaryIO, say: Callable[[dict[str, Any]], None], embedder: Embeds, extract: Extract
) -> None:
    """Do one job after the other until the input ends."""
    while line := commands.readline():
        job = json.loads(line)
        data = commands.read(job["bytes"])
        if len(data) < job["bytes"]:
            return
        try:
            added = add(
                place_of(job["library"], os.environ),
                job["name"],
                data,
                embedder,
                extract,
                lambda share: say({"share": share}),
            )
            say({"done": asdict(added)})
        except Unreadable as refusal:
            say({"done": None, "refused": str(refusal)})
        except FootnoteError as error:
            say({"done": None, "wrong": str(error)})


def understood(done: dict[str, Any]) -> AddedFile:
    """What `serve` said of an article."""
    return AddedFile(
        Outcome(done["outcome"]),
        ArticleInfo(**done["article"]),
        done["articles"],
        tuple(done["corrections"]),
    )


def main() -> None:
    from retrieval.encoders.embedder import Embedder

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who started this
    with suppress(OSError, AttributeError):  # not on Windows
        os.nice(NICENESS)
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as out, Sandbox(1) as workers:
        os.dup2(2, 1)  # what a library prints is no reply

        def say(what: dict[str, Any]) -> None:
            out.write(json.dumps(what) + "\n")
            out.flush()

        with suppress(BrokenPipeError):  # nobody listens any more
            serve(sys.stdin.buffer, say, Embedder.load(), workers.extract)


if __name__ == "__main__":
    main()
