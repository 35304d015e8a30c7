"""The running bot's log: one line each, for people or for programs, and no secret in any."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
from structlog.contextvars import bound_contextvars

from terminal.logs import HIDDEN, set_up

TOKEN = "MTIz.abc.planted"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield io.StringIO()
    root.handlers[:] = before
    root.setLevel(level)


def test_json_is_a_line_each_with_what_it_is_about(stream: io.StringIO):
    set_up("info", "json", [], stream)
    with bound_contextvars(server=7, doing=8):
        logging.getLogger("cogs.commands.ask").info(
            "A %s was answered", "question", extra={"ms": 12.5}
        )
    logging.getLogger("cogs.commands.ask").debug("not this")
    (line,) = stream.getvalue().splitlines()
    told = json.loads(line)
    assert told.pop("timestamp").endswith("Z")
    assert told == {
        "event": "A question was answered",
        "level": "info",
        "logger": "cogs.commands.ask",
        "ms": 12.5,
        "server": 7,
        "doing": 8,
    }


@pytest.mark.parametrize("form", ["json", "text", "auto"])
def test_a_secret_is_hidden_wherever_it_was_written(form: str, stream: io.StringIO):
    set_up("debug", form, [TOKEN, "", "abc.planted"], stream)
    log = logging.getLogger("discord.http")
    log.warning("Bot %s", TOKEN, extra={"headers": {"Authorization": TOKEN}})
    try:
        secret = TOKEN
        raise ValueError(f"refused: {secret}")
    except ValueError:
        log.exception("It failed")
    with bound_contextvars(key=TOKEN):
        log.error("With the rest: %r", [TOKEN])
    said = stream.getvalue()
    assert "planted" not in said
    assert said.count(HIDDEN) >= 5
    assert "ValueError: refused" in said


def test_a_traceback_shows_no_variables(stream: io.StringIO):
    set_up("info", "text", [], stream)
    try:
        asked = "who is Zorblatt?"
        raise ValueError(len(asked))
    except ValueError:
        logging.getLogger(__name__).exception("It failed")
    assert "ValueError: 16" in stream.getvalue()
    assert "who is Zorblatt?\n" not in stream.getvalue().replace('asked = "who is', "")


def test_others_lines_for_every_request_are_left_out(stream: io.StringIO):
    set_up("info", "text", [], stream)
    logging.getLogger("httpx").info("GET")
    logging.getLogger("haystack.core").info("Running component")
    logging.getLogger("httpx").warning("slow")
    assert "slow" in stream.getvalue()
    assert len(stream.getvalue().splitlines()) == 1
