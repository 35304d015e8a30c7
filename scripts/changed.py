"""Questions with one thing changed: what answered them before does not any more.

After the unanswerable questions of SQuAD 2 (Rajpurkar et al., 2018), which people wrote; these
are made by exchanging a name or a number for another of the same set, or a word for its opposite.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Mapping

NAME_OR_NUMBER = re.compile(r"(?<!^)\b(?:[A-Z][\w'-]+(?: [A-Z][\w'-]+)*|\d[\d,.]*)\b")
NAMES_FIRST = 0.6  # of the questions that have a name or a number

_PAIRS = """
first last, largest smallest, most least, before after, north south, east west,
northern southern, highest lowest, more fewer, win lose, won lost, begin end, began ended,
started stopped, increase decrease, increased decreased, best worst, oldest youngest, early late,
major minor, father mother, above below, inside outside, join leave, joined left, public private,
positive negative, upper lower, support oppose, supported opposed, maximum minimum, new old,
male female, women men, right left, hot cold, short long, small large, good bad, up down,
gain lose, created destroyed, founded closed, allowed banned
"""
OPPOSITES = {"main": "only", "born": "buried", "defeated": "joined", "can": "cannot", "not": ""}
for _pair in _PAIRS.replace("\n", " ").split(","):
    _one, _other = _pair.split()
    OPPOSITES.setdefault(_one, _other)
    OPPOSITES.setdefault(_other, _one)
WEAK = {verb: f"{verb}n't" for verb in ("is", "was", "did", "does", "are", "were")}
OPPOSITES |= WEAK


class Changes:
    """Changes to questions; what they exchange is from the questions of the same `group`."""

    def __init__(self, questions: Iterable[tuple[str, str]], chance: random.Random) -> None:
        """`questions` are pairs of a group and a text."""
        found: dict[tuple[str, bool], set[str]] = {}
        for group, text in questions:
            for name in NAME_OR_NUMBER.findall(text):
                found.setdefault((group, name[0].isdigit()), set()).add(name)
        self._names: Mapping[tuple[str, bool], list[str]] = {
            key: sorted(names) for key, names in found.items()
        }
        self._chance = chance

    def change(self, group: str, text: str) -> str | None:
        """The question with one thing changed; None where there is nothing to change."""
        names = list(NAME_OR_NUMBER.finditer(text))
        if names and self._chance.random() < NAMES_FIRST:
            name = self._chance.choice(names)
            others = self._names[group, name[0][0].isdigit()]
            others = [other for other in others if other not in text and name[0] not in other]
            if others:
                return text[: name.start()] + self._chance.choice(others) + text[name.end() :]
        words = [
            w for w in re.finditer(r"[A-Za-z]+", text) if w.start() and w[0].lower() in OPPOSITES
        ]
        words = [w for w in words if w[0].lower() not in (*WEAK, "can")] or words
        if not words:
            return None
        word = self._chance.choice(words)
        return text[: word.start()] + OPPOSITES[word[0].lower()] + text[word.end() :]
