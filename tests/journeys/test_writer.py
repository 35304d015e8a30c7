"""A writer in the terminal: its words where they hold, the reader's answer where not."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

import bot
from tests.retrieval.writing.bad_server import Says, serving, silent, stating, status

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "answer.schema.json").read_text())
QUESTION = "Which officials did the U.S. sanction?"
TRUE = (
    "The United States sanctioned seven top Russian officials for the alleged attempted poisoning "
    "and imprisonment of opposition activist Alexey Navalny."
)
LIE = TRUE.replace("seven", "eleven")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs a command while a server says this; returns exit status, output, errors."""
    monkeypatch.setenv("FOOTNOTE_DATA_DIR", str(tmp_path))

    async def run(says: Says, *arguments: str) -> tuple[int, str, str]:
        async with serving(says) as server:
            monkeypatch.setenv("FOOTNOTE_WRITER", f"openai:liar@{server.address}")
            code = await asyncio.to_thread(bot.main, arguments)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


async def test_what_holds_is_shown_above_its_quotation(run: Any):
    code, out, _ = await run(stating((TRUE, [1])), "ask", QUESTION)
    assert code == 0
    assert out.strip().splitlines()[0] == f"{TRUE} [1]"
    assert "│ The United States recently sanctioned seven top" in out


async def test_a_lie_is_not_shown_and_the_trace_says_why(run: Any):
    _, out, _ = await run(stating((LIE, [1])), "ask", "--trace", QUESTION)
    answer, _, trace = out.partition("stage")
    assert "eleven" not in answer
    assert "recently sanctioned seven top" in answer
    assert f"cut  {LIE}\nnumber: eleven" in trace
    assert "worded by liar" in trace
    assert "\nwriter " in trace


async def test_the_json_stays_as_described(run: Any):
    code, out, _ = await run(stating((TRUE, [1]), (LIE, [1])), "ask", "--json", "--trace", QUESTION)
    answer = json.loads(out)
    jsonschema_rs.validator_for(SCHEMA).validate(answer)
    assert code == 0
    written, quotation = answer["statements"]
    assert (written["text"], written["is_quotation"]) == (TRUE, False)
    assert quotation["is_quotation"]
    assert answer["trace"][-1] == {
        "writer": "liar",
        "unwritten": None,
        "cut": [{"text": LIE, "why": ["number: eleven"]}],
    }


async def test_a_writer_that_fails_is_not_noticed(run: Any):
    code, out, _ = await run(status(500), "ask", QUESTION)
    assert code == 0
    assert out.strip().startswith("The United States recently sanctioned seven top")


async def test_a_refusal_needs_no_writer(run: Any):
    code, out, _ = await run(silent, "ask", "who won the 2022 World Cup?")
    assert code == 1
    assert "Nothing in the articles speaks of this." in out


@pytest.mark.parametrize(
    ("line", "says"),
    [("gpt", "No writer can be made of “gpt”; write openai:MODEL@"), ("openai:gpt", "needs a key")],
)
def test_a_writer_that_cannot_be_is_said(
    line: str, says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    for name in ("OPENAI_API_KEY", "FOOTNOTE_WRITER_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FOOTNOTE_WRITER", line)
    assert bot.main(["ask", QUESTION]) == 2
    assert says in capsys.readouterr().err
