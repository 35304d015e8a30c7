"""Hundreds of libraries: each answers for itself, and only some are open."""

from __future__ import annotations

import os
import random
from contextlib import closing, suppress
from pathlib import Path

from corpus.article import Article, ArticleInfo
from corpus.ingestion.embedding import embed_article, recipe
from corpus.storage.locations import library_file
from corpus.storage.store import ArticleStore
from retrieval.query.question import Question
from retrieval.serving.library_router import MAX_OPEN, LibraryRouter
from tests.retrieval.models import shared_embedder

SERVERS = 200


def open_libraries() -> int:
    names = set()
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # that of reading this folder
            names.add(os.readlink(descriptor))
    return sum(name.endswith("library.db") for name in names)


def test_hundreds_of_servers_are_answered_each_from_its_own(tmp_path: Path):
    for server in range(SERVERS):
        article = Article(
            ArticleInfo("a", 1, "Dinner"), f"The envoy sang {server + 2} songs at dinner."
        )
        with ArticleStore.open(library_file(tmp_path, str(server))) as store:
            store.put(article, embed_article(article, shared_embedder().encode))
            store.set_stamp("recipe", recipe(shared_embedder().identity))
    servers = [*range(SERVERS), *range(20)]
    random.Random(1).shuffle(servers)  # noqa: S311  no secret
    with closing(LibraryRouter(tmp_path, shared_embedder())) as shelf:
        for server in servers:
            answer = shelf.ask(
                Question.of("How many songs did the envoy sing at dinner?"), str(server)
            )
            assert {c.quote for c in answer.citations} == {
                f"The envoy sang {server + 2} songs at dinner."
            }
        assert 1 < open_libraries() <= MAX_OPEN
    assert open_libraries() == 0
