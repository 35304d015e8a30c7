"""Sentences that lean on the one before: who "he" is in "He left on Tuesday" stands there."""

from __future__ import annotations

import re

_OPENING = r"[\s\"“‘'(\[]*"
_LINKING = (
    r"(?:(?:and|but|so|yet|or|nor|then|later|however|instead|still|meanwhile|therefore|thus|also"
    r"|moreover|nevertheless|afterwards?|as a result|in addition|for example|at the time"
    r"|by then|until then|since then|by that time),?\s+)?"
)
_POINTING = (
    r"(?:he|she|they|it|him|her|his|hers|their|theirs|its|this|that|these|those|such|both"
    r"|neither|the\s+(?:latter|former|same|other|two|three|pair|duo|group|move|decision))\b"
)
_LEANS = re.compile(f"{_OPENING}{_LINKING}{_POINTING}", re.IGNORECASE)
# "It is likely that the envoy left" and "That the envoy left" say it themselves.
_STANDS = re.compile(
    rf"{_OPENING}(?:it\s+(?:is|was|seems|seemed|appears|appeared|remains|remained)\s+\w+\s+"
    r"(?:that|to|whether)\b|that\s+(?:the|an?|he|she|they|it)\b)",
    re.IGNORECASE,
)
_ENDS = re.compile(r"[.!?…][\s\"”’')\]]*$")


def starts_with_anaphor(sentence: str) -> bool:
    """Whether the sentence begins with a word whose meaning the one before it has."""
    return _LEANS.match(sentence) is not None and _STANDS.match(sentence) is None


def ends_like_sentence(text: str) -> bool:
    """Whether it ends as sentences do; a heading does not, and explains nobody."""
    return _ENDS.search(text) is not None
