"""Rules that join pieces which the splitter took for two sentences.

sentencex ends a sentence after "10 a.m." even where "EDT" follows, and makes a closing quotation
mark a sentence of its own. A citation would then stop in the middle of a sentence, or quote
"EDT." as one. Each rule here joins two pieces where leaving them apart is all but never right; in
doubt they stay apart.
"""

from __future__ import annotations

import re
import unicodedata

from corpus.english import MONTHS

# Rules look at no more of a piece than this, whatever its length.
_WINDOW = 80

_TIME_OF_DAY = re.compile(r"\b[ap]\. ?m\.$", re.IGNORECASE)
_WEEKDAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?\b"
_MONTH = f"(?:{'|'.join(month[:3].title() for month in MONTHS)})"
_ZONE = (
    r"[A-Z]{1,4}T\b|UTC\b"  # ET, EDT, CEST
    r"|(?!This|That|The|Each|Every|Some|Next|Last)(?:[A-Z][a-z]+ ){1,3}[Tt]ime\b"
    r"|(?:Eastern|Central|Mountain|Pacific)(?=[.,]| on\b)"
)
_GOES_ON_FROM_TIME = re.compile(rf"{_ZONE}|{_WEEKDAY}|{_MONTH}[a-z]*\.? \d|\(")

_SHORT_MONTH = re.compile(rf"(?<!\w){_MONTH}t?\.$")  # Sept.
_DAY = re.compile(r"\d{1,2}\b")

# "D-Va. showed", and the titles that end in a mark: "The game show Jeopardy! was".
_SHORTENED_OR_TITLE = re.compile(r"(?<!\w)(?:[A-Z][a-z]{0,4}\.|[A-Z]\w*[!?])$")
_PLAIN_WORD = re.compile(r"[a-z]+[ ,;]")

_STOP = re.compile(r"\.$")
_ASIDE = re.compile(r"\([^()]*\) [a-z]")  # "HDT Ipari Kft. (HDT Limited) acquired"

# How the first piece ends, and how the second begins.
_RULES = (
    (_TIME_OF_DAY, _GOES_ON_FROM_TIME),
    (_SHORT_MONTH, _DAY),
    (_SHORTENED_OR_TITLE, _PLAIN_WORD),
    (_STOP, _ASIDE),
)
# "Schumer, D-N." of "D-N.Y."
_WITHIN_A_WORD = (re.compile(r"(?<![^\W\d_])[A-Z]\.$"), re.compile(r"[A-Z]\b"))


def is_same_sentence(before: str, after: str) -> bool:
    """Whether a sentence that begins in `before` goes on in `after`.

    Args:
        before: A piece of a text, with the white space around it.
        after: The piece that follows it.
    """
    said, next_ = before.rstrip()[-_WINDOW:], after.lstrip()[:_WINDOW]
    apart = before[-1:].isspace() or after[:1].isspace()
    rules = _RULES if apart else (*_RULES, _WITHIN_A_WORD)
    return _closes(after) or any(end.search(said) and start.match(next_) for end, start in rules)


def _closes(piece: str) -> bool:
    """Whether a piece holds nothing but closing marks, stops, and invisible characters."""
    marks = piece.strip()
    return bool(marks) and all(
        mark in "'\".…" or unicodedata.category(mark) in ("Pe", "Pf", "Cf") for mark in marks
    )
