"""Measures how much of an article is extracted from web pages, and how much else.

    python -m benchmarks.extraction FOLDER

FOLDER holds ground-truth.json and html/*.html.gz of Zyte's article-extraction-benchmark
(https://github.com/scrapinghub/article-extraction-benchmark). The measure is theirs: for each page,
the runs of four words in both texts against those in one text only, and F1 of the mean precision
and the mean recall. The difference to the first row has a percentile bootstrap over pages. Other
extractors are compared if they are installed (`pip install readability-lxml newspaper4k
resiliparse`).
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from corpus.errors import Unreadable
from corpus.parsing.extract import extract
from corpus.parsing.html import visible_text

RUN = 4  # words
DRAWS = 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", nargs="*", help="the names of the rows to measure")
    options = parser.parse_args()
    folder, only = options.folder, options.only
    truth = json.loads((folder / "ground-truth.json").read_text(encoding="utf-8"))
    files = {key: folder / "html" / f"{key}.html.gz" for key in truth}
    pages = {key: gzip.decompress(file.read_bytes()) for key, file in files.items()}
    print(f"{len(pages)} pages\n")
    print("| extraction | F1 | F1 less that of the first | precision | recall | ms a page |")
    print("|---|---|---|---|---|---|")
    first = None
    for name, reader in readers().items():
        if only and name not in only:
            continue
        started = time.process_time()
        texts = {key: reader(data) for key, data in pages.items()}
        spent = time.process_time() - started
        counts = np.array([overlap(truth[key]["articleBody"], texts[key]) for key in truth])
        f1, precision, recall = measures(counts)
        first = counts if first is None else first
        low, high = interval(counts, first)
        print(
            f"| {name} | {f1:.3f} | {f1 - measures(first)[0]:+.3f} ({low:+.3f} to {high:+.3f}) "
            f"| {precision:.3f} | {recall:.3f} | {spent / len(pages) * 1e3:.0f} |",
            flush=True,
        )


def readers() -> dict[str, Callable[[bytes], str]]:
    """The extractors by name; each takes a page's bytes."""
    from trafilatura import bare_extraction

    def ours(data: bytes) -> str:
        try:
            return extract(data, "a.html").text
        except Unreadable:
            return ""

    def theirs(**settings: Any) -> Callable[[bytes], str]:
        def read(data: bytes) -> str:
            page = data.decode("utf-8", "replace")
            found = bare_extraction(page, include_comments=False, **settings)
            # A document; it would be a dict with as_dict only.
            text: str | None = getattr(found, "text", None)
            return text or ""

        return read

    made = {
        "Footnote": ours,
        "trafilatura": theirs(),
        "trafilatura, favor_precision": theirs(favor_precision=True),
        "trafilatura, favor_recall": theirs(favor_recall=True),
        "trafilatura, fast": theirs(fast=True),
        "trafilatura, no tables": theirs(include_tables=False),
        "trafilatura, deduplicate": theirs(deduplicate=True),
    }
    with suppress(ImportError):
        from readability import Document

        made["readability-lxml"] = lambda data: visible_text(
            Document(data.decode("utf-8", "replace")).summary()
        )
    with suppress(ImportError):
        import newspaper

        made["newspaper4k"] = lambda data: (
            newspaper.article(
                "https://example.org/",
                input_html=data.decode("utf-8", "replace"),
                language="en",
                fetch_images=False,
            ).text
        )
    with suppress(ImportError):
        from resiliparse.extract.html2text import extract_plain_text

        made["resiliparse"] = lambda data: extract_plain_text(
            data.decode("utf-8", "replace"), main_content=True, comments=False
        )
    return made


def overlap(true: str, found: str) -> tuple[float, float, float]:
    """The shares of runs of words: in both texts, in the found one only, in the true one only."""
    wanted, got = runs(true), runs(found)
    both = sum((wanted & got).values())
    parts = (both, sum((got - wanted).values()), sum((wanted - got).values()))
    total = sum(parts) or 1
    return parts[0] / total, parts[1] / total, parts[2] / total


def runs(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text)
    return Counter(tuple(words[at : at + RUN]) for at in range(max(1, len(words) - RUN + 1)))


def measures(counts: np.ndarray) -> tuple[float, float, float]:
    """F1, precision and recall of rows from `overlap`."""
    both, extra, missing = counts.T
    precision = np.mean((both / np.maximum(both + extra, 1e-12))[both + extra > 0])
    recall = np.mean((both / np.maximum(both + missing, 1e-12))[both + missing > 0])
    return float(2 * precision * recall / (precision + recall)), float(precision), float(recall)


def interval(counts: np.ndarray, first: np.ndarray) -> tuple[float, float]:
    """The 95 % interval of the difference of F1 on the same pages."""
    dice = np.random.default_rng(20)
    drawn = []
    for _ in range(DRAWS):
        pages = dice.integers(len(counts), size=len(counts))
        drawn.append(measures(counts[pages])[0] - measures(first[pages])[0])
    return float(np.percentile(drawn, 2.5)), float(np.percentile(drawn, 97.5))


if __name__ == "__main__":
    main()
