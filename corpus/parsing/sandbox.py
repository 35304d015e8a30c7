"""Files read in processes of their own, within limits of memory and time.

A parser of PDF or of office files may be led to crash, to go on for ever or to fill the memory.
Then its process ends, the file is refused with one sentence, and the next file gets another.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePath
from queue import LifoQueue
from typing import Any, Self

from corpus.errors import Unreadable
from corpus.parsing.extract import Extracted, extract

_SIGXCPU = 24  # not in Windows's signal module
_RENEWED_AFTER = 500  # files; what parsers keep and leak does not add up for ever


@dataclass(frozen=True, slots=True)
class SandboxLimits:
    """For one file: bytes of addresses, seconds of the processor, seconds of the clock.

    The clock is generous, for other work may have the processor.
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
        """`count` is how many files are read at once; by default, as many as there are cores.

        `program` is a module that speaks as corpus.parsing.sandbox_process does.
        """
        self.count = count or os.cpu_count() or 1
        self._threads = ThreadPoolExecutor(self.count, thread_name_prefix="reading")
        self._idle: LifoQueue[_Worker] = LifoQueue()
        self._all = [_Worker(limits, program) for _ in range(self.count)]
        for worker in reversed(self._all):
            self._idle.put(worker)

    def submit(self, load: Callable[[], bytes], name: str) -> Future[Extracted]:
        """The article in what `load` returns, in its own time; it is called in another thread.

        The future raises Unreadable, and whatever `load` does.
        """
        return self._threads.submit(self._extract, load, name)

    def extract(self, data: bytes, name: str) -> Extracted:
        """What corpus.parsing.extract.extract does, within the limits. Raises Unreadable."""
        return self._extract(lambda: data, name)

    def _extract(self, load: Callable[[], bytes], name: str) -> Extracted:
        data = load()
        if PurePath(name).suffix.lower() == ".txt":
            return extract(data, name)  # there is nothing to be parsed
        worker = self._idle.get()
        try:
            return worker.extract(data, name)
        finally:
            self._idle.put(worker)

    def close(self) -> None:
        """End all processes, whatever they are doing."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for worker in self._all:
            worker.close()
        self._threads.shutdown()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


class _Worker:
    """One process at a time, for one file at a time."""

    def __init__(self, limits: SandboxLimits, program: str) -> None:
        self._limits = limits
        self._program = program
        self._process: subprocess.Popen[bytes] | None = None
        self._files = 0
        self._closed = False
        self._lock = threading.Lock()

    def extract(self, data: bytes, name: str) -> Extracted:
        has_read_others = self._files > 0
        reply = self._ask(data, name)
        if "failed" in reply and reply["failed"] != "time" and has_read_others:
            # What others left in its memory must not be held against this one.
            self._end()
            reply = self._ask(data, name)
        if "refused" in reply:
            raise Unreadable(reply["refused"])
        if "failed" in reply:
            self._end()
            why = self._why(reply["failed"])
            raise Unreadable(f"{name} {why}; leave it out or save it as .txt.")
        return Extracted(**reply["found"])

    def _why(self, failed: str) -> str:
        if failed == "memory":
            return f"needs more than {self._limits.memory // 1_000_000:,} MB of memory to be read"
        if failed == "time":
            return f"cannot be read within {self._limits.cpu_s} seconds"
        return "is damaged in a way that ends the program that reads it"

    def _ask(self, data: bytes, name: str) -> dict[str, Any]:
        process = self._running()
        assert process.stdin is not None  # noqa: S101  both are pipes
        assert process.stdout is not None  # noqa: S101
        late = threading.Event()

        def stop() -> None:
            late.set()
            process.kill()

        clock = threading.Timer(self._limits.wall_s, stop)
        clock.daemon = True
        clock.start()
        try:
            about = {"name": name, "size": len(data), "cpu_s": self._limits.cpu_s}
            with suppress(BrokenPipeError):
                process.stdin.write(json.dumps(about).encode() + b"\n" + data)
                process.stdin.flush()
            line = process.stdout.readline()
        finally:
            clock.cancel()
        self._files += 1
        if line.endswith(b"\n"):
            found: dict[str, Any] = json.loads(line)
            return found
        status = process.wait()
        is_late = late.is_set() or status == -_SIGXCPU
        self._end()
        return {"failed": "time" if is_late else "crash"}

    def _running(self) -> subprocess.Popen[bytes]:
        if self._files >= _RENEWED_AFTER:
            self._end()
        with self._lock:
            if self._closed:
                raise Unreadable("Reading was stopped.")
            if self._process is None:
                self._files = 0
                self._process = subprocess.Popen(  # noqa: S603  this program
                    [sys.executable, "-m", self._program, str(self._limits.memory)],
                    cwd=Path(__file__).parents[2],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                )
            return self._process

    def _end(self) -> None:
        with self._lock:
            process, self._process = self._process, None
        self._files = 0
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with suppress(BrokenPipeError):
                        pipe.close()

    def close(self) -> None:
        with self._lock:
            self._closed = True
            process = self._process
        if process is not None:
            process.kill()  # whoever waits for its reply then has none
            process.wait()
        self._end()
