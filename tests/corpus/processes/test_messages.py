"""Messages arrive as they were sent, or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Annotated, Literal

import pytest
from pydantic import Field, TypeAdapter

from corpus.processes import messages
from corpus.processes.messages import (
    BadMessage,
    MessageTooLong,
    Received,
    read_message,
    write_message,
)
from corpus.storage.store import Outcome


@dataclass(frozen=True, slots=True)
class Ask:
    name: str
    kind: Literal["ask"] = "ask"


@dataclass(frozen=True, slots=True)
class Tell:
    outcome: Outcome
    asks: tuple[Ask, ...]
    kind: Literal["tell"] = "tell"


TYPES: TypeAdapter[Ask | Tell] = TypeAdapter(Annotated[Ask | Tell, Field(discriminator="kind")])


def sent(*what: tuple[Ask | Tell, bytes]) -> BytesIO:
    stream = BytesIO()
    for message, data in what:
        write_message(stream, message, data)
    stream.seek(0)
    return stream


def test_messages_arrive_with_their_bytes_in_order():
    stream = sent((Ask("a\udce9\n\u2028.pdf"), b"\n\x00"), (Tell(Outcome.ADDED, (Ask("b"),)), b""))
    assert read_message(stream, TYPES) == Received(Ask("a\udce9\n\u2028.pdf"), b"\n\x00")
    assert read_message(stream, TYPES) == Received(Tell(Outcome.ADDED, (Ask("b"),)), b"")
    assert read_message(stream, TYPES) is None


@pytest.mark.parametrize("cut", [1, 20, -3])
def test_one_that_is_cut_off_is_none(cut: int):
    whole = sent((Ask("a"), b"12345")).getvalue()
    with pytest.raises(BadMessage):
        read_message(BytesIO(whole[:cut]), TYPES)


def test_one_that_is_too_long_is_not_sent_and_not_read(monkeypatch: pytest.MonkeyPatch):
    whole = sent((Ask("a" * 100), b"x" * 100)).getvalue()
    for bound in ("MAX_LINE_BYTES", "MAX_DATA_BYTES"):
        with monkeypatch.context() as patched:
            patched.setattr(messages, bound, 60)
            stream = BytesIO()
            with pytest.raises(MessageTooLong):
                write_message(stream, Ask("a" * 100), b"x" * 100)
            assert stream.getvalue() == b""
            with pytest.raises(BadMessage):
                read_message(BytesIO(whole), TYPES)


def test_a_type_that_is_not_expected_is_none():
    with pytest.raises(BadMessage):
        read_message(BytesIO(b'{"message": {"kind": "run", "name": "a"}, "bytes": 0}\n'), TYPES)
