"""Draw the house: its rooms, and which room imports which, as docs/pictures/architecture.svg.

A room is a folder of modules, such as corpus/web; the modules that lie beside the rooms of a
package are a room with the package's name. Every import counts, also those inside functions and
under TYPE_CHECKING. Only an arrow that says something new is drawn: where one room imports another
by way of a third, the direct arrow is left out (Aho, Garey and Ullman, The Transitive Reduction of
a Directed Graph, 1972). So the drawing changes with the rooms, and not with every file.

    python scripts/draw_architecture.py           writes the drawing
    python scripts/draw_architecture.py --check   exits with 1 when it is out of date
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "pictures" / "architecture.svg"
BANDS = (("bot.py",), ("cogs", "terminal"), ("retrieval",), ("corpus",))
"""The packages from top to bottom: each imports those below it."""
TITLES = {
    "bot.py": "the program",
    "cogs": "Discord",
    "terminal": "the terminal",
    "retrieval": "searching and answering",
    "corpus": "articles",
}

Graph = Mapping[str, frozenset[str]]

BOX_HEIGHT, ROW_GAP, COLUMN_GAP, CHAR = 28, 26, 22, 7.6
MARGIN, HEADING, BAND_GAP = 18, 26, 34
SWEEPS = 24
COLOURS = {"bot.py": "#455a64", "cogs": "#5865f2", "terminal": "#00796b"}
COLOURS |= {"retrieval": "#ad5a00", "corpus": "#2e7d32"}


class Circle(Exception):
    """Rooms import each other."""


# -- reading -------------------------------------------------------------------------------


def room_imports(root: Path = ROOT) -> dict[str, frozenset[str]]:
    """Each room with the rooms that it imports. Paths are relative to `root`."""
    files = {"bot": root / "bot.py"}
    for package in ("cogs", "terminal", "retrieval", "corpus"):
        for file in sorted((root / package).rglob("*.py")):
            parts = file.relative_to(root).with_suffix("").parts
            files[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    rooms = {module: _room(module, file, root) for module, file in files.items()}
    targets = {module: _targets(file, rooms) - {module} for module, file in files.items()}
    rooms |= _named_alone(rooms, targets)
    found: dict[str, set[str]] = {
        rooms[module]: set() for module, file in files.items() if file.name != "__init__.py"
    }
    for module, imported in targets.items():
        for room in {rooms[one] for one in imported} - {rooms[module]}:
            if rooms[module] in found and room in found:
                found[rooms[module]].add(room)
    return {room: frozenset(imported) for room, imported in found.items()}


def _room(module: str, file: Path, root: Path) -> str:
    if module == "bot":
        return "bot.py"
    folder = file.relative_to(root).parts[:-1]
    return "/".join(folder[:2])


def _named_alone(rooms: Mapping[str, str], targets: Mapping[str, set[str]]) -> dict[str, str]:
    """Rooms of their own for modules that stand beside the rooms of a package, by module.

    The rooms import some of those (errors), and some stand above all rooms. Where a package has
    both, together they would be in a circle: each of the fewer is a room of its own.
    """
    found: dict[str, str] = {}
    for package in sorted(set(rooms.values())):
        floor = {one for one, room in rooms.items() if room == package and "." in one}
        inside = {one for one, room in rooms.items() if room.startswith(f"{package}/")}
        below: set[str] = set()
        while more := {one for user in inside | below for one in targets[user] & floor} - below:
            below |= more
        above = floor - below
        fewer = above if len(above) <= len(below) else below
        if above and below:
            found |= {one: f"{one.replace('.', '/')}.py" for one in fewer}
    return found


def _targets(file: Path, rooms: Mapping[str, str]) -> set[str]:
    """Those of our modules that a file imports."""
    named = {name if name in rooms else name.rpartition(".")[0] for name in _imported(file)}
    return named & rooms.keys()


def _imported(file: Path) -> Iterator[str]:
    """The modules and names that a file imports, absolute."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{one.name}" for one in node.names)


# -- ordering ------------------------------------------------------------------------------


def levels(graph: Graph) -> dict[str, int]:
    """The longest way down from each room, 0 for one that imports none. Raises Circle."""
    found: dict[str, int] = {}

    def level(room: str, way: tuple[str, ...]) -> int:
        if room in way:
            raise Circle(" > ".join([*way[way.index(room) :], room]))
        if room not in found:
            found[room] = max((level(one, (*way, room)) + 1 for one in graph[room]), default=0)
        return found[room]

    for room in sorted(graph):
        level(room, ())
    return found


def reduced(graph: Graph) -> dict[str, frozenset[str]]:
    """The fewest arrows from which the same rooms can be reached."""
    reach: dict[str, frozenset[str]] = {}
    for room in sorted(graph, key=levels(graph).__getitem__):
        reach[room] = graph[room].union(*(reach[one] for one in graph[room]))
    return {
        room: frozenset(
            one for one in targets if not any(one in reach[other] for other in targets - {one})
        )
        for room, targets in graph.items()
    }


def rows(graph: Graph) -> tuple[list[list[str]], list[tuple[str, str]]]:
    """Rooms and bends in rows from top to bottom, and the lines from one row to the next.

    A line that passes a row bends there, at a place of its own ("from>to@level"). The order in a
    row is by the mean place of the neighbours (Sugiyama, Tagawa and Toda, 1981).
    """
    level = levels(graph)
    by_level: list[list[str]] = [[] for _ in range(max(level.values(), default=0) + 1)]
    for room in sorted(graph):
        by_level[level[room]].append(room)
    lines: list[tuple[str, str]] = []
    for room, targets in sorted(graph.items()):
        for target in sorted(targets):
            bends = [f"{room}>{target}@{n}" for n in range(level[room] - 1, level[target], -1)]
            for bend in bends:
                by_level[int(bend.rpartition("@")[2])].append(bend)
            way = [room, *bends, target]
            lines += pairwise(way)
    order = by_level[::-1]
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        for row in order if down else order[::-1]:
            _by_neighbours(row, order, lines, above=down)
    return order, lines


def _by_neighbours(
    row: list[str], order: list[list[str]], lines: Iterable[tuple[str, str]], *, above: bool
) -> None:
    place = {one: (n + 0.5) / len(each) for each in order for n, one in enumerate(each)}
    mean = {}
    for one in row:
        near = [place[a] for a, b in lines if b == one] if above else []
        near += [] if above else [place[b] for a, b in lines if a == one]
        mean[one] = sum(near) / len(near) if near else place[one]
    row.sort(key=lambda one: (mean[one], place[one]))


# -- drawing -------------------------------------------------------------------------------


def drawing(imports: Graph) -> str:
    """The whole drawing as SVG. Raises Circle, also where a band imports one above it."""
    _check_bands(imports)
    parts: list[str] = []
    blocks = []
    for band in BANDS:
        row = []
        for package in band:
            inside = {r: t & _within(package, imports) for r, t in imports.items()}
            row.append((package, {r: inside[r] for r in _within(package, imports)}))
        blocks.append(row)
    total = max(
        sum(_size(graph)[0] + COLUMN_GAP for _, graph in row) - COLUMN_GAP for row in blocks
    )
    y = float(MARGIN)
    for number, row in enumerate(blocks):
        sizes = [_size(graph) for _, graph in row]
        spare = (total - sum(w for w, _ in sizes) - COLUMN_GAP * (len(row) - 1)) / len(row)
        height = max(h for _, h in sizes)
        x = float(MARGIN)
        for (package, graph), (width, _) in zip(row, sizes, strict=True):
            parts += _block(package, graph, x, y, width + spare, height)
            x += width + spare + COLUMN_GAP
        y += height
        if number + 1 < len(blocks):
            middle = MARGIN + total / 2
            parts.append(
                f'<path class="road" marker-end="url(#road)" '
                f'd="M{middle:.0f} {y + 4:.0f}V{y + BAND_GAP - 9:.0f}"/>'
            )
            y += BAND_GAP
    return _svg(total + 2 * MARGIN, y + MARGIN, parts)


def _within(package: str, imports: Graph) -> frozenset[str]:
    return frozenset(room for room in imports if room.partition("/")[0] == package)


def _check_bands(imports: Graph) -> None:
    height = {package: n for n, band in enumerate(BANDS) for package in band}
    for room, targets in sorted(imports.items()):
        for target in sorted(targets):
            here, there = room.partition("/")[0], target.partition("/")[0]
            if here != there and height[there] <= height[here]:
                raise Circle(f"{room} > {target}, which is not below it")


def _size(graph: Graph) -> tuple[float, float]:
    order, _ = rows(reduced(graph))
    width = max(sum(map(_width, row)) + COLUMN_GAP * (len(row) - 1) for row in order)
    return width + 2 * MARGIN, HEADING + len(order) * (BOX_HEIGHT + ROW_GAP) - ROW_GAP + MARGIN


def _width(one: str) -> float:
    return 0 if "@" in one else len(_label(one)) * CHAR + 22


def _label(room: str) -> str:
    return room if "/" in room or "." in room else f"{room}/*.py"


def _block(
    package: str, graph: Graph, x: float, y: float, width: float, height: float
) -> list[str]:
    """A package: its frame, its rooms in rows, and the arrows between them."""
    colour = COLOURS[package]
    name = package if package == "bot.py" else f"{package}/"
    parts = [
        f'<rect class="band" x="{x:.0f}" y="{y:.0f}" width="{width:.0f}" height="{height:.0f}" '
        f'rx="8" stroke="{colour}"/>',
        f'<text class="title" x="{x + 12:.0f}" y="{y + 18:.0f}" fill="{colour}">{name} '
        f'<tspan class="about">{TITLES[package]}</tspan></text>',
    ]
    order, lines = rows(reduced(graph))
    place: dict[str, tuple[float, float]] = {}
    for number, row in enumerate(order):
        taken = sum(map(_width, row))
        gap = (width - taken) / (len(row) + 1)
        left, top = x + gap, y + HEADING + number * (BOX_HEIGHT + ROW_GAP)
        for one in row:
            place[one] = left + _width(one) / 2, top
            left += _width(one) + gap
    for start, end in lines:
        (x1, y1), (x2, y2) = place[start], place[end]
        y1 += 0 if "@" in start else BOX_HEIGHT
        through = f"V{y2 + BOX_HEIGHT:.0f}" if "@" in end else ""
        y2 -= 0 if "@" in end else 5
        middle = (y1 + BOX_HEIGHT * ("@" in start) + y2) / 2
        y1 += BOX_HEIGHT * ("@" in start)
        marker = "" if "@" in end else ' marker-end="url(#arrow)"'
        parts.append(
            f'<path class="arrow"{marker} d="M{x1:.0f} {y1:.0f}C{x1:.0f} {middle:.0f} '
            f'{x2:.0f} {middle:.0f} {x2:.0f} {y2:.0f}{through}"/>'
        )
    for one, (centre, top) in place.items():
        if "@" not in one:
            parts.append(
                f'<rect x="{centre - _width(one) / 2:.0f}" y="{top:.0f}" '
                f'width="{_width(one):.0f}" height="{BOX_HEIGHT}" rx="5" fill="{colour}"/>'
                f'<text class="room" x="{centre:.0f}" y="{top + 19:.0f}">{_label(one)}</text>'
            )
    return parts


def _svg(width: float, height: float, parts: Iterable[str]) -> str:
    style = (
        "text{font:13px Verdana,DejaVu Sans,sans-serif}.title{font-weight:bold;font-size:14px}"
        ".about{font-weight:normal;fill:#555;font-size:13px}"
        ".room{fill:#fff;text-anchor:middle;font-size:12px}.band{fill:#fff;stroke-width:1.5}"
        ".arrow{fill:none;stroke:#888;stroke-width:1.3}.road{stroke:#444;stroke-width:4}"
    )
    head = '<path d="M0 0L10 5L0 10z" fill="{}"/></marker>'
    marker = '<marker id="{}" viewBox="0 0 10 10" refX="{}" refY="5" markerWidth="{}" '
    marker += 'markerHeight="{}" orient="auto">'
    lines = [
        "<!-- Made by scripts/draw_architecture.py; do not edit. -->",
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" role="img">',
        "<title>The rooms of Footnote; an arrow goes from a room to one that it imports</title>",
        f"<style>{style}</style>",
        f"<defs>{marker.format('arrow', 6, 7, 7)}{head.format('#888')}",
        f"{marker.format('road', 4, 3, 3)}{head.format('#444')}</defs>",
        f'<rect width="{width:.0f}" height="{height:.0f}" rx="10" fill="#f6f6f4"/>',
        *parts,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    try:
        made = drawing(room_imports())
    except Circle as error:
        print(f"Rooms import each other: {error}", file=sys.stderr)
        return 1
    if "--check" not in sys.argv[1:]:
        PICTURE.write_text(made, encoding="utf-8")
        return 0
    if PICTURE.is_file() and PICTURE.read_text(encoding="utf-8") == made:
        return 0
    print(f"{PICTURE.name} is out of date; run: python {sys.argv[0]}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
