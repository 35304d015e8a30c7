"""The whole road in the terminal, as its users type it."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

import bot
from corpus.parsing.extract import extract
from retrieval.index import snapshots
from tests.corpus.parsing.made_files import pdf

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "docs" / "answer.schema.json").read_text())
QUESTION = "why was Antonov recalled?"
QUOTE = "did not give specific reasons for the recall"


def sample_text() -> str:
    name = "antonov.txt"
    return extract((files("corpus.samples") / name).read_bytes(), name).text


def test_the_sample_answers_before_anything_is_set_up(run: Any, data_dir: Path):
    status, out, err = run("ask", QUESTION)
    assert (status, err) == (0, "")
    lines = out.strip().splitlines()
    assert lines[0] == "No specific reason was given. [1]"
    assert QUOTE in lines[1]
    assert "    source unknown · date unknown" in lines
    assert any(line.startswith("    │ ") and QUOTE in line for line in lines)
    assert any("antonov.txt, characters 234–528" in line for line in lines)
    assert "This comes from the sample article" in lines[-1]
    assert not data_dir.exists()


def test_the_json_is_as_described_and_its_offsets_resolve(run: Any):
    status, out, _ = run("ask", "--json", QUESTION)
    answer = json.loads(out)
    jsonschema_rs.validator_for(SCHEMA).validate(answer)
    assert status == 0
    assert answer["outcome"] == "answered"
    (citation,) = answer["citations"]
    assert QUOTE in citation["quote"]
    assert sample_text()[citation["start"] : citation["end"]] == citation["quote"]
    assert citation["article"]["source"] is None
    assert list(answer["timings_ms"])[-1] == "total"


@pytest.mark.parametrize(
    ("question", "reason", "message"),
    [
        ("who won the 2022 World Cup?", "nothing_on_this", "Nothing in the articles speaks of"),
        ("When did Antonov fly back to Washington?", "only_near", "The articles do not say."),
        (
            "why did the united states recall its ambassador?",
            "contradicted",
            "The articles say this of Russia, not of the US.",
        ),
    ],
)
def test_a_refusal_says_why_and_is_told_by_the_status(
    run: Any, question: str, reason: str, message: str
):
    status, out, _ = run("ask", "--json", question)
    answer = json.loads(out)
    jsonschema_rs.validator_for(SCHEMA).validate(answer)
    assert status == 1
    assert answer["refusal"]["reason"] == reason
    assert answer["refusal"]["message"].startswith(message)
    assert run("ask", question)[1].strip().startswith(message)


def test_the_trace_tells_each_stage_and_what_was_weighed(run: Any):
    _, out, _ = run("ask", "--trace", QUESTION)
    for stage in (
        "embedder",
        "vectors",
        "keywords",
        "fusion",
        "reader",
        "answerer",
        "total",
    ):
        assert f"\n{stage} " in out
    assert "\nkind: why\nconfidence: 0." in out
    assert "\nkept · Russia on Wednesday recalled" in out
    assert "by meaning 1. (0." in out
    assert "passage_cosine" in out


def test_articles_are_added_changed_and_asked(run: Any, tmp_path: Path):
    (tmp_path / "in").mkdir()
    note = tmp_path / "in" / "note.md"
    note.write_text("# The dinner\n\nThe envoy Zorblatt sang at dinner on 3 May 2021.\n")
    (tmp_path / "in" / "bad.txt").write_bytes(b"\x89PNG\x00")
    status, out, err = run("ingest", str(tmp_path / "in"))
    assert status == 1
    assert out == "1 added, 0 changed, 0 unchanged, 1 refused; the library has 1 article.\n"
    assert "footnote: bad.txt is not text: it looks like an image" in err
    assert run("ask", "When did Zorblatt sing at dinner?")[0] == 0
    assert run("ask", QUESTION)[0] == 1  # the samples have stepped back
    note.write_text("# The dinner\n\nThe envoy Quibble sang at dinner on 4 May 2021.\n")
    status, out, err = run("ingest", str(note))
    assert (status, out) == (
        0,
        "The dinner: 3 → 4\n"
        "0 added, 1 changed, 0 unchanged, 0 refused; the library has 1 article.\n",
    )
    answer = json.loads(run("ask", "--json", "Who sang at dinner?")[1])
    assert answer["citations"][0]["version"] == 2
    assert "Quibble" in answer["citations"][0]["quote"]


@pytest.mark.parametrize(
    ("data", "options"),
    [
        (b"Title: Zorblatt\n\nThe envoy Zorblatt sang at dinner on 3 May 2021.", ()),
        (b"<!doctype html><title>Zorblatt</title><p>The envoy Zorblatt sang at dinner.</p>", ()),
        (b"# Zorblatt\n\nThe envoy *Zorblatt* sang at dinner.", ("--name", "note.md")),
        (pdf([["The envoy Zorblatt sang at dinner."]], title="Zorblatt"), ()),
    ],
)
def test_standard_input_is_read_by_what_it_holds_or_by_its_name(
    run: Any, monkeypatch: pytest.MonkeyPatch, data: bytes, options: tuple[str, ...]
):
    for expected in ("1 added, 0 changed, 0", "0 added, 0 changed, 1"):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
        status, out, err = run("ingest", *options, "-")
        assert (status, err) == (0, "")
        assert out.startswith(expected)
    assert run("library", "list")[1].split("  ")[1].startswith("Zorblatt (")
    assert "The envoy Zorblatt sang at dinner" in run("ask", "Who sang at dinner?")[1]


def test_an_update_is_told_beside_the_publication(run: Any, tmp_path: Path):
    note = tmp_path / "note.txt"
    note.write_text(
        "Title: The dinner\nSource: Reuters\nDate: 2026-03-17\nUpdated: 18 March 2026\n\n"
        "The envoy Zorblatt sang at dinner."
    )
    run("ingest", str(note))
    out = run("ask", "Who sang at dinner?")[1]
    assert "    Reuters · 17 March 2026, updated 18 March 2026" in out.splitlines()
    answer = json.loads(run("ask", "--json", "Who sang at dinner?")[1])
    jsonschema_rs.validator_for(SCHEMA).validate(answer)
    article = answer["citations"][0]["article"]
    assert (article["published"], article["updated"]) == ("2026-03-17", "2026-03-18")
    assert answer["newest_source"] == "2026-03-17"


def test_the_age_of_the_newest_source_is_told(run: Any, tmp_path: Path):
    two_days_ago = (datetime.now().astimezone() - timedelta(days=2)).date()
    note = tmp_path / "note.txt"
    note.write_text(
        f"Title: The dinner\nDate: {two_days_ago}\n\nThe envoy Zorblatt sang at dinner."
    )
    run("ingest", str(note))
    assert "newest source: 2 days old" in run("ask", "Who sang at dinner?")[1].splitlines()
    answer = json.loads(run("ask", "--json", "Who sang at dinner in the last three days?")[1])
    jsonschema_rs.validator_for(SCHEMA).validate(answer)
    assert answer["outcome"] == "answered"
    assert answer["newest_source"] == str(two_days_ago)
    note.write_text("Title: The dinner\nDate: 2021-03-17\n\nThe envoy Zorblatt sang at dinner.")
    run("ingest", str(note))
    answer = json.loads(run("ask", "--json", "Who sang at dinner in the last three days?")[1])
    jsonschema_rs.validator_for(SCHEMA).validate(answer)
    assert answer["refusal"]["reason"] == "only_older"
    assert answer["newest_source"] is None


def test_a_library_of_its_own_is_asked_by_name(run: Any, tmp_path: Path):
    note = tmp_path / "note.txt"
    note.write_text("The envoy Zorblatt sang at dinner.")
    assert run("ingest", "--library", "1234", str(note))[0] == 0
    assert run("ask", "--library", "1234", "Who sang at dinner?")[0] == 0
    assert run("ask", "Who sang at dinner?")[0] == 1
    status, _, err = run("ask", "--library", "other", "Who sang at dinner?")
    assert status == 2
    assert err == (
        "footnote: There is no library other yet; make it with: "
        "bot.py ingest --library other PATH\n"
    )


def test_a_conversation(run: Any, monkeypatch: pytest.MonkeyPatch):
    lines = iter([QUESTION, "", "?!", "who won the 2022 World Cup?", "quit"])
    monkeypatch.setattr("builtins.input", lambda prompt="": next(lines))
    status, out, err = run("chat")
    assert status == 0
    assert QUOTE in out
    assert "Nothing in the articles speaks of this." in out
    assert "There is no question to answer" in err


def test_a_conversation_remembers_what_was_asked(run: Any, monkeypatch: pytest.MonkeyPatch):
    lines = iter([QUESTION, "?!", "and what did Biden say?", "when was that?"])
    monkeypatch.setattr("builtins.input", lambda prompt="": next(lines, "quit"))
    _, out, _ = run("chat")
    first, second, third = out.split("understood as: ")
    assert QUOTE in first
    assert second.startswith("what did Biden say about Antonov?\n")
    assert "Biden responded with" in second
    assert third.startswith("when: what did Biden say about Antonov?\n")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["ask", ""], "There is no question to answer; ask one in words, such as"),
        (["ask", "x" * 10_000], "The question has 10,000 characters; please ask it in at most 1,"),
        (["ingest", "/no/such/file.txt"], "/no/such/file.txt is not there; check the name."),
        (["run"], "The bot has no token; copy it from the Bot page of your application in"),
    ],
)
def test_bad_input_is_one_sentence_and_a_status(run: Any, arguments: list[str], says: str):
    status, _, err = run(*arguments)
    assert status != 0
    assert err.startswith(f"footnote: {says}")
    assert err.count("\n") == 1


def test_an_empty_folder_is_said(run: Any, tmp_path: Path):
    (tmp_path / "empty").mkdir()
    status, _, err = run("ingest", str(tmp_path / "empty"))
    assert status == 1
    assert "There is nothing to read in" in err


def test_a_token_that_is_none_is_said(run: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FOOTNOTE_DISCORD_TOKEN", "my secret")
    status, _, err = run("run")
    assert status == 2
    assert err.startswith("footnote: This is not a bot's token; copy it from")
    assert "secret" not in err


def test_a_damaged_library_is_said_and_left_alone(run: Any, data_dir: Path):
    file = data_dir / "libraries" / "default" / "library.db"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"not a database, " * 500)
    for command in (("ask", QUESTION), ("ingest", str(ROOT / "README.md"))):
        status, _, err = run(*command)
        assert status == 2
        assert "the file is damaged; put a backup in its place or move it away" in err
    assert file.read_bytes() == b"not a database, " * 500


def command(*arguments: str, data_dir: Path) -> subprocess.CompletedProcess[str]:
    """A process of its own that has to respect what is read-only, even under root."""
    limited: list[str] = []
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("root writes everywhere, and there is no setpriv to take that away")
        limited = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    return subprocess.run(
        [*limited, sys.executable, str(ROOT / "bot.py"), *arguments],
        env={**os.environ, "FOOTNOTE_DATA_DIR": str(data_dir)},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_read_only_data_folder_answers_and_refuses_to_be_written(
    run: Any, tmp_path: Path, data_dir: Path
):
    note = tmp_path / "note.txt"
    note.write_text("The envoy Zorblatt sang at dinner.")
    assert run("ingest", str(note))[0] == 0
    library = data_dir / "libraries" / "default"
    assert snapshots.make_snapshot(library / "library.db")
    for path in (*data_dir.rglob("*"), data_dir):
        path.chmod(path.stat().st_mode & ~0o222)
    before = (library / "library.db").read_bytes()
    note.write_text("The envoy Quibble sang at dinner.")
    asked = command("ask", "Who sang at dinner?", data_dir=data_dir)
    assert (asked.returncode, asked.stderr) == (0, "")
    assert "Zorblatt" in asked.stdout
    added = command("ingest", str(note), data_dir=data_dir)
    assert added.returncode == 2
    assert added.stderr.startswith("footnote: The library ")
    assert "make the folder writable or set FOOTNOTE_DATA_DIR" in added.stderr
    for refused in (("forget", "note.txt"), ("library", "rebuild")):
        said = command(*refused, data_dir=data_dir)
        assert said.returncode == 2
        assert "make the folder writable" in said.stderr
        assert "Traceback" not in said.stderr
    assert (library / "library.db").read_bytes() == before


def test_a_data_folder_that_cannot_be_made_is_said(tmp_path: Path):
    (tmp_path / "note.txt").write_text("The envoy left.")
    tmp_path.chmod(0o555)
    added = command("ingest", str(tmp_path / "note.txt"), data_dir=tmp_path / "data")
    assert added.returncode == 2
    assert "make the folder writable or set FOOTNOTE_DATA_DIR" in added.stderr
    assert "Traceback" not in added.stderr
    assert command("ask", QUESTION, data_dir=tmp_path / "data").returncode == 0
    tmp_path.chmod(0o755)


def test_a_pipe_that_closes_early_is_no_error(data_dir: Path):
    line = f"'{sys.executable}' bot.py ask --trace '{QUESTION}' | head -1"
    done = subprocess.run(line, shell=True, cwd=ROOT, capture_output=True, text=True, timeout=60)  # noqa: S602
    assert "Traceback" not in done.stderr


def test_a_terminal_without_unicode_gets_the_answer_all_the_same(data_dir: Path):
    done = subprocess.run(
        [sys.executable, str(ROOT / "bot.py"), "ask", QUESTION],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0
    assert QUOTE in done.stdout


def test_nothing_is_left_at_home_for_anyone_to_report(tmp_path: Path):
    """Haystack and ONNX Runtime write ids of the machine there unless their telemetry is off."""
    places = {"HOME": str(tmp_path), "FOOTNOTE_DATA_DIR": str(tmp_path / "data")}
    own = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    done = subprocess.run(
        [sys.executable, str(ROOT / "bot.py"), "ask", QUESTION],
        env={**own, **places},
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == 0
    assert list(tmp_path.rglob("*")) == []


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as done:
        bot.main(["--help"])
    assert done.value.code == 0
    out = capsys.readouterr().out
    for name in ("ask", "chat", "ingest", "evaluate", "run", "FOOTNOTE_DATA_DIR"):
        assert name in out


ENVOY = """Title: Envoy recalled after dinner
Source: The Daily Example
Date: 2026-03-17
URL: https://daily.example/envoy

The envoy of Zorblatt was recalled on Tuesday because he sang at dinner with the minister.
Nobody at the table had asked him to sing, said two of the guests on Wednesday.
"""


def test_an_article_is_summed_up_with_citations(run: Any, tmp_path: Path):
    (tmp_path / "envoy.txt").write_text(ENVOY)
    run("ingest", str(tmp_path / "envoy.txt"))
    status, out, err = run("summarize", "envoy.txt", "--length", "line")
    assert (status, err) == (0, "")
    lead = "The envoy of Zorblatt was recalled on Tuesday because he sang at dinner"
    assert f"{lead} with the minister. [1]" in out
    assert "https://daily.example/envoy#:~:text=" in out


def test_a_summary_for_programs_is_as_the_schema_says(run: Any, tmp_path: Path):
    (tmp_path / "envoy.txt").write_text(ENVOY)
    run("ingest", str(tmp_path / "envoy.txt"))
    for asked in (["Envoy recalled"], ["--topic", "envoy of Zorblatt"], ["--topic", "penguins"]):
        status, out, _ = run("summarize", *asked, "--json")
        told = json.loads(out)
        jsonschema_rs.validator_for(SCHEMA).validate(told)
        assert status == (0 if told["outcome"] == "answered" else 1)
    assert told["refusal"]["message"] == "Nothing in the articles speaks of “penguins”."


def test_a_timeline_is_drawn_to_a_file_and_told_in_words(run: Any, tmp_path: Path):
    (tmp_path / "envoy.txt").write_text(ENVOY)
    run("ingest", str(tmp_path / "envoy.txt"))
    target = tmp_path / "timeline.png"
    status, _, err = run("summarize", "--topic", "envoy of Zorblatt", "--timeline", str(target))
    assert status == 0
    assert target.read_bytes().startswith(b"\x89PNG")
    assert "17 March 2026, The Daily Example: first report." in err
    nowhere = str(tmp_path / "none" / "timeline.png")
    status, _, err = run("summarize", "Envoy recalled", "--timeline", nowhere)
    assert (status, "could not be written" in err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "Say what to sum up"),
        (["envoy", "--topic", "envoy"], "both together say too much"),
        (["--topic", "envoy", "--since", "blue"], "is no day that I understand"),
        (["--topic", "envoy", "--since", ""], "is no day that I understand"),
        (["--topic", "envoy", "--since", "2026-04-01", "--until", "2026-03-01"], "please swap"),
        (["nobody"], "No article here is called “nobody”"),
    ],
)
def test_what_cannot_be_summed_up_is_said(run: Any, arguments: list[str], told: str):
    status, out, err = run("summarize", *arguments)
    assert (status, out) == (2, "")
    assert told in err
