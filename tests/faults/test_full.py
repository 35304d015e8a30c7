"""A full disk: what was acknowledged is there, a sentence says what to do, and then it goes on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OWN_MOUNTS = ["unshare", "--user", "--map-root-user", "--mount"]


def assert_held(command: list[str]) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout.splitlines()[-1] == "held"


def test_files_that_may_not_grow(tmp_path: Path):
    assert_held([sys.executable, "-m", "tests.faults.full", str(tmp_path), "quota"])


def test_a_disk_that_is_full(tmp_path: Path):
    mount = f"mount -t tmpfs -o size=4m none {tmp_path}"
    try:
        subprocess.run([*OWN_MOUNTS, "sh", "-c", mount], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        if os.environ.get("CI") == "true":  # where all that holds is shown, this is too
            raise
        pytest.skip(f"no file system can be mounted here: {error}")
    run = f"{mount} && exec {sys.executable} -m tests.faults.full {tmp_path} tmpfs"
    assert_held([*OWN_MOUNTS, "sh", "-c", run])
