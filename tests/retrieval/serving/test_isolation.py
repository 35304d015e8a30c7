"""Random histories of several servers: each finds what it added, all of it, and nothing else.

tests/isolation has what members see of it.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.parsing.extract import extract
from retrieval.ingestion.upload_process import AddedFile, OnProgress, add_file
from retrieval.query.question import Question
from retrieval.serving.service import AskService
from tests.isolation.remembered import remembered
from tests.retrieval.models import shared_embedder

HISTORIES = 25
SERVERS = (11, 22, 33)
NAMES = ("Zorblatt", "Quuxley", "Brindle")


class Here:
    """A Worker in this process, for many small libraries in a row."""

    async def add(
        self, library: Path, name: str, data: bytes, on_progress: OnProgress
    ) -> AddedFile:
        return await asyncio.to_thread(add_file, library, name, data, shared_embedder(), extract)

    async def close(self) -> None:
        """Nothing is held open."""


def text_of(server: int, name: str) -> bytes:
    """Of the same title everywhere, so that their ids are the same: only the library differs."""
    return f"Title: {name}\n\nThe envoy {name} was recalled by order {server}.".encode()


STEPS = st.lists(
    st.tuples(
        st.sampled_from(("add", "remove", "erase", "look")),
        st.sampled_from(SERVERS),
        st.sampled_from(NAMES),
    ),
    min_size=3,
    max_size=12,
)


@settings(max_examples=HISTORIES, deadline=None)
@given(STEPS)
def test_no_history_lets_a_server_see_another(steps: list[tuple[str, int, str]]):
    with remembered(), tempfile.TemporaryDirectory() as folder:
        asyncio.run(live(Path(folder), steps))


async def live(data_dir: Path, steps: list[tuple[str, int, str]]) -> None:
    service = AskService(data_dir, worker=Here(), embedder=lambda: shared_embedder())
    articles = service.articles
    own: dict[int, dict[str, str]] = {server: {} for server in SERVERS}
    ids: dict[str, str] = {}

    async def bring(server: int, name: str) -> None:
        async def read() -> bytes:
            return text_of(server, name)

        added = await articles.add(server=server, name="a.txt", read=read)
        own[server][name] = ids[name] = added.article.id

    for do, server, name in [*steps, *(("look", each, NAMES[0]) for each in SERVERS)]:
        if do == "add":
            await bring(server, name)
        elif do == "remove" and name in ids:
            gone = await articles.remove(server=server, article_id=ids[name])
            assert (gone is not None) == (name in own[server])
            own[server].pop(name, None)
        elif do == "erase":
            await articles.erase(server)
            own[server].clear()
        page = await articles.page(server=server, start=0, count=10)
        assert page.is_own == bool(own[server])
        if page.is_own:
            assert {info.title for info in page.articles} == set(own[server])
        offered = await articles.completed(server=server, typed="", max_count=25, only_own=True)
        assert {info.title for info in offered} == set(own[server])
        for each, article_id in ids.items():
            shown = await articles.show(server=server, article_id=article_id)
            assert (shown is not None) == (each in own[server])
            if shown is not None:
                assert f"by order {server}." in shown.article.text
        for place in (server, None):
            answer = await service.ask(Question.of(f"Why was {name} recalled?"), server=place)
            orders = {quote for c in answer.citations if "by order" in (quote := c.quote)}
            expected = f"by order {server}."
            assert all(expected in quote for quote in orders)
            assert place is not None or not orders
    await service.close()
