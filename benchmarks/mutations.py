"""Makes false sentences from true ones, and true ones with other spellings, to test the checker.

Each function takes a sentence and a source of randomness. It returns another sentence, or None if
the sentence has nothing to change.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable

Mutation = Callable[[str, random.Random], str | None]

_VERBS = r"\b(is|are|was|were|has|have|had|did|does|will|would|could|should)\b"
_NOT = r"\s+(?:not|never)\b|(?<=\w)n['’]t\b"
_UNITS = {
    "percent": "percentage points", "%": "‰", "km/h": "km", "km": "miles", "miles": "kilometres",
    "kilometres": "miles", "kilometers": "miles", "feet": "metres", "metres": "feet",
    "meters": "feet", "million": "billion", "billion": "million", "dollars": "euros",
    "euros": "dollars", "pounds": "dollars", "hours": "minutes", "minutes": "hours",
    "years": "months", "months": "years", "days": "weeks", "weeks": "days", "tons": "kilograms",
    "kg": "tonnes", "degrees": "percent", "acres": "hectares", "inches": "feet",
}  # fmt: skip
NAMES = ("Zorblatt", "Quibble", "Ruritania", "Marrowby")


def not_removed(text: str, dice: random.Random) -> str | None:
    return _replaced(text, _NOT, lambda match: "", dice)


def not_added(text: str, dice: random.Random) -> str | None:
    if re.search(_VERBS + r"\s+not\b", text):
        return None
    return _replaced(text, _VERBS, lambda match: f"{match[0]} not", dice)


def digit_changed(text: str, dice: random.Random) -> str | None:
    other = lambda match: dice.choice([d for d in "123456789" if d != match[0]])  # noqa: E731
    return _replaced(text, r"[0-9]", other, dice)


def name_swapped_in(text: str, dice: random.Random) -> str | None:
    return _replaced(text, r"(?<=\w )[A-Z][a-z]{2,}\b", lambda match: dice.choice(NAMES), dice)


def names_exchanged(text: str, dice: random.Random) -> str | None:
    """Exchange two names in the sentence."""
    found = list(re.finditer(r"(?<=\w )[A-Z][a-z]{2,}\b", text))
    pairs = [(a, b) for a in found for b in found if a.start() < b.start() and a[0] != b[0]]
    pairs = [(a, b) for a, b in pairs if text[a.end() : b.start()].strip(" ,") not in ("", "and")]
    if not pairs:
        return None
    a, b = dice.choice(pairs)
    return text[: a.start()] + b[0] + text[a.end() : b.start()] + a[0] + text[b.end() :]


def unit_changed(text: str, dice: random.Random) -> str | None:
    names = "|".join(re.escape(unit) for unit in sorted(_UNITS, key=len, reverse=True))
    pattern = rf"(?<=\d)(?:\s?)(?:{names})(?!\w)|(?<=\d )(?:{names})(?!\w)"
    return _replaced(text, pattern, lambda m: " " + _UNITS[m[0].strip()], dice)


def cause_invented(text: str, dice: random.Random) -> str | None:
    pattern = r",? (?:coinciding with|and|while|when|before|as|with)\b"
    return _replaced(text, pattern, lambda match: " because of", dice)


def quotation_invented(text: str, dice: random.Random) -> str | None:
    return (
        f"{text.rstrip('.')}, and called it “{dice.choice(('a grave mistake', 'pure theatre'))}.”"
    )


def words_quoted_around(text: str, dice: random.Random) -> str | None:
    """Put quotation marks around words, one of which is not the original's."""
    words = text.split()
    if len(words) < 6:
        return None
    at = dice.randrange(1, len(words) - 4)
    invented = [*words[at : at + 2], "shamelessly", *words[at + 2 : at + 4]]
    return " ".join([*words[:at], "“" + " ".join(invented) + "”", *words[at + 4 :]])


MUTATIONS: tuple[Mutation, ...] = (
    not_removed,
    not_added,
    digit_changed,
    name_swapped_in,
    names_exchanged,
    unit_changed,
    cause_invented,
    quotation_invented,
    words_quoted_around,
)


def stretch_left_out(text: str, dice: random.Random) -> str | None:
    """Leave out one to three words; now and then the sentence stays true."""
    words = text.split()
    if len(words) < 6:
        return None
    at = dice.randrange(len(words) - 3)
    return " ".join(words[:at] + words[at + dice.randrange(1, 4) :])


def joined(a: str, b: str, dice: random.Random) -> str | None:
    """Join the beginning of one sentence and the end of another to one claim."""
    ours, theirs = a.split(), b.split()
    if len(ours) < 8 or len(theirs) < 8:
        return None
    start = ours[: dice.randrange(3, len(ours) - 3)]
    return " ".join(start + theirs[dice.randrange(3, len(theirs) - 3) :])


# -- the same in other spellings ---------------------------------------------------------


def curly(text: str, dice: random.Random) -> str:
    text = re.sub(r'(?<!\w)"(?=\S)', "“", text).replace('"', "”")
    return re.sub(r"(?<=\w)'", "’", text)


def straight(text: str, dice: random.Random) -> str:
    return re.sub("[“”]", '"', re.sub("[‘’]", "'", text))


def dashed(text: str, dice: random.Random) -> str:
    text = re.sub(r"\s*—\s*|\s+[–-]\s+", lambda m: dice.choice((" – ", "—", " — ", "--")), text)
    return re.sub(r"(?<=\w)-(?=\w)", lambda m: dice.choice("-‐‑–"), text)


def spaced(text: str, dice: random.Random) -> str:
    return re.sub(" ", lambda m: dice.choice((" ", "\u00a0", "  ", "\u202f", "\n")), text)


def composed(text: str, dice: random.Random) -> str:
    return unicodedata.normalize(dice.choice(("NFC", "NFD")), text)


def veiled(text: str, dice: random.Random) -> str:
    """Put invisible characters between words and into them."""
    return re.sub(
        r"(?<=\w)(?=\w)",
        lambda m: dice.choice(("", "", "", "\u200b", "\u00ad", "\ufeff")),
        text,
    )


def pointed(text: str, dice: random.Random) -> str:
    return text.replace("...", "…") if dice.random() < 0.5 else text.replace("…", "...")


_SPELLED = {
    "U.S.": "United States", "United States": "U.S.", "percent": "%", "per cent": "percent",
    "%": " percent", "million": "m", "didn't": "did not", "cannot": "can't", "dollars": "USD",
    "kilometers": "km", "kilometres": "km", "ten": "10", "twelve": "12",
    "1,000": "one thousand", "100": "a hundred", "12": "twelve", "20": "twenty",
    "million dollars": "m USD",
}  # fmt: skip
_MONTH = (
    "January February March April May June July August September October November December"
).split()


def respelled(text: str, dice: random.Random) -> str:
    """Write numbers, units, days and countries in another way, except in quotations."""
    if re.search("[\"“”'‘’]", text):
        return text
    months = "|".join(_MONTH)
    text = re.sub(rf"\b({months}) (\d{{1,2}}), (\d{{4}})\b", r"\2 \1 \3", text)
    for ours, other in _SPELLED.items():
        if ours == "million":  # a bare "5 m" would be metres
            text = re.sub(r"(?<=[$€£]\d) million\b", "m", text)
        elif ours[0].isdigit():
            text = re.sub(rf"(?<![\w.,:/$€£-]){ours}(?= [a-z]{{4}})(?! million)", other, text)
        elif re.search(rf"(?<!\w){re.escape(ours)}(?=[ ,])", text):
            return re.sub(rf"(?<!\w){re.escape(ours)}(?=[ ,])", other, text, count=1)
    return text


VARIANTS: tuple[Callable[[str, random.Random], str], ...] = (
    curly,
    straight,
    dashed,
    spaced,
    composed,
    veiled,
    pointed,
    respelled,
)


def _replaced(
    text: str, pattern: str, by: Callable[[re.Match[str]], str], dice: random.Random
) -> str | None:
    """Replace one of the matches in the text."""
    matches = list(re.finditer(pattern, text))
    if not matches:
        return None
    match = dice.choice(matches)
    return text[: match.start()] + by(match) + text[match.end() :]
