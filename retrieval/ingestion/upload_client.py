"""The process that adds, seen from the event loop: started when needed, one job at a time."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from corpus.errors import StoreError, Unreadable
from corpus.storage.locations import Place
from retrieval.errors import Busy
from retrieval.ingestion.upload_process import AddedFile, OnProgress, understood

log = logging.getLogger(__name__)

MAX_WAITING = 100
MAX_WAITING_EACH = 20  # of one server
SILENCE_S = 180.0  # reading a file has its own limit, of 120 s; nothing else takes so long
IDLE_S = 60.0  # then the process and its memory are given back

ReadBytes = Callable[[], Awaitable[bytes]]
"""Brings a file's bytes; called when it is the file's turn, so that none waits in memory."""


class FileAdder(Protocol):
    """Who does the work of one job at a time. Raises Unreadable and StoreError.

    `library` is where the library is.
    """

    async def add(
        self, library: Place, name: str, data: bytes, on_progress: OnProgress
    ) -> AddedFile: ...

    async def close(self) -> None: ...


class UploadClient:
    """A Worker that is another process: `python -m retrieval.ingestion.upload_process`."""

    def __init__(
        self,
        *,
        silence_s: float = SILENCE_S,
        idle_s: float = IDLE_S,
        command: Sequence[str] = (sys.executable, "-m", "retrieval.ingestion.upload_process"),
        variables: Mapping[str, str] | None = None,
    ) -> None:
        """It is killed when it says nothing for `silence_s`, and ended after `idle_s` idle.

        `variables` are for its environment, besides those of this one.
        """
        self._silence_s = silence_s
        self._idle_s = idle_s
        self._command = command
        self._variables = dict(variables or {})
        self._process: Process | None = None
        self._ending: asyncio.TimerHandle | None = None

    async def add(
        self, library: Place, name: str, data: bytes, on_progress: OnProgress
    ) -> AddedFile:
        if self._ending is not None:
            self._ending.cancel()
        finished = False
        try:
            said = await self._said(library, name, data, on_progress)
            finished = True
        except TimeoutError as error:
            raise Unreadable(
                f"{name} took longer than {self._silence_s:.0f} s and was given up; save it as "
                "plain text or split it."
            ) from error
        except (BrokenPipeError, ConnectionResetError, EOFError) as error:
            raise Unreadable(
                f"{name} could not be read: the program that reads it broke down; "
                "save it as plain text."
            ) from error
        finally:
            if finished:
                self._ending = asyncio.get_running_loop().call_later(self._idle_s, self._end)
            else:  # whatever it still says is of a job that nobody waits for
                await self._kill()
        if "wrong" in said:
            raise StoreError(said["wrong"])
        if "refused" in said:
            raise Unreadable(said["refused"])
        return understood(said["done"])

    async def _said(
        self, library: Place, name: str, data: bytes, on_progress: OnProgress
    ) -> dict[str, Any]:
        process = await self._started()
        assert process.stdin is not None  # noqa: S101  it was started with pipes
        assert process.stdout is not None  # noqa: S101
        job = {"library": library.written, "name": name, "bytes": len(data)}
        process.stdin.write(json.dumps(job).encode() + b"\n")
        process.stdin.write(data)
        await asyncio.wait_for(process.stdin.drain(), self._silence_s)
        while True:
            line = await asyncio.wait_for(process.stdout.readline(), self._silence_s)
            if not line:
                raise EOFError
            said: dict[str, Any] = json.loads(line)
            if "done" in said:
                return said
            on_progress(said["share"])

    async def _started(self) -> Process:
        process = self._process
        if process is not None and process.stdin is not None and process.stdin.is_closing():
            await self._kill()
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                cwd=Path(__file__).parents[2],
                stdin=PIPE,
                stdout=PIPE,
                env={**os.environ, **self._variables},
            )
        return self._process

    def _end(self) -> None:
        """Let it end: its input is over."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()

    async def _kill(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            if process.returncode is None:
                process.kill()
            await process.wait()

    async def close(self) -> None:
        if self._ending is not None:
            self._ending.cancel()
        await self._kill()


class UploadQueue:
    """Takes files one after the other, as many of one server as of all others to wait."""

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
        """Add the file that `read` brings. Raises Busy, Unreadable, StoreError, and its errors."""
        if (
            self._waiting.total() >= self._max_waiting
            or self._waiting[library.written] >= self._max_waiting_each
        ):
            raise Busy("Too many files are waiting to be read; please add this one later.")
        self._waiting[library.written] += 1
        try:
            async with self._turn:
                return await self._worker.add(library, name, await read(), on_progress)
        finally:
            self._waiting[library.written] -= 1

    async def close(self) -> None:
        await self._worker.close()
