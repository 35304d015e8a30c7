"""End to end with a real model that invents: whatever it says, what is shown holds.

Not among the default tests; .ci/run makes build/llm and runs them.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

import bot
from corpus.parsing.extract import extract
from retrieval.answering.support import unsupported
from retrieval.language.no_reason import describe_missing_reason
from retrieval.wording.formatting import one_line

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "docs" / "answer.schema.json").read_text())
PYTHON = Path(os.environ.get("FOOTNOTE_TEST_LLM_PYTHON", ROOT / "build" / "llm" / "bin" / "python"))
QUESTIONS = (
    "why was Antonov recalled?",
    "Who is Alexey Navalny?",
    "How many officials did the United States sanction?",
    "What has the Kremlin said about the report?",
)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Where SmolLM2 answers; one line of llama.cpp's own may come before the address."""
    with subprocess.Popen(
        [PYTHON, Path(__file__).with_name("serve.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        assert server.stdout is not None
        lines = (line.strip() for line in server.stdout)
        yield next(line for line in lines if line.startswith("http"))
        assert server.stdin is not None
        server.stdin.close()


@pytest.fixture
def ask(
    address: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Any:
    monkeypatch.setenv("FOOTNOTE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("FOOTNOTE_WRITER_SECONDS", "45")
    monkeypatch.setenv("FOOTNOTE_WRITER", f"openai:smollm2@{address}")

    def ask(question: str, *command: str) -> dict[str, Any]:
        bot.main([*(command or ("ask", "--json", "--trace")), question])
        answer: dict[str, Any] = json.loads(capsys.readouterr().out)
        jsonschema_rs.validator_for(SCHEMA).validate(answer)
        return answer

    return ask


def sample_text() -> str:
    name = "antonov.txt"
    return extract((files("corpus.samples") / name).read_bytes(), name).text


@pytest.mark.parametrize("question", QUESTIONS)
def test_whatever_it_says_what_is_shown_holds(ask: Any, question: str):
    answer = ask(question)
    assert_holds(answer)
    came = answer["trace"][-1]
    assert came["writer"] == "smollm2" or came["unwritten"].startswith("smollm2 ")


def test_whatever_it_makes_of_a_summary_what_is_shown_holds(ask: Any):
    summary = ask("Antonov", "summarize", "--json", "--length", "line", "--topic")
    assert_holds(summary)


def assert_holds(answer: dict[str, Any]) -> None:
    assert answer["outcome"] == "answered"
    assert answer["timings_ms"]["writer"] > 0
    assert answer["citations"]
    assert answer["statements"]
    text = sample_text()
    for citation in answer["citations"]:
        assert text[citation["start"] : citation["end"]] == citation["quote"]
    for statement in answer["statements"]:
        quotes = [answer["citations"][number - 1]["quote"] for number in statement["citations"]]
        if statement["is_quotation"]:
            assert [statement["text"]] == [one_line(quote) for quote in quotes]
        else:
            said_of = {describe_missing_reason(quote, answer["question"]) for quote in quotes}
            assert statement["text"] in said_of or unsupported(statement["text"], quotes) == ()


def test_it_is_not_asked_about_what_the_articles_do_not_say(ask: Any):
    answer = ask("who won the 2022 World Cup?")
    assert answer["outcome"] == "refused"
    assert "writer" not in answer["timings_ms"]
