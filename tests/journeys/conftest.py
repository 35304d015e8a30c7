"""What the journeys in the terminal share: a data folder of their own, and running a command."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import bot


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data"
    monkeypatch.setenv("FOOTNOTE_DATA_DIR", str(folder))
    monkeypatch.delenv("FOOTNOTE_DISCORD_TOKEN", raising=False)
    return folder


@pytest.fixture
def run(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs a command; returns exit status, standard output and standard error."""

    def run(*arguments: str) -> tuple[int, str, str]:
        status = bot.main(arguments)
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return status, said.out, said.err

    return run
