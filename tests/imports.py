"""Who imports whom, read from the files: at the top, inside functions and for the type checker."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("corpus", "retrieval", "cogs", "terminal")

Imports = Mapping[str, set[str]]


def modules(root: Path) -> dict[str, Path]:
    """The file of each module and package below `root`, by its dotted name."""
    found = {}
    for file in sorted(root.rglob("*.py")):
        parts = file.relative_to(root).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


def imports(root: Path) -> Imports:
    """For each module below `root`, the modules below `root` that it imports, wherever it does."""
    known = modules(root)
    return {name: set(imported(file, known)) - {name} for name, file in known.items()}


def imported(file: Path, known: Mapping[str, Path]) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            inside = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [name if name in known else node.module for name in inside]
        yield from (name for name in names if name in known)


def circle(found: Imports) -> list[str]:
    """One import circle, each module before the one that imports it; empty if there is none."""
    try:
        TopologicalSorter(found).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def between_rooms(found: Imports) -> Imports:
    """The same between rooms: the folders, and each module that lies beside other folders.

    What lies beside rooms may be below them all, as errors are, or above them, as a client is.
    """
    packages = {name.rpartition(".")[0] for name in found}
    beside = {name.rpartition(".")[0] for name in packages}
    room_of = {
        name: name if (folder := name.rpartition(".")[0]) in beside else folder for name in found
    }
    rooms: dict[str, set[str]] = {}
    for name, imported in found.items():
        rooms.setdefault(room_of[name], set()).update(room_of[one] for one in imported)
    return {room: imported - {room} for room, imported in rooms.items()}
