"""Splits a text into words with their stems, and tells names, numbers and dates from the rest.

It also tells what a question asks for. English only, like the embedder that ships. These are
rules over one text; what depends on the library, such as how rare a word is, comes from outside.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import Stemmer

from corpus.english import MONTHS, TENS, UNDER_TWENTY

_STEMMER = Stemmer.Stemmer("english")

STOP_WORDS = frozenset(
    """a about above after again all also am an and any are as at be because been before being
    below between both but by can could did do does doing down during each else ever few for from
    further had has have having he her here hers herself him himself his how i if in into is it
    its itself just let may me might more most must my myself no nor not now of off on once only
    or other our ours ourselves out over own per please same shall she should so some such than
    that the their theirs them themselves then there these they this those through to too under
    until up upon us very was we were what whatever when where whether which while who whom whose
    why will with would yet you your yours yourself tell say says said according many much
    happen happened""".split()
)

# Names that people write in more than one way. Only the capitals distinguish "US" from "us".
ALIAS_PATTERNS = {
    "US": r"\bUnited\s+States(?:\s+of\s+America)?\b|\bUSA?\b|\bU\.S\.(?:A\.)?",
    "UK": r"\bUnited\s+Kingdom\b|\bUK\b|\bU\.K\.",
    "EU": r"\bEuropean\s+Union\b|\bEU\b|\bE\.U\.",
    "UN": r"\bUnited\s+Nations\b|\bUN\b|\bU\.N\.",
}
_ALIASES = {name: re.compile(pattern) for name, pattern in ALIAS_PATTERNS.items()}
ALIAS_TERMS = {
    "US": "unitedstates",
    "UK": "unitedkingdom",
    "EU": "europeanunion",
    "UN": "unitednations",
}
"""The one term that stands in the index for all spellings of a name."""

_WORD = re.compile(r"(?:[^\W\d_]\.){2,}|\d+(?:[.,:/]\d+)*|[^\W_]+(?:['’][^\W_]+)*")
_NUMBER_WORDS = frozenset(
    [
        *UNDER_TWENTY,
        *TENS,
        *"""hundred hundreds thousand thousands million millions billion billions trillion dozen
        dozens half third quarter twice percent none""".split(),
    ]
)
_DATE_WORDS = frozenset(
    [
        *MONTHS,
        *"""jan feb mar apr jun jul aug sept oct nov dec monday tuesday wednesday thursday friday
        saturday sunday today yesterday tomorrow tonight century ago""".split(),
    ]
)
# A date only after one of _POINTING: "last week" is a date, "in recent weeks" is not.
_PERIODS = frozenset("morning afternoon evening week weekend month year decade".split())
_POINTING = frozenset("last next this past previous following same earlier later every".split())
_YEAR = re.compile(r"(?:1[0-9]|20)\d\d")
_WHY_CUES = re.compile(
    r"\b(?:because|due to|owing to|thanks to|reasons?|since|in response|as a result"
    r"|result(?:ed|ing)? (?:in|from)|so that|in order to|cause[sd]?|causing|led to|leading to"
    r"|over (?:the|his|her|its|their|alleged)|after|accus\w+|blam\w+|motivat\w+|therefore"
    r"|prompt\w*|amid|for fear|to avoid|to prevent|attribut\w+|stem\w* from|explain\w*)\b",
    re.IGNORECASE,
)


class QuestionType(StrEnum):
    """What a question asks for."""

    WHO = "who"
    WHEN = "when"
    WHERE = "where"
    WHY = "why"
    NUMBER = "number"
    OTHER = "other"


_KINDS = (
    (
        QuestionType.NUMBER,
        r"how (?:many|much|long|old|far|often|large|big|tall|high|fast|heavy|deep)"
        r"|what (?:percent\w*|number|amount|proportion|share|age|population|price|cost)",
    ),
    (
        QuestionType.WHEN,
        r"when|(?:what|which) (?:years?|dates?|days?|months?|century|centuries|decades?|time)",
    ),
    (
        QuestionType.WHERE,
        r"where|(?:what|which) (?:countr\w+|cit(?:y|ies)|states?|places?|regions?|towns?"
        r"|locations?|continents?|islands?|provinces?|venues?)",
    ),
    (
        QuestionType.WHY,
        r"why|how come|what reasons?|what (?:caused|prompted|led)"
        r"|(?:what|which) (?:is|was|are|were) the (?:reasons?|causes?)",
    ),
    (
        QuestionType.WHO,
        r"who|whom|whose|(?:what|which) (?:person|people|man|woman|actors?|actress|presidents?"
        r"|politicians?|compan\w+|organi[sz]ations?|teams?|players?|singers?|bands?)",
    ),
)
_KIND_PATTERNS = tuple((kind, re.compile(rf"\b(?:{words})\b")) for kind, words in _KINDS)


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a text.

    `text` is the word as written; `key` is what is compared: the stem, or "=us" and the like for
    a name with several spellings. The rest says what sort of word it is.
    """

    text: str
    key: str
    is_stop: bool
    is_name: bool
    is_number: bool
    is_date: bool


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The stem of an English word in small letters: what is left without its endings.

    By Snowball's English stemmer, also called Porter2
    (https://snowballstem.org/algorithms/english/stemmer.html).
    """
    return str(_STEMMER.stemWord(word))


def classify_question(question: str) -> QuestionType:
    """What the question asks for, by its first question word; OTHER if it has none."""
    lowered = question.lower()
    found = [
        (match.start(), order, kind)
        for order, (kind, pattern) in enumerate(_KIND_PATTERNS)
        if (match := pattern.search(lowered))
    ]
    return min(found)[2] if found else QuestionType.OTHER


def has_causal_cue(text: str) -> bool:
    """Whether the text has a word of reason or cause, such as "because"."""
    return _WHY_CUES.search(text) is not None


def tokenize_words(text: str) -> list[Word]:
    """Split a text into its words, in order.

    A capital letter makes a word a name, except in stop words, in dates, and in the text's first
    word if that is none of ALIAS_TERMS.
    """
    for name, pattern in _ALIASES.items():
        text = pattern.sub(name, text)
    found = []
    first, before = True, ""
    for match in _WORD.finditer(text):
        word = match[0]
        if word[-2:] in ("'s", "’s"):
            word = word[:-2]
        lowered = word.lower().replace("’", "'")
        alias = f"={word.lower()}" if word in _ALIASES else None
        is_stop = alias is None and lowered in STOP_WORDS
        capital = word[0].isupper()
        is_number = word[0].isdigit() or lowered in _NUMBER_WORDS
        is_date = (
            bool(_YEAR.fullmatch(word))
            or (lowered in _DATE_WORDS and (capital or lowered not in ("may", "march")))
            or (lowered in _PERIODS and before in _POINTING)
        )
        is_name = capital and not is_stop and not is_date and (not first or alias is not None)
        found.append(
            Word(
                word,
                alias or stem(lowered.replace(".", "")),
                is_stop,
                is_name,
                is_number,
                is_date,
            )
        )
        first = False
        before = lowered
    return found
