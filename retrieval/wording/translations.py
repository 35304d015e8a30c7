"""The bot's own sentences in the reader's language.

The code has them in English; languages/*.po has the translations, in GNU gettext's form. Articles,
their titles and quotations are never translated: only texts that stand in the code are looked up,
and the values that are put into them stay as they are.

The language is a context variable. A task sets it when it learns who it answers, and the tasks
that it starts inherit it. The worker threads write English; `translate_sentence` translates what
they send back.
"""

from __future__ import annotations

import functools
import gettext
import re
from contextvars import ContextVar
from datetime import date
from io import BytesIO
from pathlib import Path
from string import Formatter

from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ENGLISH = "en"
LANGUAGES = {
    ENGLISH: "English",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
    "ru": "Русский",
}
"""Each by its own name."""
FOLDER = Path(__file__).with_name("languages")

_spoken: ContextVar[str] = ContextVar("spoken", default=ENGLISH)


def set_language(language: str | None) -> None:
    """Set the language of this task: one of LANGUAGES, also as "de-AT"; English for any other."""
    short = (language or ENGLISH).partition("-")[0].lower()
    _spoken.set(short if short in LANGUAGES else ENGLISH)


def current_language() -> str:
    """The language of this task, one of LANGUAGES."""
    return _spoken.get()


def tr(text: str, /, **values: object) -> str:
    """Translate a text and put in its values.

    Args:
        text: The English text, as the code and the .po files have it.
        values: What replaces each name in {braces}.
    """
    found = text if current_language() == ENGLISH else catalogue(current_language()).gettext(text)
    return found.format(**values) if values else found


def trn(one: str, many: str, count: int, /, **values: object) -> str:
    """Translate a text in the form that its count needs.

    Args:
        one: The English text for one.
        many: The English text for any other number.
        count: Replaces {count}, with separators between thousands.
        values: What replaces each other name in {braces}.
    """
    if current_language() == ENGLISH:
        found = one if count == 1 else many
    else:
        found = catalogue(current_language()).ngettext(one, many, count)
    return found.format(count=f"{count:,}", **values)


def translate_sentence(sentence: str) -> str:
    """Translate a finished sentence of the bot's own, such as an error's.

    The text that it was made from is found by its fixed parts; the values stay as they are. A
    sentence that no text fits comes back unchanged.
    """
    if current_language() == ENGLISH:
        return sentence
    texts = catalogue(current_language())
    if (found := texts.gettext(sentence)) != sentence:
        return found
    for pattern, text in _patterns(current_language()):
        if match := pattern.fullmatch(sentence):
            return texts.gettext(text).format(**match.groupdict())
    return sentence


def in_every_language(text: str) -> list[str]:
    """All translations of a text, the English first, without repeats."""
    others = (catalogue(name).gettext(text) for name in LANGUAGES if name != ENGLISH)
    return list(dict.fromkeys([text, *others]))


def format_day(day: date) -> str:
    """Word a day in the current language: "17 March 2021"."""
    if current_language() == ENGLISH:
        return f"{day.day} {day:%B %Y}"
    return format_date(day, "long", locale=current_language())


def load_catalogues() -> None:
    """Read all languages. This takes about 100 ms, so call it outside the event loop."""
    for name in LANGUAGES:
        if name != ENGLISH:
            _patterns(name)


@functools.cache
def catalogue(language: str) -> gettext.GNUTranslations:
    """The translations into one of LANGUAGES but English."""
    with (FOLDER / f"{language}.po").open("rb") as file:
        read = read_po(file, locale=language)
    compiled = BytesIO()
    write_mo(compiled, read)
    return gettext.GNUTranslations(BytesIO(compiled.getvalue()))


@functools.cache
def _patterns(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """For each text with placeholders a pattern of its sentences, the longest text first."""
    with (FOLDER / f"{language}.po").open("rb") as file:
        texts = [message.id for message in read_po(file, locale=language)]
    made = [text for text in texts if isinstance(text, str) and placeholders(text)]
    return tuple((_pattern(text), text) for text in sorted(made, key=len, reverse=True))


def placeholders(text: str) -> list[str]:
    """The names in {braces} in a text, in order."""
    return [name for _, name, _, _ in Formatter().parse(text) if name]


def _pattern(text: str) -> re.Pattern[str]:
    seen: set[str] = set()
    parts = []
    for literal, name, _, _ in Formatter().parse(text):
        parts.append(re.escape(literal))
        if name:
            parts.append(f"(?P={name})" if name in seen else f"(?P<{name}>.*?)")
            seen.add(name)
    return re.compile("".join(parts), re.DOTALL)
