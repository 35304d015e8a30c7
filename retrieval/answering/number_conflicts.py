"""Finds sources that disagree: two sentences with different numbers for the same thing.

It compares counts. A count is a number with the words around it that say what is counted, up to
a comma, an "and" or the next number. Two counts are of one thing when most of those words are
the same and both sentences have the same names and days. So "12 hurt" and "14 hurt" differ;
"rose from 12 to 14" differs from neither, for it has both. Years, ordinals and times of day are
no counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

from corpus.iso_dates import is_later
from retrieval.answering.answer import Difference
from retrieval.answering.citation import Citation
from retrieval.language.normalise import FormKind, NormalForm, normalise
from retrieval.language.tokens import STOP_WORDS, stem

_WORDS_AFTER = 4  # that say what a number counts
_WORDS_BEFORE = 3
_SAME = 0.5  # share of the words around two numbers from which they count one thing
_SHARED = 0.4  # share of the shorter sentence's words that the other must have
_NO_COUNT = re.compile(r"#(?:1[5-9]|20)\d\d|#\d+th|#\d+[:/.]\d+.*")
_BREAKS = frozenset("and but or while whereas".split())
_VAGUE = frozenset(
    """about around approximately roughly nearly almost least most over under than up down more
    less fewer only just some other another total estimated""".split()
)


@dataclass(frozen=True, slots=True)
class Count:
    """A number: as written (`text`), normalised (`key`), its unit, and what it counts.

    `of` has the stems of the words that say what is counted.
    """

    text: str
    key: str
    unit: str
    of: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Said:
    counts: tuple[Count, ...]
    numbers: frozenset[str]
    names: frozenset[str]
    days: frozenset[str]
    words: frozenset[str]


def find_differences(citations: Sequence[Citation]) -> tuple[Difference, ...]:
    """Find each two citations of different articles that give different numbers for one thing."""
    found = []
    for (one, first), (other, second) in combinations(enumerate(citations, start=1), 2):
        if first.article.id == second.article.id:
            continue
        if values := conflicting_numbers(first.quote, second.quote):
            dates = first.article.published, second.article.published
            later = one if is_later(*dates) else other if is_later(*dates[::-1]) else None
            found.append(Difference((one, other), values, later))
    return tuple(found)


def conflicting_numbers(a: str, b: str) -> tuple[str, str] | None:
    """Find the first thing for which two sentences give different numbers.

    Args:
        a: A sentence.
        b: Another.

    Returns:
        The number as `a` writes it and as `b` does; None where they agree or have nothing in
        common.
    """
    one, other = _said(a), _said(b)
    if not _is_about_the_same(one, other):
        return None
    for mine in one.counts:
        for theirs in other.counts:
            if (
                mine.key != theirs.key
                and mine.key not in other.numbers
                and theirs.key not in one.numbers
                and count_same_thing(mine, theirs)
            ):
                return mine.text, theirs.text
    return None


def find_counts(text: str) -> tuple[Count, ...]:
    """Find what a sentence counts, in its order."""
    return _said(text).counts


def count_same_thing(one: Count, other: Count) -> bool:
    """Whether two counts are of one thing, by their units and the words around them."""
    return one.unit == other.unit and _share(one.of, other.of) >= _SAME


def _is_about_the_same(one: _Said, other: _Said) -> bool:
    if one.names or other.names:
        apart = one.names ^ other.names
        if not one.names & other.names or (one.names & apart and other.names & apart):
            return False
    if one.days and other.days and not one.days & other.days:
        return False
    least = min(len(one.words), len(other.words))
    return least > 0 and len(one.words & other.words) / least >= _SHARED


@lru_cache(2000)
def _said(text: str) -> _Said:
    found = normalise(text)
    return _Said(
        tuple(_counts(found)),
        frozenset(form.key for form in found if form.kind is FormKind.NUMBER),
        frozenset(form.key for form in found if form.kind is FormKind.NAME),
        frozenset(form.key for form in found if form.kind is FormKind.DATE or _is_year(form)),
        frozenset(word for form in found if (word := _word(form))),
    )


def _is_year(form: NormalForm) -> bool:
    return re.fullmatch(r"#(?:1[5-9]|20)\d\d", form.key) is not None and "," not in form.text


def _counts(found: list[NormalForm]) -> Iterator[Count]:
    for at, form in enumerate(found):
        if form.kind is not FormKind.NUMBER or _is_year(form) or _NO_COUNT.fullmatch(form.key):
            continue
        after = found[at + 1 :]
        unit = after[0].key if after and after[0].kind is FormKind.UNIT else ""
        before = reversed(found[:at])
        of = {
            *_stretch(after[bool(unit) :], _WORDS_AFTER),
            *_stretch(before, _WORDS_BEFORE, backwards=True, marks=form.marks),
        }
        if of:
            yield Count(form.text, form.key, unit, frozenset(of))


def _stretch(
    found: Iterator[NormalForm] | list[NormalForm],
    most: int,
    *,
    backwards: bool = False,
    marks: str = "",
) -> Iterator[str]:
    """The stems of the content words in a row, up to a mark, a number or a break."""
    taken = 0
    for form in found:
        if marks if backwards else form.marks.strip("-"):
            return
        marks = form.marks.strip("-")
        if form.kind in (FormKind.NUMBER, FormKind.DATE) or form.key in _BREAKS or taken == most:
            return
        if word := _word(form):
            taken += 1
            yield word


def _word(form: NormalForm) -> str:
    """The stem of a content word or a name, "" for any other form."""
    if form.kind not in (FormKind.WORD, FormKind.NAME):
        return ""
    return "" if form.key in STOP_WORDS or form.key in _VAGUE else stem(form.key)


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other)
