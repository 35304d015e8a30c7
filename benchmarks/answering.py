"""How well and how fast questions are answered, on question sets.

    python benchmarks/answering.py SET... --cache FOLDER

Prints a Markdown table: of the answerable questions, how many were answered, and how many
with a citation that holds an accepted answer; of the others, how many were refused; how many
citations hold (all, or something is very wrong); milliseconds a question; memory.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.sets import holds_answer, library, rows
from retrieval.answer import Question
from retrieval.embedder import Embedder
from retrieval.pipeline import Asking
from retrieval.verify import holds


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure answering.")
    parser.add_argument("sets", nargs="+", type=Path)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=1000, help="questions of a set, at most")
    options = parser.parse_args()
    embedder = Embedder.load()
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}\n")
    print(
        "| set | passages | questions | answered | sentence in the answer "
        "| others refused | citations that hold | ms p50 | ms p95 | peak MB |"
    )
    print("|---" * 10 + "|")
    for folder in options.sets:
        print(measure(folder, options.cache, embedder, options.limit), flush=True)


def measure(folder: Path, cache: Path, embedder: Embedder, limit: int) -> str:
    asking = Asking(library(folder, cache, embedder), embedder)
    store = asking.library.store
    asking.ask(Question.of("Is this the first question?"))
    questions = list(rows(folder / "questions.jsonl"))
    questions = questions[:: max(1, len(questions) // limit)]
    answered, contained, refused, times = [], [], [], []
    cited = held = 0
    for row in questions:
        answer = asking.ask(Question.of(row["question"]))
        times.append(answer.timings_ms["total"])
        near = answer.refusal.near if answer.refusal else ()
        for citation in (*answer.citations, *near):
            cited += 1
            held += holds(store, citation)
        if row["answerable"]:
            answered.append(answer.answered)
            contained.append(
                any(
                    citation.article.id in row["gold_article_ids"]
                    and holds_answer(citation.quote, row["answers"], "")
                    for citation in answer.citations
                )
            )
        else:
            refused.append(not answer.answered)
    p50, p95 = np.percentile(times, (50, 95))
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return (
        f"| {folder.name} | {store.passage_count():,} | {len(questions)} "
        f"| {share(answered)} | {share(contained)} | {share(refused)} | {held} of {cited} "
        f"| {p50:.0f} | {p95:.0f} | {peak_mb:.0f} |"
    )


def share(values: list[bool]) -> str:
    return f"{np.mean(values):.3f}" if values else "–"


if __name__ == "__main__":
    main()
