"""The process that reads strangers' files, within limits; sandbox.py starts it."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from typing import Annotated, Literal

from pydantic import Field

from corpus.errors import Unreadable
from corpus.parsing.extract import Extracted, extract
from corpus.processes.job_server import JobServer
from corpus.processes.limits import limit_memory, limit_processor_time
from corpus.processes.messages import MessageTooLong


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A job: read the file in the bytes that go with it, in `cpu_s` seconds of the processor."""

    name: str
    cpu_s: int


@dataclass(frozen=True, slots=True)
class FileRead:
    """A reply: the article. Its text is in the bytes that go with it, in UTF-8, and "" here."""

    article: Extracted
    kind: Literal["read"] = "read"


@dataclass(frozen=True, slots=True)
class FileRefused:
    """A reply: there is no article in the file; `why` is a sentence for people."""

    why: str
    kind: Literal["refused"] = "refused"


@dataclass(frozen=True, slots=True)
class ReadingFailed:
    """A reply: the parser ran out of memory, or has a fault of its own."""

    reason: Literal["memory", "crash"]
    kind: Literal["failed"] = "failed"


SandboxReply = Annotated[FileRead | FileRefused | ReadingFailed, Field(discriminator="kind")]


def main(memory: int) -> None:
    """Read files until no more come.

    Args:
        memory: How many bytes of addresses this process may have.
    """
    with JobServer[ReadFile].on_standard_streams(ReadFile) as server:
        limit_memory(memory)
        for received in server.jobs():
            limit_processor_time(received.message.cpu_s)
            _read(server, received.message.name, received.data)


def _read(server: JobServer[ReadFile], name: str, data: bytes) -> None:
    try:
        found = extract(data, name)
        server.reply(FileRead(replace(found, text="")), found.text.encode())
    except Unreadable as refusal:
        server.reply(FileRefused(str(refusal)))
    except (MemoryError, MessageTooLong):
        server.reply(ReadingFailed("memory"))
    except BrokenPipeError:
        raise
    except Exception:  # noqa: BLE001  a parser's own fault; which one is of no use to anybody here
        server.reply(ReadingFailed("crash"))


if __name__ == "__main__":
    main(int(sys.argv[1]))
