"""Much is added at once: Ctrl-C stops it, and the same command goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from corpus.errors import StoreError
from corpus.storage.locations import library_file
from corpus.storage.store import ArticleStore

ROOT = Path(__file__).resolve().parents[2]
FILES = 800


def count(path: Path) -> int:
    try:
        with ArticleStore.open_to_read(path) as store:
            return store.count()
    except StoreError:  # it is not there yet
        return 0


@pytest.mark.skipif(os.name == "nt", reason="there is no such signal to a group")
def test_ctrl_c_stops_and_the_same_command_goes_on(tmp_path: Path):
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(FILES):
        form = "Title: Report {0}\n\nIt rained in town {0}." if number % 9 else "<p>Report {0}."
        suffix = "txt" if number % 9 else "html"
        (folder / f"{number:03}.{suffix}").write_text(form.format(number))
    path = library_file(tmp_path / "data")
    command = [sys.executable, str(ROOT / "bot.py"), "ingest", str(folder)]
    settings = {**os.environ, "FOOTNOTE_DATA_DIR": str(tmp_path / "data")}
    process = subprocess.Popen(
        command,
        env=settings,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # Where the tests run in the background, the shell has them ignore it, and so would this.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    deadline = time.monotonic() + 60
    while count(path) == 0 and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does, to all of its processes
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said == (
        "footnote: Stopped; what was read is stored, and the same command goes on from here.\n"
    )
    kept = count(path)
    assert 0 < kept < FILES
    again = subprocess.run(command, env=settings, capture_output=True, text=True, timeout=120)
    assert (again.returncode, again.stderr) == (0, "")
    assert again.stdout == (
        f"{FILES - kept} added, 0 changed, {kept} unchanged, 0 refused; "
        f"the library has {FILES} articles.\n"
    )
