"""Adding what members send: bytes to a stored article, and the process of its own that does it.

A stranger's file is parsed, split and embedded there, so that one that is long or made to do
harm delays no answer and takes nobody down. What it is told on its input: a line of JSON, and
the file's bytes. What it says on its output: lines of JSON, the last of a job with "done".
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from corpus.article import Article, ArticleInfo
from corpus.errors import FootnoteError, Unreadable
from corpus.extract import Extracted, extract
from corpus.ingest import article_id, keep, renew
from corpus.store import ArticleStore, Outcome

TEXTS_AT_ONCE = 64  # then it is told how far it is; some 0.2 s
NICENESS = 10  # whoever asks goes first

OnProgress = Callable[[float], None]
"""Hears the share of the work that is done, from 0 to 1."""


class Embeds(Protocol):
    """What turns texts into unit rows, shape (n, d); see retrieval/embedder.py."""

    @property
    def identity(self) -> str: ...

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]: ...


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a file: the article, as it is stored, and how many articles there are now."""

    outcome: Outcome
    article: ArticleInfo
    articles: int


def add(
    library: Path,
    name: str,
    data: bytes,
    embedder: Embeds,
    on_progress: OnProgress = lambda share: None,
) -> Added:
    """Store the article in a file's bytes in `library`, made when it is not there.

    Raises Unreadable, and StoreError.
    """
    found = extract(data, name)
    with ArticleStore.open(library) as store:
        renew(store, embedder.encode, embedder.identity)
        info = _info(found, name)
        outcome = keep(Article(info, found.text), store, _telling(embedder, on_progress))
        stored = store.article(info.id)
        assert stored is not None  # noqa: S101  it was stored just now
        return Added(outcome, stored.info, store.count())


def _info(found: Extracted, name: str) -> ArticleInfo:
    """An article with an address is known by it, another by its file's name and its title."""
    if found.url:
        known = article_id(found.url, urlsplit(found.url).hostname or "")
    else:
        known = article_id(f"sent:{name}\n{found.title}", found.title)
    return ArticleInfo(
        id=known,
        version=1,
        title=found.title,
        url=found.url,
        source=found.source,
        author=found.author,
        published=found.published,
        origin=name,
    )


def _telling(
    embedder: Embeds, on_progress: OnProgress
) -> Callable[[Sequence[str]], NDArray[np.float32]]:
    def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        parts = []
        for at in range(0, len(texts), TEXTS_AT_ONCE):
            on_progress(at / len(texts))
            parts.append(embedder.encode(texts[at : at + TEXTS_AT_ONCE]))
        return np.concatenate(parts) if parts else embedder.encode([])

    return embed


# -- the process -------------------------------------------------------------------------


def serve(commands: BinaryIO, say: Callable[[dict[str, Any]], None], embedder: Embeds) -> None:
    """Do one job after the other until the input ends."""
    while line := commands.readline():
        job = json.loads(line)
        data = commands.read(job["bytes"])
        if len(data) < job["bytes"]:
            return
        try:
            added = add(
                Path(job["library"]),
                job["name"],
                data,
                embedder,
                lambda share: say({"share": share}),
            )
            say({"done": asdict(added)})
        except Unreadable as refusal:
            say({"done": None, "refused": str(refusal)})
        except FootnoteError as error:
            say({"done": None, "wrong": str(error)})


def understood(done: dict[str, Any]) -> Added:
    """What `serve` said of an article."""
    return Added(Outcome(done["outcome"]), ArticleInfo(**done["article"]), done["articles"])


def main() -> int:
    from retrieval.embedder import Embedder

    os.nice(NICENESS)
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a parser prints is none of ours

    def say(what: dict[str, Any]) -> None:
        out.write(json.dumps(what) + "\n")
        out.flush()

    try:
        serve(sys.stdin.buffer, say, Embedder.load())
    except (KeyboardInterrupt, BrokenPipeError):
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
