"""Messages between a process and the one that started it: a line of JSON, then maybe bytes.

A message is a dataclass. On the wire it is one line, and behind the line as many bytes as it says:

    {"message": {"kind": "read_file", "name": "a.pdf", "cpu_s": 30}, "bytes": 1234}

It is JSON, and never a pickle, because a parser that a hostile file took over writes here: what
it writes is checked against the types that are expected, and can run nothing. Lines and bytes
have bounds both ways.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

MAX_LINE_BYTES = 1 << 24  # a refresh of feeds may name a thousand refusals
MAX_DATA_BYTES = 1 << 28  # the largest text: an EPUB may unpack to 100 MB, in UTF-16

Message = TypeVar("Message")


class BadMessage(Exception):
    """What came is no message of the expected types, was cut off, or is longer than allowed."""


class MessageTooLong(Exception):
    """A message is longer than `MAX_LINE_BYTES` or its data than `MAX_DATA_BYTES`."""


@dataclass(frozen=True, slots=True)
class Received(Generic[Message]):
    """A message that came, and the bytes that came with it; b"" where none did."""

    message: Message
    data: bytes


def write_message(stream: BinaryIO, message: DataclassInstance, data: bytes = b"") -> None:
    """Write one message and flush.

    Args:
        stream: A pipe.
        message: A dataclass of text, numbers, enums of text, and lists and dataclasses of these.
        data: Bytes to send behind it.

    Raises:
        MessageTooLong: It is beyond the bounds; nothing was written.
        OSError: The other side has gone (BrokenPipeError among others).
    """
    line = json.dumps({"message": asdict(message), "bytes": len(data)}).encode() + b"\n"
    if len(line) > MAX_LINE_BYTES or len(data) > MAX_DATA_BYTES:
        raise MessageTooLong(f"{type(message).__name__}: {len(line):,} and {len(data):,} bytes")
    stream.write(line)
    stream.write(data)
    stream.flush()


def read_message(stream: BinaryIO, types: TypeAdapter[Message]) -> Received[Message] | None:
    """Wait for the next message; None when the stream has ended.

    Args:
        stream: A pipe, opened for buffered reading.
        types: The types that may come. Where there are several, their field `kind` tells them
            apart.

    Raises:
        BadMessage: What came is not one of `types`, is cut off, or is beyond the bounds.
    """
    line = stream.readline(MAX_LINE_BYTES + 1)
    if not line:
        return None
    if not line.endswith(b"\n"):
        raise BadMessage(f"a line was cut off after {len(line):,} bytes")
    try:
        envelope: dict[str, Any] = json.loads(line)
        # The text was decoded by `json`, which lets the halves of a character in file names pass.
        message = types.validate_python(envelope["message"])
        size = int(envelope["bytes"])
    except (ValueError, KeyError, TypeError, RecursionError, ValidationError) as error:
        raise BadMessage("a line is no message of the expected types") from error
    if not 0 <= size <= MAX_DATA_BYTES:
        raise BadMessage(f"{size:,} bytes were announced")
    data = stream.read(size) if size else b""
    if len(data) != size:
        raise BadMessage(f"{len(data):,} of {size:,} bytes came")
    return Received(message, data)
