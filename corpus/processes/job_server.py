"""A process that does jobs for the one who started it: jobs come in, replies go out.

The other side is a ChildProcess. Jobs come on standard input and replies go to what was standard
output; whatever a library prints goes to standard error from then on, and is no reply.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, BinaryIO, Generic, Self, TypeVar

from pydantic import TypeAdapter

from corpus.processes.messages import BadMessage, Received, read_message, write_message

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_log = logging.getLogger(__name__)

Job = TypeVar("Job")


class JobServer(Generic[Job]):
    """The pipes of this process. Replies may be sent from any thread."""

    def __init__(self, jobs: Any, source: BinaryIO, sink: BinaryIO) -> None:
        """Serve over two streams; a process uses `on_standard_streams`.

        Args:
            jobs: The type of the jobs: a dataclass, or a union that a field `kind` tells apart.
            source: Where jobs come from.
            sink: Where replies go.
        """
        self._jobs: TypeAdapter[Job] = TypeAdapter(jobs)
        self._source = source
        self._sink = sink
        self._lock = threading.Lock()

    @classmethod
    @contextmanager
    def on_standard_streams(cls, jobs: Any, *, niceness: int = 0) -> Iterator[Self]:
        """Take over this process's standard input and output.

        Ctrl-C is ignored, because it is meant for the one who started this process.

        Args:
            jobs: As for the constructor.
            niceness: How far this process steps back for others, 0 to 19; no effect on Windows.
        """
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if niceness:
            with suppress(OSError, AttributeError):  # Windows has no niceness
                os.nice(niceness)
        # BrokenPipeError: nobody listens any more.
        with suppress(BrokenPipeError), os.fdopen(os.dup(1), "wb") as sink:
            os.dup2(2, 1)
            yield cls(jobs, sys.stdin.buffer, sink)

    def next_job(self) -> Received[Job] | None:
        """Wait for a job; None when no more will come, or what came is none."""
        try:
            return read_message(self._source, self._jobs)
        except BadMessage as error:  # the other side died in the middle of it
            _log.warning("No more jobs are done: %s", error)
            return None

    def jobs(self) -> Iterator[Received[Job]]:
        """The jobs, until no more will come."""
        while (received := self.next_job()) is not None:
            yield received

    def reply(self, message: DataclassInstance, data: bytes = b"") -> None:
        """Send a reply.

        Args:
            message: The reply.
            data: Bytes that go with it.

        Raises:
            MessageTooLong: Nothing was sent; a shorter reply may be.
        """
        with self._lock:
            write_message(self._sink, message, data)
