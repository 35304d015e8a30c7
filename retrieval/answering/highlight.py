"""Highlights: the words of a quotation that answer, for showing them in bold.

The passage reader says where they begin and end. Alone they may say something else than their
sentence: "12" of "at least 12", "released" of "not yet been released". So a highlight is widened
until it has the negation, the hedge or the bound that changes it.
"""

from __future__ import annotations

import re

MOST = 0.7  # of the sentence: what is nearly all of it needs no bold
_WORD = re.compile(r"\w+(?:[.,:/]\d+|[’'\-‑]\w+)*|[%$€£]")
_CHANGING = frozenset(
    """hardly barely scarcely rarely seldom unlikely
    about around approximately roughly nearly almost circa some least most over under above below
    than up only just estimated may might could would should perhaps possibly probably reportedly
    allegedly supposedly apparently likely expected alleged suspected if unless except excluding
    before after until since between within few fewer less more""".split()
)
"""Words that change what stands right behind them."""
_NEGATIONS = frozenset("not no never none neither nor without cannot".split())
"""Words that change what stands behind them in their clause, also some words away."""
_BETWEEN = frozenset(
    """a an the any at as been be being yet ever have has had to of in on for that many much
    also still really very so is are was were it $ € £""".split()
)
"""Words that may stand between such a word and what it changes."""
_BEHIND = re.compile(
    r"\W{0,2}\s*(?:or\s+(?:more|less|fewer|so|later|earlier|older|younger|higher|lower)|at\s+(?:least|most)"
    r"|and\s+(?:counting|up|over)|not\b|ago\b|earlier\b|later\b|if\b|unless\b|except\b|%|percent\b|per\s+cent\b)",
    re.IGNORECASE,
)
"""What changes the words right before it."""
_AUXILIARY = re.compile(
    r"\b(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|shall|should|may|might|must)"
    r"\s*$",
    re.IGNORECASE,
)
_NEGATED = re.compile(r"\s*(?:not|never|n[’']t)\b", re.IGNORECASE)
_MOST_BETWEEN = 4
_MOST_NEGATED = 7


def highlight(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Widen `text[start:end]` to words that mean alone what they mean there.

    Args:
        text: The sentence.
        start: Where the words begin, in code points of `text`.
        end: Where they end, excluded.

    Returns:
        Where the highlight begins and ends; None where there are no words, or where it would be
        nearly the whole sentence.
    """
    words = [match.span() for match in _WORD.finditer(text)]
    inside = [span for span in words if span[0] < end and start < span[1]]
    if not inside:
        return None
    first = words.index(inside[0])
    end = inside[-1][1]
    while (wider := _changed_by(text, words, first)) is not None:
        first = wider
    if first and text[words[first - 1][0]] in "$€£":
        first -= 1
    start = words[first][0]
    while (match := _BEHIND.match(text, end)) is not None:
        end = match.end()
    if _AUXILIARY.search(text[start:end]) and (match := _NEGATED.match(text, end)):
        end = match.end()
    if text[end : end + 1] == ")" and text.count("(", start, end) > text.count(")", start, end):
        end += 1
    if end - start > MOST * len(text.strip()):
        return None
    return start, end


def _changed_by(text: str, words: list[tuple[int, int]], first: int) -> int | None:
    """Which word before the first one changes it, by its place; None if none does.

    Only words of the same clause: no comma, full stop or bracket stands between.
    """
    is_near = True
    for at in range(first - 1, max(-1, first - 1 - _MOST_NEGATED), -1):
        if not _is_joined(text, words[at][1], words[at + 1][0]):
            return None
        word = text[slice(*words[at])].lower()
        if word in _NEGATIONS or word.endswith(("n't", "n’t")):
            return at
        is_near = is_near and first - at <= _MOST_BETWEEN
        if is_near and word in _CHANGING:
            is_bound = word in ("least", "most") and text[slice(*words[at - 1])].lower() == "at"
            return at - 1 if at and is_bound else at
        is_near = is_near and word in _BETWEEN
    return None


def _is_joined(text: str, end: int, start: int) -> bool:
    """Whether nothing but white space, a quotation mark or a currency's sign stands between."""
    return not text[end:start].strip(" \t\n\u00a0“”\"'‘’$€£~")
