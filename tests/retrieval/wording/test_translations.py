"""What the program says, in every language: complete, with the same places."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from corpus.errors import Unreadable
from corpus.parsing.extract import extract
from retrieval.wording.translations import (
    FOLDER,
    LANGUAGES,
    format_day,
    placeholders,
    set_language,
    tr,
    translate_sentence,
    trn,
)

OTHERS = [name for name in LANGUAGES if name != "en"]
ROOT = Path(__file__).resolve().parents[3]
CODE = [
    file
    for folder in ("corpus", "retrieval", "cogs", "terminal")
    for file in sorted((ROOT / folder).rglob("*.py"))
]
HOLE = "\0"


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    set_language(None)


def catalog(language: str) -> Catalog:
    with (FOLDER / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


def forms(text: str | tuple[str, ...] | list[str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


def said_in_code() -> Iterator[tuple[str, ...]]:
    """The texts that are given to tr and trn where they are written out."""
    for file in CODE:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                count = {"tr": 1, "trn": 2}.get(node.func.id, 0)
                texts = [a.value for a in node.args[:count] if isinstance(a, ast.Constant)]
                if texts:
                    yield tuple(map(str, texts))


def texts_in_code() -> str:
    """All that stands between quotation marks, with a HOLE for what is put in."""
    found = []
    for file in CODE:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = (p.value if isinstance(p, ast.Constant) else HOLE for p in node.values)
                found.append("".join(map(str, parts)))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(re.sub(r"\{\w+\}", HOLE, node.value))
    return "\n".join(found)


@pytest.mark.parametrize("language", OTHERS)
def test_what_is_said_in_the_code_can_be_said_in_each_language(language: str):
    known = {tuple(forms(message.id)) for message in catalog(language) if message.id}
    said = {texts for texts in said_in_code() if len(texts[0]) > 1}
    assert said
    assert said - known == set()


def test_the_languages_have_the_same_texts_and_each_stands_in_the_code():
    first, *others = ({str(m.id) for m in catalog(name) if m.id} for name in OTHERS)
    assert first
    assert others == [first] * (len(OTHERS) - 1)
    code = texts_in_code()
    for message in catalog(OTHERS[0]):
        for text in forms(message.id):
            # Some sentences are put together from two, at a colon.
            for piece in re.split(r"\{\w+\}|: ", text):
                assert piece.strip(" .") in code, text


@pytest.mark.parametrize("language", OTHERS)
def test_translations_are_whole_and_name_no_place_that_the_english_lacks(language: str):
    found = catalog(language)
    for message in found:
        if not message.id:
            continue
        said, english = forms(message.string), forms(message.id)
        assert len(said) == (1 if len(english) == 1 else found.num_plurals)
        for text in said:
            assert text.strip()
            assert set(placeholders(text)) <= set(placeholders(english[-1])), text
            assert text.count("**") == english[-1].count("**"), text
            assert text.count("`") == english[-1].count("`"), text


def test_numbers_have_the_form_that_their_language_gives_them():
    told = {}
    for language in ("en", "de", "ru"):
        set_language(language)
        told[language] = [
            trn("{count} article", "{count} articles", count) for count in (1, 2, 5, 21)
        ]
    assert told == {
        "en": ["1 article", "2 articles", "5 articles", "21 articles"],
        "de": ["1 Artikel", "2 Artikel", "5 Artikel", "21 Artikel"],
        "ru": ["1 статья", "2 статьи", "5 статей", "21 статья"],
    }


def test_days_are_told_as_the_language_does():
    told = []
    for language in ("en", "de", "ru", "es-419"):
        set_language(language)
        told.append(format_day(date(2021, 3, 17)))
    assert told == [
        "17 March 2021",
        "17. März 2021",
        "17 марта 2021\u202fг.",
        "17 de marzo de 2021",
    ]


def test_what_is_put_into_a_text_is_kept_as_it_is():
    set_language("de")
    assert tr("✅ Added: **{name}**", name="{name} Open") == "✅ Hinzugefügt: **{name} Open**"
    assert translate_sentence("But") == "Aber"
    assert translate_sentence("But he said no.") == "But he said no."


def test_an_error_is_told_in_the_language_with_its_names():
    set_language("fr")
    with pytest.raises(Unreadable) as empty:
        extract(b"", "Ouvert.txt")
    assert (
        translate_sentence(str(empty.value)) == "Ouvert.txt est vide ; laissez-le ou remplissez-le."
    )


def test_a_language_that_is_not_known_is_english():
    set_language("ja")
    assert tr("Open") == "Open"
    set_language("de-AT")
    assert tr("Open") == "Öffnen"
