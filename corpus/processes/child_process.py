"""A process of this program that works for another: started, spoken to, timed, ended.

This is the side of the one who starts it; the process itself is a JobServer. The four that there
are (the parsers' sandbox, uploads, the crawler, and the maker of snapshots) all go through here.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, BinaryIO, Generic, TypeVar, cast

from pydantic import TypeAdapter

from corpus.processes.messages import BadMessage, Received, read_message, write_message

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_ROOT = Path(__file__).parents[2]

Reply = TypeVar("Reply")


class ProcessDied(Exception):
    """The process ended, or was ended because what it wrote was no reply.

    `status` is its exit status, negative for the signal that killed it (as in `subprocess`).
    """

    def __init__(self, status: int | None = None) -> None:
        super().__init__(f"the process ended with status {status}")
        self.status = status


class ProcessTimedOut(ProcessDied):
    """The process was killed, because its time was over."""


class ProcessClosed(Exception):
    """`close` was called; no process is started any more."""


def module_command(module: str, *arguments: str) -> tuple[str, ...]:
    """The command that runs a module of this program with the present Python."""
    return (sys.executable, "-m", module, *arguments)


class ChildProcess(Generic[Reply]):
    """One process at a time, which may be started again when it has ended.

    Methods block, so that on an event loop they belong into a thread; only `kill` and `is_running`
    return at once. One thread may send while another receives. `command` is what the next start
    runs.
    """

    def __init__(
        self,
        command: Sequence[str],
        replies: Any,
        *,
        variables: Mapping[str, str] | None = None,
        is_quiet: bool = False,
    ) -> None:
        """Describe the process; nothing is started yet.

        Args:
            command: The program and its arguments; see `module_command`.
            replies: The type of its replies: a dataclass, or a union of several that a field
                `kind` tells apart.
            variables: Added to the environment that it inherits.
            is_quiet: Whether what it writes to standard error is dropped.
        """
        self.command = tuple(command)
        self._replies: TypeAdapter[Reply] = TypeAdapter(replies)
        self._variables = dict(variables or {})
        self._stderr = subprocess.DEVNULL if is_quiet else None
        self._process: subprocess.Popen[bytes] | None = None
        self._sent = 0
        self._closed = False
        self._lock = threading.Lock()  # for the fields above; never held while waiting
        self._sending = threading.Lock()

    @property
    def sent(self) -> int:
        """How many messages the present process was sent; 0 where none is running."""
        return self._sent

    @property
    def pid(self) -> int | None:
        """The present process's id; None where none was started, or it was ended."""
        process = self._process
        return None if process is None else process.pid

    @property
    def is_running(self) -> bool:
        """Whether a process was started and has not ended."""
        process = self._process
        return process is not None and process.poll() is None

    def start(self) -> bool:
        """Start a process where none is running; returns whether this one is new.

        Raises:
            ProcessClosed: `close` was called before.
        """
        if self._process is not None and self._process.poll() is not None:
            self._end(self._process)
        with self._lock:
            if self._closed:
                raise ProcessClosed
            if self._process is not None:
                return False
            self._sent = 0
            self._process = subprocess.Popen(  # noqa: S603  this program
                self.command,
                cwd=_ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._stderr,
                env={**os.environ, **self._variables},
            )
            return True

    def send(self, message: DataclassInstance, data: bytes = b"") -> None:
        """Send a job to the process that was started.

        Args:
            message: The job.
            data: Bytes that go with it.

        Raises:
            ProcessDied: It did not take the job.
            MessageTooLong: The job is too large; nothing was sent.
        """
        process = self._present()
        with self._sending:
            self._sent += 1
            try:
                write_message(_pipe(process.stdin), message, data)
            except (OSError, ValueError) as error:  # ValueError: another thread closed the pipe
                process.kill()
                raise ProcessDied(self._end(process)) from error

    def receive(self) -> Received[Reply]:
        """Wait for a reply.

        Raises:
            ProcessDied: It ended, or wrote what is no reply and was killed for it.
        """
        return self._receive(self._present())

    def replies(self) -> Iterator[Received[Reply]]:
        """The replies of the process that was started, until it ends.

        Raises:
            ProcessDied: None was started.
        """
        return self._replies_of(self._present())

    @contextmanager
    def time_limit(self, seconds: float) -> Iterator[None]:
        """Kill the process when the block is not done in time.

        Args:
            seconds: Of the clock.

        Raises:
            ProcessTimedOut: It was killed, and the block waited for it.
        """
        late = threading.Event()

        def stop() -> None:
            late.set()
            self.kill()

        timer = threading.Timer(seconds, stop)
        timer.daemon = True
        timer.start()
        try:
            yield
        except ProcessDied as error:
            if late.is_set():
                raise ProcessTimedOut(error.status) from error
            raise
        finally:
            timer.cancel()

    def close_input(self) -> None:
        """Let it end by itself, when it has done what it was sent."""
        process = self._process
        if process is not None:
            with suppress(OSError):
                _pipe(process.stdin).close()

    def kill(self) -> None:
        """Kill it, without waiting; whoever receives then hears that it died."""
        process = self._process
        if process is not None:
            process.kill()

    def end(self, wait_s: float = 0.0) -> None:
        """Let it end by itself within `wait_s` seconds, then kill it; return when it has ended."""
        process = self._process
        if process is None:
            return
        if wait_s > 0 and self._sending.acquire(timeout=wait_s):
            try:
                self.close_input()
            finally:
                self._sending.release()
            with suppress(subprocess.TimeoutExpired):
                process.wait(wait_s)
        process.kill()
        self._end(process)

    def close(self) -> None:
        """Kill it, whatever it is doing, and start no other."""
        with self._lock:
            self._closed = True
        self.end()

    def _present(self) -> subprocess.Popen[bytes]:
        process = self._process
        if process is None:
            raise ProcessDied
        return process

    def _receive(self, process: subprocess.Popen[bytes]) -> Received[Reply]:
        try:
            received = read_message(_pipe(process.stdout), self._replies)
        except (BadMessage, OSError, ValueError) as error:
            process.kill()
            raise ProcessDied(self._end(process)) from error
        if received is None:
            raise ProcessDied(self._end(process))
        return received

    def _replies_of(self, process: subprocess.Popen[bytes]) -> Iterator[Received[Reply]]:
        with suppress(ProcessDied):
            while True:
                yield self._receive(process)

    def _end(self, process: subprocess.Popen[bytes]) -> int:
        """Wait until it has ended, and forget it; returns its status."""
        status = process.wait()
        with self._lock:
            is_present = self._process is process
            if is_present:
                self._process, self._sent = None, 0
        if is_present:
            for pipe in (process.stdin, process.stdout):
                with suppress(OSError):
                    _pipe(pipe).close()
        return status


def _pipe(pipe: IO[bytes] | None) -> BinaryIO:
    assert pipe is not None  # noqa: S101  every process is started with both
    return cast(BinaryIO, pipe)
