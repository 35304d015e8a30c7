"""What earlier versions of the program wrote is opened by this one, with nothing lost.

Each file here was made by the program as it was: a library with one article, and what the bot
remembers of Discord with one setting; the number is that of the file's layout. A release adds its
own two (scripts/keep_for_upgrades.py), and none is ever made again.
"""

from __future__ import annotations

import lzma
import shutil
from pathlib import Path

import pytest

import bot
from cogs.records.database import FILE_NAME, Records
from cogs.records.server_settings import ServerRules
from corpus.storage.locations import library_file
from corpus.storage.maintenance import verify

HERE = Path(__file__).parent
LIBRARIES = sorted(file.name for file in HERE.glob("library-*.xz"))
RECORDS = sorted(file.name for file in HERE.glob("discord-*.xz"))


def unpack(name: str, target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    with lzma.open(HERE / name) as packed, target.open("wb") as file:
        shutil.copyfileobj(packed, file)
    return target


def test_the_newest_layouts_are_among_them():
    layouts = [len(list((HERE.parents[1] / folder).glob("*.sql"))) for folder in SCHEMAS]
    assert f"library-{layouts[0]}.xz" in LIBRARIES
    assert f"discord-{layouts[1]}.xz" in RECORDS


SCHEMAS = ("corpus/storage/sqlite/schema", "cogs/records/schema/sqlite")


@pytest.mark.parametrize("name", LIBRARIES)
def test_a_library_answers_and_is_whole(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    file = unpack(name, library_file(tmp_path, "default"))
    monkeypatch.setenv("FOOTNOTE_DATA_DIR", str(tmp_path))
    assert bot.main(["ask", "why was the envoy of Zorblatt recalled?"]) == 0
    said = capsys.readouterr().out
    assert "was recalled because he had sung at dinner, the palace said." in said
    assert "The Daily Example · 16 March 2026" in said
    assert "https://daily.example/envoy#:~:text=" in said
    note = tmp_path / "note.txt"
    note.write_text("The bridge over the Xyzzy was opened again on Wednesday.", encoding="utf-8")
    assert bot.main(["ingest", str(note)]) == 0
    assert "the library has 2 articles" in capsys.readouterr().out
    assert bot.main(["ask", "why was the envoy of Zorblatt recalled?"]) == 0
    assert "had sung at dinner" in capsys.readouterr().out
    assert [check.name for check in verify(file) if not check.ok] == []


@pytest.mark.parametrize("name", RECORDS)
async def test_what_the_bot_remembers_is_still_known(name: str, tmp_path: Path):
    records = await Records.open(unpack(name, tmp_path / FILE_NAME))
    assert (await ServerRules(records).of(7)).time_zone == "Europe/Berlin"
    await records.close()
