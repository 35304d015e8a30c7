"""Finds sentences that cannot be understood without the one before: "He left on Tuesday".

Who "he" is, the sentence before says. A word that refers back like this is an anaphor.
"""

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
_ANAPHORIC = re.compile(f"{_OPENING}{_LINKING}{_POINTING}", re.IGNORECASE)
# "It is likely that the envoy left" and "That the envoy left" say themselves what is meant.
_SELF_CONTAINED = re.compile(
    rf"{_OPENING}(?:it\s+(?:is|was|seems|seemed|appears|appeared|remains|remained)\s+\w+\s+"
    r"(?:that|to|whether)\b|that\s+(?:the|an?|he|she|they|it)\b)",
    re.IGNORECASE,
)
_ENDS = re.compile(r"[.!?…][\s\"”’')\]]*$")


def starts_with_anaphor(sentence: str) -> bool:
    """Whether the sentence begins with a word that refers to the sentence before it."""
    is_anaphoric = _ANAPHORIC.match(sentence) is not None
    return is_anaphoric and _SELF_CONTAINED.match(sentence) is None


def ends_like_sentence(text: str) -> bool:
    """Whether the text ends with a sentence's punctuation.

    A heading does not, and cannot say who is meant in the sentence after it.
    """
    return _ENDS.search(text) is not None
