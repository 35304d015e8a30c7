"""Reads files in processes of their own, within limits of memory and time.

A hostile PDF or office file may crash its parser, keep it busy for ever or fill the memory. Then
its process ends, the file is refused with one sentence, and the next file gets another process.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import PurePath
from queue import LifoQueue
from typing import Self

from corpus.errors import Unreadable
from corpus.parsing.extract import Extracted, extract
from corpus.parsing.sandbox_process import (
    FileRead,
    FileRefused,
    ReadFile,
    ReadingFailed,
    SandboxReply,
)
from corpus.processes.child_process import (
    ChildProcess,
    ProcessClosed,
    ProcessDied,
    ProcessTimedOut,
    module_command,
)

_SIGXCPU = 24  # not in Windows's signal module
_RENEWED_AFTER = 500  # files; what parsers keep and leak does not add up for ever


@dataclass(frozen=True, slots=True)
class SandboxLimits:
    """What one file may cost.

    `memory` is in bytes of addresses, `cpu_s` in seconds of the processor, `wall_s` in seconds of
    the clock, which are generous because other work may have the processor.
    """

    memory: int = 1_000_000_000
    cpu_s: int = 30
    wall_s: float = 120


class Sandbox:
    """A few processes that read files. May be used from any thread; close it, or use `with`.

    They start when they are needed, in some 0.3 s.
    """

    def __init__(
        self,
        count: int | None = None,
        limits: SandboxLimits = SandboxLimits(),
        program: str = "corpus.parsing.sandbox_process",
    ) -> None:
        """Start nothing yet.

        Args:
            count: How many files are read at once; by default, as many as there are cores.
            limits: For each file.
            program: A module that answers as corpus.parsing.sandbox_process does.
        """
        self.count = count or os.cpu_count() or 1
        self._threads = ThreadPoolExecutor(self.count, thread_name_prefix="reading")
        self._idle: LifoQueue[_Reader] = LifoQueue()
        self._all = [_Reader(limits, program) for _ in range(self.count)]
        for reader in reversed(self._all):
            self._idle.put(reader)

    def submit(self, load: Callable[[], bytes], name: str) -> Future[Extracted]:
        """Read a file in another thread, when its turn comes.

        Args:
            load: Gives the file's bytes; called in that thread.
            name: The file's name, whose ending tells the format.

        Returns:
            A future of the article. It raises Unreadable, and whatever `load` raises.
        """
        return self._threads.submit(self._extract, load, name)

    def extract(self, data: bytes, name: str) -> Extracted:
        """Read a file and wait for it.

        Args:
            data: The file's bytes.
            name: The file's name, whose ending tells the format.

        Raises:
            Unreadable: There is no article in it, or it is beyond the limits.
        """
        return self._extract(lambda: data, name)

    def _extract(self, load: Callable[[], bytes], name: str) -> Extracted:
        data = load()
        if PurePath(name).suffix.lower() == ".txt":
            return extract(data, name)  # there is nothing to be parsed
        reader = self._idle.get()
        try:
            return reader.extract(data, name)
        finally:
            self._idle.put(reader)

    def close(self) -> None:
        """End all processes, whatever they are doing."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for reader in self._all:
            reader.process.close()
        self._threads.shutdown()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


class _Reader:
    """One process at a time, for one file at a time."""

    def __init__(self, limits: SandboxLimits, program: str) -> None:
        self._limits = limits
        self.process: ChildProcess[FileRead | FileRefused | ReadingFailed] = ChildProcess(
            module_command(program, str(limits.memory)), SandboxReply, is_quiet=True
        )

    def extract(self, data: bytes, name: str) -> Extracted:
        """Raises Unreadable."""
        try:
            if self.process.sent >= _RENEWED_AFTER:
                self.process.end()
            has_read_others = self.process.sent > 0
            found = self._try(data, name)
            if found in ("memory", "crash") and has_read_others:
                # What others left in its memory must not be held against this one.
                self.process.end()
                found = self._try(data, name)
        except ProcessClosed as error:
            raise Unreadable("Reading was stopped.") from error
        if isinstance(found, Extracted):
            return found
        self.process.end()
        raise Unreadable(f"{name} {self._why(found)}; leave it out or save it as .txt.")

    def _why(self, failure: str) -> str:
        if failure == "memory":
            return f"needs more than {self._limits.memory // 1_000_000:,} MB of memory to be read"
        if failure == "time":
            return f"cannot be read within {self._limits.cpu_s} seconds"
        return "is damaged in a way that ends the program that reads it"

    def _try(self, data: bytes, name: str) -> Extracted | str:
        """The article, or what failed: "memory", "time" or "crash". Raises Unreadable."""
        try:
            with self.process.time_limit(self._limits.wall_s):
                self.process.start()
                self.process.send(ReadFile(name, self._limits.cpu_s), data)
                received = self.process.receive()
        except ProcessTimedOut:
            return "time"
        except ProcessDied as error:
            return "time" if error.status == -_SIGXCPU else "crash"
        match received.message:
            case FileRefused(why):
                raise Unreadable(why)
            case ReadingFailed(reason):
                return reason
            case FileRead(article):
                return replace(article, text=received.data.decode())
