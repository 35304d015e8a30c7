"""The process that reads files for others, started by sandbox.py.

On standard input comes, for each file, a line of JSON (its name, its size, how many seconds of
the processor it may take) and the file itself; on standard output goes a line of JSON back,
with what was read, or why not. JSON, for whoever takes over this process must not get further.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import asdict
from typing import Any, BinaryIO

from corpus.errors import Unreadable
from corpus.parsing.extract import extract


def main(memory: int) -> None:
    """Answer until the input ends; `memory` is how many bytes of addresses there may be."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who started this
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)  # whatever a parser prints is no reply
        _limit_memory(memory)
        while header := sys.stdin.buffer.readline():
            about = json.loads(header)
            data = sys.stdin.buffer.read(about["size"])
            _limit_time(about["cpu_s"])
            _reply(out, _read(data, about["name"]))


def _read(data: bytes, name: str) -> dict[str, Any]:
    try:
        return {"found": asdict(extract(data, name))}
    except Unreadable as refusal:
        return {"refused": str(refusal)}
    except MemoryError:
        return {"failed": "memory"}
    except Exception:  # noqa: BLE001  a parser's own fault; which one is of no use to anybody here
        return {"failed": "crash"}


def _reply(out: BinaryIO, reply: dict[str, Any]) -> None:
    out.write(json.dumps(reply).encode() + b"\n")
    out.flush()


def _limit_memory(size: int) -> None:
    try:
        import resource
    except ImportError:  # Windows has none; the limit of time holds there too
        return
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (size, most))


def _limit_time(cpu_s: int) -> None:
    """From now on, `cpu_s` seconds of the processor; then the system ends this process."""
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    until = int(used.ru_utime + used.ru_stime) + 1 + cpu_s
    resource.setrlimit(resource.RLIMIT_CPU, (until, most))


if __name__ == "__main__":
    main(int(sys.argv[1]))
