"""The commands in members' languages: names, descriptions, options and choices.

Each language has a file in languages/ that maps the English text to its own. Discord shows each
member the language of their app, or English. /ask works in all of them: questions and answers are
English.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import discord
from discord import app_commands

FOLDER = Path(__file__).with_name("languages")
LOCALES = {
    discord.Locale.german: "de",
    discord.Locale.french: "fr",
    discord.Locale.spain_spanish: "es",
    discord.Locale.latin_american_spanish: "es",
    discord.Locale.russian: "ru",
}


class CommandTranslator(app_commands.Translator):
    """Looks texts up in the files, which it reads once."""

    def __init__(self) -> None:
        self._texts = {name: read(name) for name in sorted(set(LOCALES.values()))}

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        name = LOCALES.get(locale)
        return None if name is None else self._texts[name].get(string.message)


def read(name: str) -> Mapping[str, str]:
    """A language's texts, by their English texts."""
    texts: dict[str, str] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return texts
