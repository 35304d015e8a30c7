"""`forget` and `library …` in the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from corpus.storage.locations import library_file
from retrieval.index import snapshots


@pytest.fixture
def articles(run: Any, tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "envoy.txt").write_text(
        "Title: Envoy recalled\nURL: https://daily.example/envoy\n\n"
        "The envoy was recalled on Tuesday because he sang at dinner."
    )
    (folder / "bridge.txt").write_text("Title: Bridge\n\nThe Quux bridge opened in 1931.")
    (folder / "bridge2.txt").write_text("Title: Bridge\n\nAnother bridge opened in 1957.")
    assert run("ingest", str(folder))[0] == 0
    return folder


def test_forgetting_an_article(run: Any, articles: Path, data_dir: Path):
    assert run("forget", "https://daily.example/ENVOY")[:2] == (0, "Forgotten: Envoy recalled\n")
    assert run("ask", "Why was the envoy recalled?")[0] == 1
    assert not any(b"sang" in file.read_bytes() for file in data_dir.rglob("*") if file.is_file())
    status, _, err = run("forget", "envoy.txt")
    assert status == 1
    assert "bot.py library list shows what there is" in err


def test_a_damaged_library_that_was_kept_is_named_when_an_article_is_forgotten(
    run: Any, articles: Path, data_dir: Path
):
    kept = library_file(data_dir).with_name("library.db.damaged")
    kept.write_bytes(b"he sang at dinner")
    status, _, err = run("forget", "envoy.txt")
    assert (status, str(kept) in err, "delete that file" in err) == (0, True, True)


def test_a_name_that_fits_two_articles_forgets_neither(run: Any, articles: Path):
    status, out, err = run("forget", "bridge")
    assert status == 1
    assert "2 articles are called bridge; name one by its id:" in err
    first, second = (line.split()[0] for line in out.splitlines())
    assert first != second
    assert run("forget", first)[0] == 0
    assert run("forget", "bridge2.txt")[0] == 0
    assert "1 article\n" not in run("library", "list")[1]
    assert "Envoy recalled" in run("library", "list")[1]


def test_backup_damage_verify_restore(run: Any, articles: Path, data_dir: Path, tmp_path: Path):
    file = tmp_path / "monday.footnote"
    status, out, _ = run("library", "backup", str(file))
    assert (status, out) == (0, f"3 articles in {file}, checked.\n")
    status, out, err = run("library", "verify")
    assert (status, err) == (0, "")
    assert all(line.startswith("ok ") for line in out.splitlines())
    path = library_file(data_dir)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    status, out, err = run("library", "verify")
    assert status == 2
    assert "restore" in err or "backup" in err
    assert run("library", "restore", str(file))[:2] == (0, "The library has 3 articles now.\n")
    assert run("ask", "Why was the envoy recalled?")[0] == 0
    assert run("library", "restore", str(file))[0] == 2
    assert run("library", "restore", "--replace", str(file))[0] == 0
    assert run("library", "restore", "--library", "1234", str(file))[0] == 0
    assert run("ask", "--library", "1234", "Why was the envoy recalled?")[0] == 0


def test_counts_and_rebuilding(run: Any, articles: Path, data_dir: Path):
    status, out, _ = run("library", "stats")
    assert status == 0
    counts = dict(line.split(maxsplit=1) for line in out.splitlines())
    assert counts["articles"].strip() == "3"
    assert counts["passages"].strip() == "3"
    assert counts["index"] == "none in files; searched from memory"
    assert snapshots.make_snapshot(library_file(data_dir))
    assert run("library", "stats")[1].splitlines()[-1] == (
        "index      3 passages up to change 3, exact; 0 since"
    )
    assert run("library", "rebuild")[:2] == (0, "Rebuilt from the texts of 3 articles.\n")
    assert run("ask", "Why was the envoy recalled?")[0] == 0
    assert run("library", "verify")[0] == 0


def test_what_was_changed_in_an_article(run: Any, articles: Path):
    (articles / "envoy.txt").write_text(
        "Title: Envoy recalled\nURL: https://daily.example/envoy\nDate: 2026-03-17\n"
        "Updated: 2026-03-18\n\nThe envoy was recalled on Wednesday because he sang at dinner "
        "for 14 guests. Correction: he was recalled on Wednesday."
    )
    status, out, _ = run("ingest", str(articles))
    assert status == 0
    assert out.splitlines()[0] == ("Envoy recalled: Correction: he was recalled on Wednesday.")
    status, out, err = run("library", "changes", "envoy recalled")
    assert (status, err) == (0, "")
    title, _, version, *changes = out.splitlines()
    assert title.startswith("Envoy recalled (daily-example-")
    assert version.startswith("version 2, read 20")
    assert version.endswith(", published 2026-03-17, updated 2026-03-18")
    assert changes == [
        "  - The envoy was recalled on Tuesday because he sang at dinner.",
        "  + The envoy was recalled on Wednesday because he sang at dinner for 14 guests.",
        "    no number → 14",
        "  + Correction: he was recalled on Wednesday.",
        "    a correction",
    ]
    assert "; nothing has changed since" in run("library", "changes", "bridge2.txt")[1]
    status, _, err = run("library", "changes", "nothing")
    assert (status, "bot.py library list shows what there is" in err) == (1, True)


def test_copies_are_counted_and_named(run: Any, articles: Path):
    text = (
        "The envoy was recalled on Tuesday, and nobody at the ministry said for what reason. " * 3
    )
    for name in ("reuters", "gazette"):
        (articles / f"{name}.txt").write_text(f"Title: In the {name}\n\n{text}")
    assert run("ingest", str(articles))[0] == 0
    counts = dict(line.split(maxsplit=1) for line in run("library", "stats")[1].splitlines())
    assert counts["copies"] == "1"
    assert "the same text: In the reuters (" in run("library", "changes", "in the gazette")[1]


@pytest.mark.parametrize(
    "action", [["list"], ["stats"], ["verify"], ["rebuild"], ["backup", "f"], ["changes", "a"]]
)
def test_without_a_library_the_actions_say_how_to_make_one(run: Any, action: list[str]):
    status, _, err = run("library", *action)
    assert status == 2
    assert err == "footnote: There is no library yet; make it with: bot.py ingest PATH\n"
