"""Compares all search engines: runs benchmarks/search.py for each, prints a table, draws a plot.

    python -m benchmarks.compare PASSAGES VECTORS QUESTIONS --work FOLDER --peers PYTHON

PYTHON is the interpreter of an environment with benchmarks/engines/requirements.txt. What FOLDER
has results for is not measured again, nor what failed; --counts and --engines choose what to
measure. --report OUT writes the table to OUT.md and the plot to OUT.svg, which needs matplotlib;
text above the table in OUT.md stays.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from retrieval.evaluation.machine import machine

ENGINES = {
    "ours": "Footnote",
    "floor": "raw faiss + tantivy",
    "txtai_": "txtai",
    "lancedb_": "LanceDB",
    "chroma_": "Chroma",
    "faiss_haystack": "faiss-haystack",
    "haystack_memory": "Haystack InMemory",
}
COUNTS = (1_000, 10_000, 100_000, 1_000_000)
MADE = "<!-- what follows is made by benchmarks/compare.py -->"
MOST_S = 900  # for loading, and for asking

Results = dict[tuple[str, int], dict[str, Any]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("passages", "vectors", "questions"):
        parser.add_argument(name, nargs="?")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--peers", default=sys.executable)
    parser.add_argument("--counts", type=int, nargs="+", default=COUNTS)
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    parser.add_argument("--report", type=Path)
    given = parser.parse_args()
    if given.report is None:
        for count in given.counts:
            for engine in given.engines:
                measure(engine, count, given)
    found = results(given.work)
    text = table(found)
    print(text)
    if given.report is not None:
        page = given.report.with_suffix(".md")
        above = page.read_text(encoding="utf-8").partition(MADE)[0] if page.exists() else ""
        page.write_text(f"{above}{MADE}\n\n{text}", encoding="utf-8")
        plot(found, given.report.with_suffix(".svg"))


def measure(engine: str, count: int, given: argparse.Namespace) -> None:
    if {"vector", "failed"} & results(given.work).get((engine, count), {}).keys():
        return
    python = sys.executable if engine == "ours" else given.peers
    data = (given.passages, given.vectors, given.questions)
    for what in ("load", "ask"):
        command = [python, "-m", "benchmarks.search", what, engine, *data]
        command += ["--count", str(count), "--work", str(given.work)]
        quiet = {"HAYSTACK_TELEMETRY_ENABLED": "False", "ANONYMIZED_TELEMETRY": "False"}
        try:
            subprocess.run(command, check=True, timeout=MOST_S, env={**os.environ, **quiet})  # noqa: S603
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            print(f"{engine} at {count:,}: {error}", flush=True)
            late = isinstance(error, subprocess.TimeoutExpired)
            why = f"over {MOST_S // 60} min" if late else "broke off"
            line = {"engine": engine, "count": count, "failed": f"{what}: {why}"}
            with (given.work / "results.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
            return


def results(work: Path) -> Results:
    """The last result for each engine and count."""
    found: Results = {}
    file = work / "results.jsonl"
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else ():
        one = json.loads(line)
        found.setdefault((one["engine"], one["count"]), {}).update(one)
    return found


def table(found: Results) -> str:
    made = [f"{machine()}. In milliseconds, median / 95th percentile.\n"]
    for count in sorted({count for _, count in found}):
        there = [engine for engine in ENGINES if (engine, count) in found]
        names = " | ".join(ENGINES[engine] for engine in there)
        made += [f"\n## {count:,} passages\n", f"| | {names} |"]
        made.append("| --- |" + " ---: |" * len(there))
        for what, shown in ROWS.items():
            cells = [_cell(shown, found[engine, count]) for engine in there]
            if {*cells} != {"–"}:
                made.append(f"| {what} | {' | '.join(cells)} |")
        if floor := found.get(("floor", count)):
            ratios = [_cell(lambda one: _ratio(one, floor), found[e, count]) for e in there]
            made.append(f"| {OF_THE_FLOOR} | {' | '.join(ratios)} |")
    return "\n".join(made) + "\n"


def _cell(shown: Callable[[dict[str, Any]], str], one: dict[str, Any]) -> str:
    try:
        return shown(one)
    except KeyError:
        return "–"


def _times(key: str) -> Callable[[dict[str, Any]], str]:
    return lambda one: f"{one[key]['p50']:.2f} / {one[key]['p95']:.2f}"


def _ratio(one: dict[str, Any], floor: dict[str, Any]) -> str:
    of_vectors = one["vector"]["p50"] / floor["vector"]["p50"]
    of_both = one["hybrid"]["p50"] / floor["hybrid"]["p50"] if "words" in one else None
    return f"{of_vectors:.2f}" + (f" / {of_both:.2f}" if of_both else "")


OF_THE_FLOOR = "medians, times those of the floor: vector search / both"
ROWS: dict[str, Callable[[dict[str, Any]], str]] = {
    "not measured": lambda one: one["failed"],
    "vector search": _times("vector"),
    "its recall@20": lambda one: f"{one['recall']:.4f}",
    "keyword search": _times("words"),
    "both": lambda one: _times("hybrid")({"words": one["words"], **one}),
    "both, filter keeps 1 %": lambda one: _times("filtered")({"words": one["words"], **one}),
    "vector search, filter keeps 1 %": _times("filtered_vector"),
    "of 20 asked for it returns": lambda one: f"{one['returned']:.1f}",
    "resident memory over the empty process, MB": lambda one: f"{one['resident_mb']:,.0f}",
    "open, s": lambda one: f"{one['open_s']:.2f}",
    "add an article of 10 passages": _times("add"),
    "bulk load, passages/s": lambda one: f"{one['passages_per_s']:,.0f}",
    "files, MB": lambda one: f"{one['files_mb']:,.0f}",
}


def plot(found: Results, file: Path) -> None:
    """How four costs grow with the number of passages, both axes logarithmic."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    matplotlib.rcParams |= {"svg.hashsalt": "footnote", "font.size": 9}
    panels: dict[str, Callable[[dict[str, Any]], float]] = {
        "vector search, ms (median)": lambda one: one["vector"]["p50"],
        "vector search, filter keeps 1 %, ms": lambda one: one["filtered_vector"]["p50"],
        "add an article of 10 passages, ms": lambda one: one["add"]["p50"],
        "resident memory, MB": lambda one: one["resident_mb"],
    }
    figure, axes = pyplot.subplots(2, 2, figsize=(10, 7), layout="constrained")
    for panel, (what, shown) in zip(axes.flat, panels.items(), strict=True):
        for colour, (engine, name) in enumerate(ENGINES.items()):
            points = []
            for count in COUNTS:
                try:
                    points.append((count, shown(found[engine, count])))
                except KeyError:
                    continue
            if points:
                style: dict[str, Any] = {"color": f"C{colour}"}
                if engine == "ours":
                    style = {"linewidth": 2.5, "color": "black", "zorder": 3}
                panel.loglog(*zip(*points, strict=True), marker="o", label=name, **style)
        panel.set_title(what)
        panel.set_xlabel("passages")
        panel.grid(visible=True, alpha=0.3)
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    figure.savefig(file, metadata={"Date": None})


if __name__ == "__main__":
    main()
