"""Measures how many false sentences the checker lets through, and how many true ones it refuses.

    python benchmarks/checker.py SET... [--limit SENTENCES]

Sentences of the sets' articles are changed (mutations.py) and checked against the originals; where
two are joined, against both. It prints a Markdown table, and what went wrong.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.mutations import MUTATIONS, VARIANTS, joined, stretch_left_out
from benchmarks.rows import rows
from corpus.segmentation.splitter import sentences
from retrieval.answering.support import unsupported

SHOWN = 5  # of what went wrong, each kind


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the checker.")
    parser.add_argument("sets", nargs="+", type=Path)
    parser.add_argument("--limit", type=int, default=2000, help="sentences of a set, at most")
    parser.add_argument("--show", action="store_true", help="print some of the mistakes")
    options = parser.parse_args()
    made: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    wrong: list[str] = []
    started, checked = time.perf_counter(), 0
    for folder in options.sets:
        taken = _sentences(folder, options.limit)
        dice = random.Random(20)  # noqa: S311  no secret
        for at, text in enumerate(taken):
            tries = [(m.__name__, m(text, dice), [text]) for m in MUTATIONS]
            other = taken[at - 1]
            tries.append(("joined", joined(text, other, dice), [text, other]))
            tries.append(("stretch left out", stretch_left_out(text, dice), [text]))
            tries += [(v.__name__, v(text, dice), [text]) for v in VARIANTS]
            variants = {v.__name__ for v in VARIANTS}
            for name, changed, cited in tries:
                if changed is None or (changed in cited and name not in variants):
                    continue
                made[name] += 1
                checked += 1
                is_refused = bool(unsupported(changed, cited))
                refused[name] += is_refused
                if is_refused == (name in variants) and len(wrong) < 1000:
                    wrong.append(f"{name}: {changed!r} from {text!r}")
    spent = time.perf_counter() - started
    print("| change | tried | refused |\n|---|---|---|")
    for name, count in made.items():
        print(f"| {name.replace('_', ' ')} | {count:,} | {refused[name] / count:.2%} |")
    print(f"\n{checked:,} checks, {1000 * spent / checked:.2f} ms each")
    if options.show:
        shown: Counter[str] = Counter()
        for line in wrong:
            name = line.partition(":")[0]
            shown[name] += 1
            if shown[name] <= SHOWN:
                print(line)


def _sentences(folder: Path, limit: int) -> list[str]:
    """Sentences of 40 to 500 characters, spread evenly over the set's articles."""
    found = [
        sentence.text
        for row in rows(folder / "articles.jsonl")
        for sentence in sentences(row["text"])
        if 40 <= len(sentence.text) <= 500 and " " in sentence.text
    ]
    return found[:: max(1, len(found) // limit)][:limit]


if __name__ == "__main__":
    main()
