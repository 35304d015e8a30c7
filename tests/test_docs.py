"""README.md and docs/ say what the program does: nothing is missing, and no link is dead."""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import re
import runpy
from collections.abc import Iterator
from pathlib import Path

import pytest
from discord import app_commands
from discord.ext import commands

import bot
import cogs.commands
from terminal.settings import CONFIG, PREFIX, Settings

ROOT = Path(bot.__file__).parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
MOST_LINES = 150
LINK = re.compile(r"(?<=\]\()(?!\w+:)([^)\s]+)")
FENCED = re.compile(r"^( *)```.*?^\1```$", re.MULTILINE | re.DOTALL)
OUR_FILE = re.compile(
    r"`((?:bot|cogs|corpus|retrieval|terminal|tests|scripts|benchmarks|docs|ops)[/\w.-]*/[\w.-]+)`"
)
MODULES = {
    "/".join(path.relative_to(ROOT).parts[depth:])
    for folder in ("cogs", "corpus", "retrieval", "terminal", "scripts", "benchmarks", "tests")
    for path in (ROOT / folder).rglob("*.py")
    for depth in range(len(path.relative_to(ROOT).parts))
} | {"bot.py"}
"""Each module by its whole path, and by every end of it: web/fetch.py, fetch.py."""
DRAW = runpy.run_path(str(ROOT / "scripts" / "draw_architecture.py"))


def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def prose(page: Path) -> str:
    return FENCED.sub("", text(page))


def all_docs() -> str:
    return "\n".join(text(page) for page in PAGES if page.parent.name == "docs")


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as forges and MkDocs make them."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", one).strip().lower().replace(" ", "-") for one in headings}


def test_the_readme_is_short():
    assert len(text(ROOT / "README.md").splitlines()) <= MOST_LINES


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path):
    dead = []
    for link in LINK.findall(prose(page)):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        inside = target.is_relative_to(ROOT)
        if not (inside and target.is_file()) or (anchor and anchor not in anchors(target)):
            dead.append(link)
    assert not dead


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_is_named_exists(page: Path):
    assert [name for name in OUR_FILE.findall(prose(page)) if not (ROOT / name).exists()] == []
    modules = re.findall(r"`([\w./-]+\.py)`", prose(page))
    assert [name for name in modules if name not in MODULES] == []


def test_every_setting_is_explained():
    names = [CONFIG]
    for name, field in Settings.model_fields.items():
        names.append(f"{PREFIX if field.validation_alias is None else ''}{name.upper()}")
    page = text(ROOT / "docs" / "settings.md")
    assert [name for name in names if f"`{name}`" not in page] == []


def test_no_page_names_a_setting_that_is_not_there():
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} | {CONFIG}
    named = {name for page in PAGES for name in re.findall(rf"{PREFIX}[A-Z_]+", text(page))}
    assert {name for name in named if not name.startswith(f"{PREFIX}TEST_")} <= known


def parsers(
    parser: argparse.ArgumentParser, name: str = "bot.py"
) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Each command by its whole name: "bot.py feeds add"."""
    inner = [one for one in parser._actions if isinstance(one, argparse._SubParsersAction)]
    if not inner:
        yield name, parser
    for action in inner:
        for word, command in action.choices.items():
            yield from parsers(command, f"{name} {word}")


def test_every_command_of_the_terminal_is_explained():
    page = text(ROOT / "docs" / "terminal.md")
    names = [name for name, _ in parsers(bot._parser())]
    assert len(names) > 20
    assert [name for name in names if not re.search(rf"`{re.escape(name)}\b", page)] == []


def test_every_option_of_the_terminal_is_explained():
    docs = all_docs()
    options = {
        option
        for _, parser in parsers(bot._parser())
        for action in parser._actions
        for option in action.option_strings
        if option.startswith("--") and option != "--help"
    }
    assert len(options) > 10
    assert sorted(one for one in options if not re.search(rf"`[^`]*{one}\b", docs)) == []


def slash_commands() -> Iterator[str]:
    for found in pkgutil.iter_modules(cogs.commands.__path__, "cogs.commands."):
        for cog in vars(importlib.import_module(found.name)).values():
            if not (isinstance(cog, type) and issubclass(cog, commands.Cog)):
                continue
            for command in cog.__cog_app_commands__:
                if isinstance(command, app_commands.Group):
                    yield from (one.qualified_name for one in command.walk_commands())
                else:
                    yield command.qualified_name


def test_every_slash_command_is_explained():
    docs, names = all_docs(), set(slash_commands())
    assert len(names) > 20
    assert sorted(name for name in names if not re.search(rf"`/{re.escape(name)}\b", docs)) == []


def test_every_room_is_in_the_table_of_rooms():
    table = re.findall(r"^\| `((?:cogs|corpus|retrieval|terminal)/[^`]+)`", architecture(), re.M)
    rooms = {room if "/" in room else f"{room}/*.py" for room in DRAW["room_imports"](ROOT)}
    without_modules = {"corpus/samples", "retrieval/models"}
    assert set(table) == (rooms | without_modules) - {"bot.py/*.py"}
    assert len(table) == len(set(table))


def test_the_drawing_of_the_house_is_up_to_date():
    """Otherwise: python scripts/draw_architecture.py"""
    made = DRAW["drawing"](DRAW["room_imports"](ROOT))
    assert DRAW["PICTURE"].read_text(encoding="utf-8") == made


def test_a_circle_of_rooms_is_not_drawn():
    with pytest.raises(DRAW["Circle"], match="corpus/a > corpus/b > corpus/a"):
        DRAW["drawing"](
            {
                "bot.py": frozenset(),
                "cogs": frozenset(),
                "terminal": frozenset(),
                "retrieval": frozenset(),
                "corpus/a": frozenset({"corpus/b"}),
                "corpus/b": frozenset({"corpus/a"}),
            }
        )


def test_the_direct_arrow_is_left_out_where_a_way_leads_there():
    graph = {"a": frozenset("bc"), "b": frozenset("c"), "c": frozenset()}
    assert DRAW["reduced"](graph) == {"a": frozenset("b"), "b": frozenset("c"), "c": frozenset()}


def test_the_example_for_programs_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    code = re.search(r"^```python\n(.*?)^```$", text(ROOT / "docs" / "programs.md"), re.M | re.S)
    assert code is not None
    exec(code[1], {})  # noqa: S102  it is our own page
    assert (tmp_path / "library.db").is_file()


def architecture() -> str:
    return text(ROOT / "docs" / "architecture.md")
