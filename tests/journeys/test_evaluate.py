"""`evaluate` in the terminal: a set measured, a first set made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import bot
from retrieval.evaluation.evaluate import NAMES as ALL_NAMES

# Without labels written by reading, and without --twins, these cannot be given.
LABELLED = ("satisfied", "gold_", "refused_though_told", "noise", "twins_")
MEASURED = [name for name in ALL_NAMES if not name.startswith(LABELLED)]

ARTICLES = {
    "envoy": "The envoy Zorblatt was recalled on Tuesday because he sang at dinner.",
    "bridge": "The Quux Bridge was opened by the mayor in 1931. It fell down in 1957.",
    "council": "Anna Zorblatt was elected mayor of Quux by the council. She sang at dinner.",
}
QUESTIONS = (
    ("Why was the envoy Zorblatt recalled?", "he sang at dinner", "envoy"),
    ("When was the Quux Bridge opened?", "1931", "bridge"),
    ("Who was elected mayor of Quux?", "Anna Zorblatt", "council"),
    ("Who won the 2022 World Cup in football?", "", ""),
)


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    folder = tmp_path / "quux"
    folder.mkdir()
    with (folder / "articles.jsonl").open("w") as file:
        for name, text in ARTICLES.items():
            row = {"id": name, "title": name.title(), "url": "", "source": "", "published": ""}
            file.write(json.dumps({**row, "text": text}) + "\n")
    with (folder / "questions.jsonl").open("w") as file:
        for number, (question, answer, gold) in enumerate(QUESTIONS):
            row = {"id": str(number), "question": question, "answerable": bool(answer), "meta": {}}
            row |= {"answers": [answer] if answer else [], "gold_article_ids": [gold] * bool(gold)}
            file.write(json.dumps(row) + "\n")
    return folder


def test_a_set_is_measured_in_a_table_of_whole_lines(run: Any, questions: Path, data_dir: Path):
    status, out, err = run("evaluate", str(questions))
    assert (status, err) == (0, "")
    lines = [line.split() for line in out.splitlines()]
    assert lines[0] == "quux: 4 of 4 questions, 3 articles".split()
    assert lines[1][0] == "on"
    assert "Python" in lines[1]
    assert "article_hit@1 1.000 1.000 – 1.000 3".split() in lines
    assert "sentence_hit@1 1.000 1.000 – 1.000 3".split() in lines
    assert "refusal_recall 1.000 1.000 – 1.000 4".split() in lines
    assert [line[0] for line in lines if line and line[0] in ALL_NAMES] == MEASURED
    assert [line[0] for line in lines[-2:] if line] == ["total"]
    assert not data_dir.exists()


def test_the_json_has_the_figures_and_nothing_else(run: Any, questions: Path):
    status, out, err = run("evaluate", str(questions), "--json")
    assert (status, err) == (0, "")
    data = json.loads(out)
    assert list(data) == ["set", "machine", "measures"]
    assert (data["set"], list(data["measures"])) == ("quux", MEASURED)
    for figure in data["measures"].values():
        assert list(figure) == ["value", "low", "high"]
        assert figure["low"] <= figure["value"] <= figure["high"]


def test_a_cache_is_filled_once_and_fewer_questions_can_be_asked(
    run: Any, questions: Path, tmp_path: Path
):
    cache = tmp_path / "cache"
    libraries = []
    for _ in range(2):
        status, out, _ = run("evaluate", str(questions), "--cache", str(cache), "--limit", "2")
        assert (status, out.splitlines()[0]) == (0, "quux: 2 of 4 questions, 3 articles")
        (library,) = cache.glob("quux-*/library.db")
        libraries.append(library.read_bytes())
    assert libraries[0] == libraries[1]


def test_what_is_wrong_is_one_sentence_and_a_status(run: Any, questions: Path, tmp_path: Path):
    (tmp_path / "empty").mkdir()
    torn = questions / "questions.jsonl"
    torn.write_text(torn.read_text() + '{"id": "x", "quest')
    for arguments, says in (
        ([], "Name a question set to measure, or --starter FOLDER to make a first one."),
        ([str(questions), "--starter", "x"], "Name a question set to measure, or --starter"),
        ([str(tmp_path / "no")], f"There is no folder {tmp_path / 'no'}; name one with articles."),
        ([str(tmp_path / "empty")], f"{tmp_path / 'empty'} has no articles.jsonl; a set is"),
        ([str(questions)], f"Line 5 of {torn}: it is not JSON; correct the line or take it out."),
        ([str(questions), "--library", "x"], "A set is asked in a library of its own; leave"),
        (["--starter", "x"], "There is no library yet; make it with: bot.py ingest PATH"),
    ):
        status, out, err = run("evaluate", *arguments)
        assert (status, out) == (2, "")
        assert err.startswith(f"footnote: {says}")
        assert err.count("\n") == 1


@pytest.mark.parametrize("limit", ["0", "-1", "many", "1.5"])
def test_a_limit_is_a_number_of_questions(
    limit: str, questions: Path, capsys: pytest.CaptureFixture[str]
):
    with pytest.raises(SystemExit) as done:
        bot.main(["evaluate", str(questions), f"--limit={limit}"])
    assert done.value.code == 2
    assert "is not a number of questions, such as 500" in capsys.readouterr().err


def test_a_first_set_is_made_from_the_library_and_measured(run: Any, tmp_path: Path):
    for name, text in ARTICLES.items():
        (tmp_path / f"{name}.txt").write_text(f"Title: {name}\n\n{text}")
    paths = [str(tmp_path / f"{name}.txt") for name in ARTICLES]
    assert run("ingest", "--library", "mine", *paths)[0] == 0
    folder = tmp_path / "first"
    status, out, err = run("evaluate", "--starter", str(folder), "--library", "mine")
    assert (status, err) == (0, "")
    assert out.startswith(f"In {folder}: 3 articles, 3 questions with an answer and ")
    assert "Rules made them, and some are wrong." in out
    assert "When was the Quux Bridge opened by the mayor?" in (
        (folder / "questions.jsonl").read_text()
    )
    status, out, err = run("evaluate", str(folder), "--json")
    assert (status, json.loads(out)["measures"]["article_hit@1"]["value"]) == (0, 1)
    status, _, err = run("evaluate", "--starter", str(folder), "--library", "mine")
    assert status == 2
    assert err.startswith(f"footnote: {folder} is there already and is not empty; name a new")


def test_a_librarys_threshold_is_fitted_on_a_set_and_given_back(
    run: Any, questions: Path, tmp_path: Path
):
    (tmp_path / "envoy.txt").write_text(f"Title: Envoy\n\n{ARTICLES['envoy']}")
    assert run("ingest", str(tmp_path / "envoy.txt"))[0] == 0
    status, out, err = run("evaluate", str(questions), "--calibrate")
    assert status == 2
    assert err == ("footnote: quux has 3 questions with an answer; a threshold takes 15 of them.\n")

    rows = [json.loads(line) for line in (questions / "questions.jsonl").read_text().splitlines()]
    more = [{**row, "id": f"{row['id']}-{n}"} for row in rows[:3] for n in range(5)]
    for number, place in enumerate(("Museum", "Station", "Tunnel", "Harbour", "Theatre") * 3):
        question = f"When was the Quux {place} opened?"
        more.append({**rows[3], "id": f"w{number}", "question": question})
    (questions / "questions.jsonl").write_text("\n".join(map(json.dumps, more)))
    status, out, err = run("evaluate", str(questions), "--calibrate")
    assert (status, err) == (0, "")
    told = out.splitlines()[-1]
    assert told.startswith("Answers of this library now take a confidence of 0.")
    assert "(before: 0.24), fitted on 30 questions. Of new questions like these" in told
    fit = told.split("confidence of ")[1][:4]
    assert fit != "0.50"

    trace = run("ask", "--trace", "Why was the envoy Zorblatt recalled?")[1]
    threshold = trace.split("\nthreshold: ")[1].split()[0]
    assert float(threshold) == pytest.approx(float(fit), abs=0.006)
    assert run("evaluate", "--as-shipped") == (
        0,
        "Answers of this library take a confidence of 0.24 again.\n",
        "",
    )
    assert "\nthreshold: 0.24\n" in run("ask", "--trace", "Why was the envoy Zorblatt recalled?")[1]
    assert run("evaluate", "--calibrate")[2].startswith("footnote: Name a question set to measure")
