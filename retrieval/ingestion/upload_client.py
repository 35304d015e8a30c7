"""The bot's side of uploads: files wait in a queue, and one process adds them one by one."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from corpus.errors import StoreError, Unreadable
from corpus.processes.child_process import (
    ChildProcess,
    ProcessClosed,
    ProcessDied,
    ProcessTimedOut,
    module_command,
)
from corpus.storage.locations import Place
from retrieval.errors import Busy
from retrieval.ingestion.upload_process import (
    AddedFile,
    AddFile,
    AnyUploadReply,
    FileAdded,
    FileRefused,
    LibraryFailed,
    OnProgress,
    Progress,
    UploadReply,
)

MAX_WAITING = 100
MAX_WAITING_EACH = 20  # of one server
SILENCE_S = 180.0  # reading a file has its own limit, of 120 s; nothing else takes so long
IDLE_S = 60.0  # then the process and its memory are given back
_END_S = 5.0  # for a process that has nothing to do

ReadBytes = Callable[[], Awaitable[bytes]]
"""Fetches a file's bytes; called when it is the file's turn, so that no file waits in memory."""


class FileAdder(Protocol):
    """Adds one file at a time, here or in another process."""

    async def add(
        self, library: Place, name: str, data: bytes, on_progress: OnProgress
    ) -> AddedFile:
        """Add a file to the library at a place. Raises Unreadable and StoreError."""

    async def close(self) -> None:
        """Give back what is held."""


class UploadClient:
    """A FileAdder that is another process: `python -m retrieval.ingestion.upload_process`.

    `silence_s` may be changed between two files; so may `process.command`.
    """

    def __init__(
        self,
        *,
        silence_s: float = SILENCE_S,
        idle_s: float = IDLE_S,
        command: Sequence[str] = module_command("retrieval.ingestion.upload_process"),
        variables: Mapping[str, str] | None = None,
    ) -> None:
        """Start nothing yet.

        Args:
            silence_s: The process is killed when it says nothing for so long.
            idle_s: It is ended when it had nothing to do for so long.
            command: What to run.
            variables: Added to the environment that it inherits.
        """
        self.silence_s = silence_s
        self.process: ChildProcess[AnyUploadReply] = ChildProcess(
            command, UploadReply, variables=variables
        )
        self._idle_s = idle_s
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="uploading")
        self._ending: asyncio.TimerHandle | None = None

    async def add(
        self, library: Place, name: str, data: bytes, on_progress: OnProgress
    ) -> AddedFile:
        """Have a file added. When this is cancelled, the process is killed.

        Args:
            library: Where the library is; it is made when it is not there.
            name: The file's name, whose ending tells the format.
            data: The file's bytes.
            on_progress: Called on the event loop.

        Raises:
            Unreadable: The file is no article, took too long, or ended the process.
            StoreError: The library cannot be written.
        """
        if self._ending is not None:
            self._ending.cancel()
        loop = asyncio.get_running_loop()

        def report(share: float) -> None:
            loop.call_soon_threadsafe(on_progress, share)

        finished = False
        try:
            reply = await loop.run_in_executor(
                self._thread, self._exchange, AddFile(library.spec, name), data, report
            )
            finished = True
        except ProcessTimedOut as error:
            raise Unreadable(
                f"{name} took longer than {self.silence_s:.0f} s and was given up; save it as "
                "plain text or split it."
            ) from error
        except (ProcessDied, ProcessClosed) as error:
            raise Unreadable(
                f"{name} could not be read: the program that reads it broke down; "
                "save it as plain text."
            ) from error
        finally:
            if finished:
                self._ending = loop.call_later(self._idle_s, self._end)
            else:  # whatever it still says is of a job that nobody waits for
                self.process.kill()
        match reply:
            case FileAdded(added):
                return added
            case FileRefused(why):
                raise Unreadable(why)
            case LibraryFailed(why):
                raise StoreError(why)

    def _exchange(
        self, job: AddFile, data: bytes, on_progress: OnProgress
    ) -> FileAdded | FileRefused | LibraryFailed:
        """Send the job and wait for its last reply. Raises ProcessDied and ProcessTimedOut."""
        with self.process.time_limit(self.silence_s):
            self.process.start()
            self.process.send(job, data)
        while True:
            with self.process.time_limit(self.silence_s):
                reply = self.process.receive().message
            if not isinstance(reply, Progress):
                return reply
            on_progress(reply.share)

    def _end(self) -> None:
        self._thread.submit(self.process.end, _END_S)

    async def close(self) -> None:
        """End the process, whatever it is doing."""
        if self._ending is not None:
            self._ending.cancel()
        await asyncio.to_thread(self.process.close)
        self._thread.shutdown(wait=False)


class UploadQueue:
    """Adds files one after the other, and limits how many wait, of one server and of all."""

    def __init__(
        self,
        worker: FileAdder,
        *,
        max_waiting: int = MAX_WAITING,
        max_waiting_each: int = MAX_WAITING_EACH,
    ) -> None:
        self._worker = worker
        self._max_waiting = max_waiting
        self._max_waiting_each = max_waiting_each
        self._waiting: Counter[str] = Counter()
        self._turn = asyncio.Lock()  # first come, first served

    async def add(
        self,
        library: Place,
        name: str,
        read: ReadBytes,
        on_progress: OnProgress = lambda share: None,
    ) -> AddedFile:
        """Add a file when its turn comes.

        Args:
            library: Where the library is.
            name: The file's name, whose ending tells the format.
            read: Fetches its bytes, when its turn has come.
            on_progress: Hears the share of the work that is done.

        Raises:
            Busy: Too many files are waiting.
            Unreadable: The file is no article.
            StoreError: The library cannot be written.
        """
        if (
            self._waiting.total() >= self._max_waiting
            or self._waiting[library.spec] >= self._max_waiting_each
        ):
            raise Busy("Too many files are waiting to be read; please add this one later.")
        self._waiting[library.spec] += 1
        try:
            async with self._turn:
                return await self._worker.add(library, name, await read(), on_progress)
        finally:
            self._waiting[library.spec] -= 1

    async def close(self) -> None:
        """End what adds the files."""
        await self._worker.close()
