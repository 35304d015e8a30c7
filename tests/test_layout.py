"""The rooms: how many modules a folder may have, and that no import leads back to where it began.

import-linter holds the order of the rooms (pyproject.toml); this holds what it does not.
"""

from __future__ import annotations

from pathlib import Path

from tests.imports import PACKAGES, ROOT, Imports, between_rooms, circle, imports

MAX_MODULES = 17  # in one folder: as many as the fullest folder of simonw/llm has


def house() -> Imports:
    """The program's own modules."""
    found = imports(ROOT)
    return {name: found[name] for name in found if name.partition(".")[0] in (*PACKAGES, "bot")}


def write(root: Path, **texts: str) -> None:
    for name, text in texts.items():
        file = root / f"{name.replace('__', '/')}.py"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")


def test_no_folder_is_too_full():
    full = {}
    for package in PACKAGES:
        for folder in [ROOT / package, *(ROOT / package).rglob("*/")]:
            own = [file.name for file in folder.glob("*.py") if file.name != "__init__.py"]
            if len(own) > MAX_MODULES:
                full[str(folder.relative_to(ROOT))] = own
    assert full == {}


def test_no_import_leads_back_to_where_it_began():
    found = house()
    assert len(found) > 100
    assert circle(found) == []


def test_no_room_imports_a_room_that_imports_it():
    found = between_rooms(house())
    assert len(found) > 20
    assert circle(found) == []


def test_a_circle_is_found_inside_functions_and_for_the_type_checker(tmp_path: Path):
    write(
        tmp_path,
        a="def later():\n    from room import b\n",
        room__b="from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from room.c import C\n",
        room__c="import a\n",
        d="import a\nimport json\n",
    )
    assert circle(imports(tmp_path)) == ["a", "room.c", "room.b", "a"]


def test_two_rooms_that_need_each_other_are_found_without_a_circle_of_modules(tmp_path: Path):
    write(
        tmp_path,
        up__a="from down import a\n",
        up__b="\n",
        down__a="\n",
        down__b="from up.b import thing\n",
    )
    found = imports(tmp_path)
    assert circle(found) == []
    assert sorted(set(circle(between_rooms(found)))) == ["down", "up"]
