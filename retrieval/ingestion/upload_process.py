"""Adds one uploaded file to a library, in a process of its own; upload_client.py starts it.

A stranger's file is parsed, split and embedded here, so that one that is long or hostile delays
no answer and ends nobody else's process.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from corpus.article import ArticleInfo
from corpus.errors import FootnoteError, Unreadable
from corpus.ingestion.embedding import Embed, rebuild_embeddings
from corpus.ingestion.near_duplicates import assign_missing_stories
from corpus.ingestion.sources import Source, article_from
from corpus.ingestion.upsert import upsert
from corpus.parsing.extract import Extract
from corpus.parsing.sandbox import Sandbox
from corpus.processes.job_server import JobServer
from corpus.storage.locations import Place, as_place
from corpus.storage.store import Outcome
from retrieval.encoders.embedder import Embedder

TEXTS_AT_ONCE = 64  # between two reports of progress; some 0.2 s
NICENESS = 10  # whoever asks a question goes first

OnProgress = Callable[[float], None]
"""Hears which share of the work is done, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class AddedFile:
    """What became of a file: the article as it is stored, and how many articles there are now.

    `corrections` are what a changed article put right: "12 → 14".
    """

    outcome: Outcome
    article: ArticleInfo
    articles: int
    corrections: tuple[str, ...] = ()


def add_file(
    library: Path | Place,
    name: str,
    data: bytes,
    embedder: Embedder,
    extract: Extract,
    on_progress: OnProgress = lambda share: None,
) -> AddedFile:
    """Store the article in a file.

    The id of an article without an address comes from its title, because people's files are all
    called document.pdf.

    Args:
        library: Where the library is; it is made when it is not there.
        name: The file's name, whose ending tells the format.
        data: The file's bytes.
        embedder: Embeds its texts.
        extract: Reads the file.
        on_progress: Hears which share of the texts is embedded.

    Raises:
        Unreadable: The file is no article.
        StoreError: The library cannot be written.
    """
    found = extract(data, name)
    article = article_from(found, Source(name, lambda: data, key=""))
    with as_place(library).open() as store:
        rebuild_embeddings(store, embedder.encode, embedder.identity)
        assign_missing_stories(store)
        kept = upsert(article, store, _with_progress(embedder, on_progress), lambda outcome: None)
        stored = store.article(article.info.id)
        assert stored is not None  # noqa: S101  it was stored just now
        return AddedFile(kept.outcome, stored.info, store.count(), kept.corrections)


def _with_progress(embedder: Embedder, on_progress: OnProgress) -> Embed:
    def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        parts = []
        for at in range(0, len(texts), TEXTS_AT_ONCE):
            on_progress(at / len(texts))
            parts.append(embedder.encode(texts[at : at + TEXTS_AT_ONCE]))
        return np.concatenate(parts) if parts else embedder.encode([])

    return embed


# -- the process -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AddFile:
    """A job: add the file in the bytes that go with it.

    `library` is a Place as it is written for another process.
    """

    library: str
    name: str


@dataclass(frozen=True, slots=True)
class Progress:
    """A reply, more will follow: the share of the work that is done, from 0 to 1."""

    share: float
    kind: Literal["progress"] = "progress"


@dataclass(frozen=True, slots=True)
class FileAdded:
    """The last reply of a job: the file is in the library."""

    added: AddedFile
    kind: Literal["added"] = "added"


@dataclass(frozen=True, slots=True)
class FileRefused:
    """The last reply of a job: the file is no article; `why` is a sentence for people."""

    why: str
    kind: Literal["refused"] = "refused"


@dataclass(frozen=True, slots=True)
class LibraryFailed:
    """The last reply of a job: the library cannot be written; `why` is a sentence for people."""

    why: str
    kind: Literal["failed"] = "failed"


AnyUploadReply = Progress | FileAdded | FileRefused | LibraryFailed
UploadReply = Annotated[AnyUploadReply, Field(discriminator="kind")]


def serve(server: JobServer[AddFile], embedder: Embedder, extract: Extract) -> None:
    """Do one job after the other until no more come."""
    for received in server.jobs():
        job = received.message
        try:
            added = add_file(
                as_place(job.library, os.environ),
                job.name,
                received.data,
                embedder,
                extract,
                lambda share: server.reply(Progress(share)),
            )
            server.reply(FileAdded(added))
        except Unreadable as refusal:
            server.reply(FileRefused(str(refusal)))
        except FootnoteError as error:
            server.reply(LibraryFailed(str(error)))


def main() -> None:
    """Serve on standard input and output, with the embedder that ships."""
    with (
        JobServer[AddFile].on_standard_streams(AddFile, niceness=NICENESS) as server,
        Sandbox(1) as sandbox,
    ):
        serve(server, Embedder.load(), sandbox.extract)


if __name__ == "__main__":
    main()
