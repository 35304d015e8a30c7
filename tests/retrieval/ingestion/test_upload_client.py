"""Articles that members send: added by a process of its own, seen at once, each server's own."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from corpus.article import ArticleInfo
from corpus.errors import Unreadable
from corpus.processes.child_process import module_command
from corpus.storage.locations import library_file
from corpus.storage.store import ArticleStore, Outcome
from retrieval.errors import Busy
from retrieval.ingestion.upload_client import ReadBytes, UploadClient
from retrieval.ingestion.upload_process import AddedFile
from retrieval.query.question import Question
from retrieval.serving.server_libraries import LibraryFull, ServerLibraries
from retrieval.serving.service import AskService

HERE, THERE = 11, 22
DINNER = b"Title: The dinner\nSource: Herald\n\nThe envoy Zorblatt was recalled because he sang."
LATER = b"Title: The dinner\nSource: Herald\n\nThe envoy Zorblatt was recalled because he danced."


def bytes_of(data: bytes) -> ReadBytes:
    async def read() -> bytes:
        return data

    return read


@asynccontextmanager
async def serving(data_dir: Path, **worker: object) -> AsyncIterator[AskService]:
    service = AskService(data_dir, worker=UploadClient(**worker))  # type: ignore[arg-type]
    try:
        yield service
    finally:
        await service.close()


async def quotes(service: AskService, server: int | None) -> set[str]:
    answer = await service.ask(Question.of("Why was Zorblatt recalled?"), server=server)
    return {citation.quote for citation in answer.citations}


async def test_what_is_added_is_answered_from_at_once_there_and_nowhere_else(tmp_path: Path):
    async with serving(tmp_path) as service:
        articles = service.articles
        assert await quotes(service, HERE) == set()  # the samples know nothing of it
        shares: list[float] = []
        added = await articles.add(
            server=HERE, name="dinner.txt", read=bytes_of(DINNER), on_progress=shares.append
        )
        assert (added.outcome, added.article.title, added.articles) == (
            Outcome.ADDED,
            "The dinner",
            1,
        )
        assert shares == [0.0]
        assert await quotes(service, HERE) == {"The envoy Zorblatt was recalled because he sang."}
        assert await quotes(service, THERE) == await quotes(service, None) == set()
        again = await articles.add(server=HERE, name="dinner.txt", read=bytes_of(DINNER))
        assert again.outcome is Outcome.UNCHANGED
        changed = await articles.add(server=HERE, name="dinner.txt", read=bytes_of(LATER))
        assert (changed.outcome, changed.article.id) == (Outcome.CHANGED, added.article.id)
        assert await quotes(service, HERE) == {"The envoy Zorblatt was recalled because he danced."}
        shown = await articles.show(server=HERE, article_id=added.article.id)
        assert shown is not None
        assert [info.version for info, _ in shown.versions] == [1, 2]
        assert await articles.show(server=THERE, article_id=added.article.id) is None


async def test_what_is_removed_is_answered_from_no_more_and_in_no_file(tmp_path: Path):
    async with serving(tmp_path) as service:
        articles = service.articles
        added = await articles.add(server=HERE, name="dinner.txt", read=bytes_of(DINNER))
        kept = await articles.add(server=HERE, name="b.txt", read=bytes_of(b"Kept as it is."))
        assert await articles.remove(server=THERE, article_id=added.article.id) is None
        assert await articles.remove(server=HERE, article_id="nothing-0") is None
        assert await articles.remove(server=HERE, article_id=added.article.id) == added.article
        assert await quotes(service, HERE) == set()
        page = await articles.page(server=HERE, start=0, count=10)
        assert (page.articles, page.total, page.is_own) == ((kept.article,), 1, True)
        assert b"Zorblatt" not in bytes_in(tmp_path)
        # Without any article of its own a server is answered like one that never had any.
        await articles.remove(server=HERE, article_id=kept.article.id)
        assert not (await articles.page(server=HERE, start=0, count=10)).is_own


def bytes_in(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


async def test_a_servers_library_is_erased_and_can_begin_again(tmp_path: Path):
    async with serving(tmp_path) as service:
        articles = service.articles
        await articles.add(server=HERE, name="dinner.txt", read=bytes_of(DINNER))
        await quotes(service, HERE)  # it is open now
        kept = await articles.add(server=THERE, name="dinner.txt", read=bytes_of(LATER))
        assert await articles.servers() == [HERE, THERE]
        folder = library_file(tmp_path, str(HERE)).parent
        read = (folder / "library.db").open("rb")  # as whoever undeletes would
        assert await articles.erase(HERE)
        assert not folder.exists()
        assert set(read.read()) <= {0}
        read.close()
        assert not await articles.erase(HERE)
        assert await articles.servers() == [THERE]
        assert (await articles.page(server=THERE, start=0, count=1)).articles == (kept.article,)
        await articles.add(server=HERE, name="dinner.txt", read=bytes_of(LATER))
        assert await quotes(service, HERE) == {"The envoy Zorblatt was recalled because he danced."}


async def test_what_cannot_be_read_is_a_sentence_and_leaves_the_common_library(tmp_path: Path):
    async with serving(tmp_path) as service:
        with pytest.raises(Unreadable, match=r"empty\.txt is empty"):
            await service.articles.add(server=HERE, name="empty.txt", read=bytes_of(b""))
        page = await service.articles.page(server=HERE, start=0, count=1)
        assert not page.is_own
        assert page.total == 1  # the sample


STUCK = "import sys, time; sys.stdin.readline(); time.sleep(60)"
DIES = "import sys; sys.stdin.readline()"


@pytest.mark.parametrize(("program", "says"), [(STUCK, "took longer than"), (DIES, "broke down")])
async def test_a_file_that_hangs_or_kills_its_reader_is_given_up_and_the_next_is_read(
    tmp_path: Path, program: str, says: str
):
    worker = UploadClient(silence_s=0.5, command=(sys.executable, "-c", program))
    service = AskService(tmp_path, worker=worker)
    with pytest.raises(Unreadable, match=says):
        await service.articles.add(server=HERE, name="evil.txt", read=bytes_of(DINNER))
    worker.process.command = module_command("retrieval.ingestion.upload_process")
    worker.silence_s = 60
    added = await service.articles.add(server=HERE, name="dinner.txt", read=bytes_of(DINNER))
    assert added.outcome is Outcome.ADDED
    await service.close()


async def test_a_process_that_is_idle_ends_and_is_started_again(tmp_path: Path):
    async with serving(tmp_path, idle_s=0.0) as service:
        for name in ("a.txt", "b.txt"):
            added = await service.articles.add(server=HERE, name=name, read=bytes_of(name.encode()))
            assert added.outcome is Outcome.ADDED
            await asyncio.sleep(0.05)


class Idle:
    """A Worker that adds when it is told to."""

    def __init__(self) -> None:
        self.go = asyncio.Event()

    async def add(self, library: Path, name: str, data: bytes, on_progress: object) -> AddedFile:
        await self.go.wait()
        return AddedFile(Outcome.ADDED, ArticleInfo("a-1", 1, name), 1)

    async def close(self) -> None:
        pass


async def test_only_so_many_of_one_server_may_wait_and_none_waits_in_memory(tmp_path: Path):
    worker = Idle()
    service = AskService(tmp_path, worker=worker)  # type: ignore[arg-type]
    brought = []

    def read(name: str) -> ReadBytes:
        async def bring() -> bytes:
            brought.append(name)
            return b""

        return bring

    def add(server: int, name: str) -> asyncio.Task[object]:
        return asyncio.create_task(service.articles.add(server=server, name=name, read=read(name)))

    waiting = [add(HERE, f"{n}.txt") for n in range(20)]
    await service.articles.count(HERE)
    with pytest.raises(Busy, match="please add this one later"):
        await add(HERE, "more.txt")
    waiting.append(add(THERE, "theirs.txt"))
    assert await until(lambda: brought == ["0.txt"])
    worker.go.set()
    titles = [added.article.title for added in await asyncio.gather(*waiting)]  # type: ignore[attr-defined]
    assert titles == [*(f"{n}.txt" for n in range(20)), "theirs.txt"]
    await service.close()


async def until(holds: Callable[[], bool]) -> bool:
    for _ in range(100):
        if holds():
            return True
        await asyncio.sleep(0.01)
    return False


async def test_a_library_that_is_full_says_so(tmp_path: Path):
    service = AskService(tmp_path)
    articles = ServerLibraries(tmp_path, service._run, max_articles=1)
    await articles.add(server=HERE, name="a.txt", read=bytes_of(b"One."))
    with pytest.raises(LibraryFull, match="holds 1 articles, its limit; remove some"):
        await articles.add(server=HERE, name="b.txt", read=bytes_of(b"Two."))
    with ArticleStore.open_to_read(library_file(tmp_path, str(HERE))) as store:
        assert store.count() == 1
    await articles.close()
    await service.close()
