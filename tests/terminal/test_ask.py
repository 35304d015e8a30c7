"""The day that a question is asked on."""

from __future__ import annotations

import argparse
from datetime import date, datetime, time
from typing import Any

import pytest

from terminal.ask import add_ask_options


def parsed(*words: str) -> Any:
    parser = argparse.ArgumentParser()
    add_ask_options(parser)
    return parser.parse_args(["who?", *words])


def test_a_question_is_asked_at_the_end_of_the_day_that_is_named():
    moment = parsed("--as-of", "2026-03-17").as_of
    assert moment.tzinfo is not None
    assert moment.replace(tzinfo=None) == datetime.combine(date(2026, 3, 17), time.max)


def test_without_a_day_it_is_asked_now():
    assert parsed().as_of is None


@pytest.mark.parametrize("text", ["yesterday", "2026-02-30", ""])
def test_what_is_no_day_is_said(text: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        parsed("--as-of", text)
    assert "is no day; write it as year, month and day" in capsys.readouterr().err
