"""Brings a text into normal form, so that two ways to write the same thing compare equal.

12, twelve and a dozen are one number. 17 March 2021, March 17, 2021 and 2021-03-17 are one day.
5 %, 5 percent and 5 per cent are the same, didn't is did not, U.S. is the United States. English
only. The checker of answers compares texts form by form.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from corpus.english import TENS, UNDER_TWENTY
from retrieval.language.tokens import ALIAS_PATTERNS, STOP_WORDS


class FormKind(StrEnum):
    """What a normal form stands for."""

    WORD = "word"
    NAME = "name"
    NUMBER = "number"
    DATE = "date"
    UNIT = "unit"
    SYMBOL = "symbol"


@dataclass(frozen=True, slots=True)
class NormalForm:
    """One thing that a text says: a word, a name, a number, a date, a unit or a symbol.

    `key` is what is compared, `text` is how it was written. `marks` is the punctuation before
    it, without full stops and quotation marks: "-" for a hyphen inside a word, "–" for a dash
    between words. `quoted` says that it stands in quotation marks.
    """

    key: str
    text: str
    kind: FormKind
    marks: str = ""
    quoted: bool = False


_QUOTES = dict.fromkeys(map(ord, "“”„‟«»″〝〞"), '"') | dict.fromkeys(map(ord, "‘’‚‛′‹›`´ʼ"), "'")
_HYPHENS = re.compile("[‐‑‒–−﹘﹣－]")
_LIGATURES = re.compile("[\ufb00-\ufb06]")
_ELLIPSIS = re.compile(r"\s*(?:…\.*|\.{3,}|(?:\. ){2,}\.)\s*")


def normalise_typography(text: str) -> str:
    """The text with one kind of quotation marks, dashes, spaces and accents.

    Invisible characters are removed. Two texts that differ only in typography come out equal.
    """
    text = unicodedata.normalize("NFC", text)
    text = _LIGATURES.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)
    text = "".join(c for c in text if unicodedata.category(c) not in ("Cf", "Cs"))
    text = " ".join(text.split())
    text = re.sub(r"([«‹])\s+|\s+([»›])", lambda match: match[1] or match[2], text)
    text = text.translate(_QUOTES).replace("''", '"')
    text = _HYPHENS.sub("-", text)
    text = re.sub(r"\s*(?:[—―]|-{2,})\s*|\s+-\s+", " – ", text)
    text = _ELLIPSIS.sub(" … ", text)
    text = re.sub(r"(?<=\d)\s+(?=%)", "", text)
    return " ".join(text.split())


# -- numbers -----------------------------------------------------------------------------

_UNDER_TWENTY = {word: number for number, word in enumerate(UNDER_TWENTY)}
_TENS = {word: 10 * number for number, word in enumerate(TENS, start=2)}
_SCALES = {
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
    "k": 10**3,
    "mn": 10**6,
    "bn": 10**9,
    "tn": 10**12,
}
_ORDINALS = {
    word: number
    for number, word in enumerate(
        """first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth
        thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth
        twentieth""".split(),
        start=1,
    )
}
_NUMERALS = {*_UNDER_TWENTY, *_TENS, "hundred", "dozen", "thousand", "million", "billion"} | {
    "trillion"
}

# -- dates -------------------------------------------------------------------------------

_MONTHS = {
    name: number
    for number, names in enumerate(
        """january,jan february,feb march,mar april,apr may june,jun july,jul august,aug
        september,sept,sep october,oct november,nov december,dec""".split(),
        start=1,
    )
    for name in names.split(",")
}
_MONTH = "(?:" + "|".join(sorted((m.title() for m in _MONTHS), key=len, reverse=True)) + r")\b\.?"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?(?!\d)"
WEEKDAYS = frozenset("monday tuesday wednesday thursday friday saturday sunday".split())

# -- units -------------------------------------------------------------------------------

_PER_HOUR = r"(?:\s?/\s?h(?:our|r)?|\s+(?:per|an)\s+hour)"
_KM = r"(?:km|kilomet(?:re|er)s?)"
_UNITS = (
    ("km/h", rf"{_KM}{_PER_HOUR}|kph|kmh"),
    ("mph", rf"miles?{_PER_HOUR}|mph"),
    ("m/s", r"m/s|met(?:re|er)s?\s+per\s+second"),
    ("km2", rf"{_KM}\s?(?:²|2)|square\s+{_KM}|sq\.?\s+km"),
    ("sqmi", r"square\s+miles?|sq\.?\s+mi"),
    ("km", _KM),
    ("kg", r"kg|kilogram(?:me)?s?|kilos?"),
    ("cm", r"cm|centimet(?:re|er)s?"),
    ("mm", r"mm|millimet(?:re|er)s?"),
    ("%pt", r"percentage\s+points?"),
    ("%", r"%|per\s?cent|pct"),
    ("°c", r"°\s?C|degrees?\s+(?:Celsius|centigrade)"),
    ("°f", r"°\s?F|degrees?\s+Fahrenheit"),
    ("mw", r"MW|megawatts?"),
    ("kw", r"kW|kilowatts?"),
    ("am", r"a\.m\.?|am"),
    ("pm", r"p\.m\.?|pm"),
    ("mile", r"miles?"),
    ("metre", r"met(?:re|er)s?"),
    ("foot", r"f(?:oo|ee)t|ft"),
    ("hour", r"hours?|hrs?"),
    ("minute", r"minutes?"),
    ("$", r"dollars?|USD"),
    ("€", r"euros?|EUR"),
    ("£", r"pounds?\s+sterling|GBP"),
    ("¥", r"yen|JPY"),
)
# Letters that are a unit only right after a number.
_SHORT_UNITS = {"m": "metre", "h": "hour", "g": "gram", "t": "tonne", "l": "litre"}
_SIGN = r"(?:\b(?P<prefix>US|A|C|NZ|HK|S))?(?P<sign>[$€£¥])\s?"
_SCALE = r"(?:[\s-]?(?P<scale>thousand|million|billion|trillion|m|mn|bn|tn|k)\b)?"
_AMOUNT = r"\d+(?:,\d{3})+(?:\.\d+)?(?![\d,.]*\d)|\d+(?:\.\d+)?(?![.:/,]?\d)"

_TOKEN = re.compile(
    "|".join(
        (
            r"(?P<iso>\b\d{4}-\d{2}-\d{2}\b(?!-))",
            rf"(?P<dmy>\b{_DAY}(?:\s+of)?\s+{_MONTH}(?:,?\s+\d{{4}}\b)?)",
            rf"(?P<mdy>\b{_MONTH}\s+{_DAY}(?:,?\s+\d{{4}}\b)?)",
            rf"(?P<my>\b{_MONTH},?\s+\d{{4}}\b)",
            rf"(?P<money>{_SIGN}(?P<amount>{_AMOUNT}){_SCALE})",
            *(rf"(?P<alias_{name}>{pattern})" for name, pattern in ALIAS_PATTERNS.items()),
            r"(?P<ordinal>\b\d+(?:st|nd|rd|th)\b)",
            *(
                rf"(?P<unit_{index}>(?<![^\W\d_])(?:{pattern})(?![^\W_]))"
                for index, (_, pattern) in enumerate(_UNITS)
            ),
            r"(?P<short_unit>(?<=\d)\s?[mhgtl]\b(?!'))",
            rf"(?P<number>(?:(?<![^\s(\"'])-)?(?:{_AMOUNT})(?=(?:[^\W_]{{1,4}}\b)|[^\w]|$))",
            r"(?P<figures>\d+(?:[.:/,]\d+)*)",
            r"(?P<initials>(?:[^\W\d_]\.){2,})",
            r"(?P<word>[^\W_]+(?:'[^\W_]+)*)",
            r"(?P<question>\?)",
            r"(?P<mark>[,;:()\[\]/–…-])",
            r"(?P<skip>[\s.!\"'])",
            r"(?P<symbol>.)",
        )
    ),
    re.DOTALL,
)
_QUOTED = re.compile(r'"[^"]*"|(?<!\w)\'(?=\w)[^"]*?(?<=[\w.,!?…])\'(?!\w)')
_ENDINGS = {"'ll": "will", "'ve": "have", "'re": "are", "'m": "am", "'s": "'s", "'d": "'d"}
_IRREGULAR = {"won't": "will", "can't": "can", "shan't": "shall", "cannot": "can"}
_ARTICLES = frozenset({"a", "an", "the"})


def quoted_spans(text: str) -> list[tuple[int, int]]:
    """What stands in quotation marks in a text from `normalise_typography`.

    Each span is (start, end) in characters, without the marks, the end excluded.
    """
    return [(match.start() + 1, match.end() - 1) for match in _QUOTED.finditer(text)]


def normalise(text: str) -> list[NormalForm]:
    """The normal forms of a text, in order, without articles (a, the) and full stops.

    A capital letter makes a word a name, unless it is a function word.
    """
    text = normalise_typography(text)
    spans = quoted_spans(text)
    found: list[NormalForm] = []
    marks, is_after_a = "", False
    for match in _TOKEN.finditer(text):
        group = match.lastgroup or ""
        if group == "skip":
            continue
        if group == "mark":
            marks += {"[": "(", "]": ")"}.get(match[0], match[0])
            continue
        within = any(start <= match.start() < end for start, end in spans)
        for form in _read(group, match, is_first=not found):
            lowered = form.text.lower()
            if form.kind is FormKind.WORD and lowered in _ARTICLES:
                is_after_a = lowered == "a"
                continue
            if is_after_a and form.key in ("few", "little"):
                form = replace(form, key=f"a {form.key}")
            found.append(replace(form, marks=marks, quoted=within))
            marks, is_after_a = "", False
    return _join_number_words(found)


def _read(group: str, match: re.Match[str], *, is_first: bool) -> Iterator[NormalForm]:
    text = match[0]
    if group in ("iso", "dmy", "mdy", "my"):
        yield NormalForm(_date(group, text), text, FormKind.DATE)
    elif group.startswith("alias_"):
        yield NormalForm("=" + group.removeprefix("alias_"), text, FormKind.NAME)
    elif group == "money":
        scale = 10**6 if match["scale"] == "m" else _SCALES.get(match["scale"] or "", 1)
        unit = (match["prefix"] or "").removeprefix("US") + match["sign"]
        yield NormalForm(_number(match["amount"], scale), match["amount"], FormKind.NUMBER)
        yield NormalForm(unit, match["sign"], FormKind.UNIT)
    elif group == "ordinal":
        yield NormalForm(f"#{int(text[:-2])}th", text, FormKind.NUMBER)
    elif group.startswith("unit_"):
        yield NormalForm(_UNITS[int(group.removeprefix("unit_"))][0], text, FormKind.UNIT)
    elif group == "short_unit":
        yield NormalForm(_SHORT_UNITS[text.strip()], text.strip(), FormKind.UNIT)
    elif group == "number":
        yield NormalForm(_number(text), text, FormKind.NUMBER)
    elif group == "figures":
        yield NormalForm(f"#{text}", text, FormKind.NUMBER)
    elif group in ("word", "initials"):
        yield from _word(text, is_first=is_first)
    else:
        yield NormalForm(text, text, FormKind.SYMBOL)


def _word(text: str, *, is_first: bool) -> Iterator[NormalForm]:
    lowered = text.casefold()
    if lowered in _IRREGULAR or lowered.endswith("n't"):
        if verb := _IRREGULAR.get(lowered, lowered.removesuffix("n't")):  # none in "n't" alone
            yield NormalForm(verb, text, FormKind.WORD)
        yield NormalForm("not", text, FormKind.WORD)
        return
    stem, apostrophe, ending = lowered.rpartition("'")
    if apostrophe and f"'{ending}" in _ENDINGS:
        yield from _word(text[: len(stem)], is_first=is_first)
        yield NormalForm(_ENDINGS[f"'{ending}"], text[len(stem) :], FormKind.WORD)
    elif lowered in _UNDER_TWENTY or lowered in _NUMERALS:
        yield NormalForm(lowered, text, FormKind.NUMBER)
    elif lowered in _ORDINALS:
        yield NormalForm(f"#{_ORDINALS[lowered]}th", text, FormKind.NUMBER)
    elif lowered in WEEKDAYS or (text[0].isupper() and lowered in _MONTHS and not is_first):
        yield NormalForm(lowered, text, FormKind.DATE)
    elif lowered == "a" and text == "A" and not is_first:
        yield NormalForm("=a", text, FormKind.NAME)  # vitamin A
    else:
        name = text[0].isupper() and lowered not in STOP_WORDS
        key = lowered.replace(".", "")
        yield NormalForm(key, text, FormKind.NAME if name else FormKind.WORD)


def _number(text: str, scale: int = 1) -> str:
    return "#" + format((Decimal(text.replace(",", "")) * scale).normalize(), "f")


def _date(group: str, text: str) -> str:
    """@2021-03-17; less of it where the text says less: @2021-03, @-03-17."""
    if group == "iso":
        return f"@{text}"
    month = next(_MONTHS[w] for w in re.findall(r"[a-z]+", text.lower()) if w in _MONTHS)
    numbers = re.findall(r"\d+", text)
    if group == "my":
        return f"@{numbers[0]}-{month:02}"
    year = numbers[1] if len(numbers) > 1 else ""
    return f"@{year}-{month:02}-{int(numbers[0]):02}"


def _join_number_words(found: list[NormalForm]) -> list[NormalForm]:
    """Make a number in several words one form: twenty-one, two hundred and five, 5 million."""
    made: list[NormalForm] = []
    at = 0
    while at < len(found):
        taken, value = _number_words(found, at)
        if taken:
            text = " ".join(form.text for form in found[at : at + taken])
            key = "#" + format(value.normalize(), "f")
            made.append(replace(found[at], key=key, text=text))
            at += taken
        else:
            made.append(found[at])
            at += 1
    return made


def _number_words(found: list[NormalForm], at: int) -> tuple[int, Decimal]:
    """How many forms from `at` on make one number, 0 if none do, and that number."""
    total, part, top = Decimal(0), None, None
    taken = 0
    for ahead in range(at, len(found)):
        form = found[ahead]
        key = form.key
        if form.marks.strip("-") and ahead > at:
            break
        if part is None and ahead == at and re.fullmatch(r"#-?\d+(?:\.\d+)?", key):
            part = Decimal(key[1:])
            top = part
            continue
        if key == "and" and part is not None and part >= 100 and part % 100 == 0:
            continue
        if key in _UNDER_TWENTY or key in _TENS:
            number = _UNDER_TWENTY.get(key, _TENS.get(key, 0))
            after_tens = part is not None and 20 <= part % 100 <= 90 and part % 10 == 0
            fits = part is None or (part >= 100 and part % 100 == 0)
            if top is not None or not (fits or (after_tens and 0 < number < 10)):
                break
            part = (part or 0) + Decimal(number)
        elif key == "hundred" and (part is None or part < 100):
            part = (1 if part is None else part) * Decimal(100)
        elif key == "dozen" and (part is None or part < 100):
            part = (1 if part is None else part) * Decimal(12)
        elif key in _SCALES and (form.kind is FormKind.NUMBER or top is not None):
            total += (Decimal(1) if part is None else part) * _SCALES[key]
            part = None
            if top is not None:
                taken = ahead - at + 1
                break
        else:
            break
        taken = ahead - at + 1
    return taken, total + (part or 0)
