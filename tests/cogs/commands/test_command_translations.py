"""Every text of every command in every language, within Discord's rules."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

import discord
import pytest
from discord import app_commands
from discord.app_commands import TranslationContextLocation as Where

from cogs.commands.command_translations import FOLDER, LOCALES, CommandTranslator, read
from tests.cogs.conftest import World, in_a_world

MENU = discord.AppCommandType.message
CHAT_NAMES = {Where.command_name, Where.group_name, Where.parameter_name}
MAX_CHARS_OF_A_COMMAND = 8000


class Recorder(app_commands.Translator):
    """Writes down what is to be translated, and where it stands."""

    def __init__(self) -> None:
        self.texts: dict[str, set[tuple[Where, bool]]] = {}

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,
    ) -> None:
        is_menu = isinstance(context.data, app_commands.ContextMenu)
        self.texts.setdefault(string.message, set()).add((context.location, is_menu))


def commands_of(world: World) -> list[Any]:
    tree = world.env.bot.tree
    return [*tree.get_commands(), *tree.get_commands(type=MENU)]


@in_a_world
async def test_each_language_has_exactly_the_texts_that_the_commands_have(world: World):
    recorder = Recorder()
    for command in commands_of(world):
        await command.get_translated_payload(world.env.bot.tree, recorder)
    names = sorted(file.stem for file in FOLDER.iterdir())
    assert names == sorted(set(LOCALES.values()))
    for name in names:
        assert sorted(read(name)) == sorted(recorder.texts)
        for english, places in recorder.texts.items():
            for where, is_menu in places:
                assert problem(read(name)[english], where, is_menu=is_menu) is None, english


def problem(text: str, where: Where, *, is_menu: bool) -> str | None:
    """What Discord would refuse of a text in that place."""
    if text != text.strip() or text != unicodedata.normalize("NFC", text):
        return "space around it, or not in one form"
    if where in CHAT_NAMES and not is_menu:
        if not re.fullmatch(r"[-_'\w]{1,32}", text) or text != text.lower():
            return "no name of a command or an option"
        return None
    most = 32 if where is Where.command_name else 100
    return None if 1 <= len(text) <= most else f"over {most} characters"


@pytest.mark.parametrize(
    ("text", "where", "is_menu", "is_wrong"),
    [
        ("fragen", Where.command_name, False, False),
        ("Fragen", Where.command_name, False, True),
        ("fuseau horaire", Where.parameter_name, False, True),
        ("Dazu fragen", Where.command_name, True, False),
        ("x" * 33, Where.command_name, True, True),
        ("x" * 100, Where.command_description, False, False),
        ("x" * 101, Where.choice_name, False, True),
        ("", Where.parameter_description, False, True),
        (unicodedata.normalize("NFD", "für"), Where.parameter_description, False, True),
    ],
)
def test_what_discord_would_refuse(text: str, where: Where, is_menu: bool, is_wrong: bool):
    assert (problem(text, where, is_menu=is_menu) is not None) == is_wrong


@in_a_world
async def test_names_beside_each_other_differ_and_a_command_is_not_too_long(world: World):
    for command in commands_of(world):
        payload = await command.get_translated_payload(world.env.bot.tree, CommandTranslator())
        for locale in LOCALES:
            for names in beside(payload, locale.value):
                assert len(names) == len(set(names)), names
        assert longest(payload) <= MAX_CHARS_OF_A_COMMAND
    roots = [
        await c.get_translated_payload(world.env.bot.tree, CommandTranslator())
        for c in world.env.bot.tree.get_commands()
    ]
    for locale in LOCALES:
        told = [each["name_localizations"][locale.value] for each in roots]
        assert len(told) == len(set(told))


def beside(payload: dict[str, Any], locale: str) -> Iterator[list[str]]:
    """The names of options in one list, and of those below each."""
    options = payload.get("options") or []
    yield [each["name_localizations"][locale] for each in options]
    for each in options:
        yield from beside(each, locale)


def longest(payload: dict[str, Any]) -> int:
    """The characters that Discord counts: the longest form of each name, description, choice."""
    count = 0
    for what in ("name", "description"):
        told = [payload.get(what) or "", *(payload.get(f"{what}_localizations") or {}).values()]
        count += max(map(len, told))
    for choice in payload.get("choices") or []:
        count += longest({**choice, "description": str(choice["value"])})
    return count + sum(longest(each) for each in payload.get("options") or [])


@in_a_world
async def test_discord_is_told_the_names_in_all_languages(world: World):
    (told,) = [
        request.json
        for request in world.env.http_requests
        if request.path.endswith("/commands") and request.json
    ]
    (ask,) = [command for command in told if command["name"] == "ask"]
    assert ask["name_localizations"] == {
        "de": "fragen",
        "fr": "demander",
        "es-ES": "preguntar",
        "es-419": "preguntar",
        "ru": "спросить",
    }
