"""Have atheris look for bytes that break a parser.

    pip install atheris==3.0.0
    python -m tests.fuzz.run NAME SECONDS [FOLDER]

Stops with status 0 when nothing was found in that time; what was found is in tests/fuzz/cases.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import atheris

CASES = Path(__file__).parent / "cases"
MAX_BYTES = 20_000
SLOW_S = 20
MOST_MB = 2500

with atheris.instrument_imports(include=["corpus", "retrieval"], enable_loader_override=False):
    from tests.fuzz.parsers import PARSERS
    from tests.fuzz.seeds import seeds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=PARSERS)
    parser.add_argument("seconds", type=int)
    parser.add_argument("folder", type=Path, nargs="?", help="where what was learnt is kept")
    given = parser.parse_args()
    found = CASES / given.name
    found.mkdir(parents=True, exist_ok=True)
    folder = given.folder or Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds(given.name)):
        (folder / f"seed-{number}").write_bytes(seed)
    options = [
        f"-max_total_time={given.seconds}",
        f"-max_len={MAX_BYTES}",
        f"-timeout={SLOW_S}",
        f"-rss_limit_mb={MOST_MB}",
        f"-artifact_prefix={found}/",
        "-print_final_stats=1",
        "-verbosity=1",
    ]
    atheris.Setup([sys.argv[0], *options, str(folder), str(found)], PARSERS[given.name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
