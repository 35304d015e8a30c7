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
from datetime import timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import combinations, pairwise

from corpus.iso_dates import date_bounds, is_later
from retrieval.answering.answer import Difference
from retrieval.answering.citation import Citation
from retrieval.language.normalise import FormKind, NormalForm, normalise
from retrieval.language.tokens import STOP_WORDS, stem

_WORDS_AFTER = 4  # that say what a number counts
_WORDS_BEFORE = 3
_SAME = 0.5  # share of the words around two numbers from which they count one thing
_SHARED = 0.4  # share of the shorter sentence's words that the other must have
_NO_COUNT = re.compile(r"#(?:1[5-9]|20)\d\d|#\d+th|#\d+[:/.]\d+.*")
_BREAKS = frozenset("and but or that while whereas".split())
_VAGUE = frozenset(
    """about around approximately roughly nearly almost least most over under than up down more
    less fewer only just some other another total estimated""".split()
)

_ONE_STORY = timedelta(days=31)
_MOST = Decimal("Infinity")
_BOUND_WORDS = 3
_ROUGHLY = Decimal("0.15")
_ROUNDED_FROM = 100
_AT_LEAST = re.compile(
    r"\b(?:more than|over|above|at least|beyond|exceed\w*|upwards of|surpass\w*|top(?:s|ped)"
    r"|(?:no|not) (?:less|fewer) than|minimum of)$"
)
_AT_MOST = re.compile(
    r"\b(?:(?<!no )(?<!not )(?:less|fewer) than|under|below|at most|up to|as many as|as much as"
    r"|(?:no|not) more than|maximum of)$"
)
_ABOUT = re.compile(
    r"\b(?:about|around|approximately|roughly|nearly|almost|some|estimated|close to|circa|only)$"
)
_OR_MORE = re.compile(r"(?:\S+ )?or more\b|plus\b")
_OR_LESS = re.compile(r"(?:\S+ )?or (?:less|fewer)\b")
_POINTING = frozenset("last this previous next same past preceding".split())
_SPANS = frozenset(
    """year month week quarter season decade day summer winter spring autumn election years months
    weeks""".split()
)
_AWAY = frozenset("earlier before ago later".split())
_BEFORE_PART = frozenset("including by from another further other of".split())
_BEHIND_PART = frozenset("of other others more further additional from".split())
_STATUS = frozenset(
    """may might could would should will can must expected expects fear feared fears plan plans
    planned estimate estimated predict predicted forecast forecasts hope hopes hoped target
    proposed wants asked not no never if unless without initially earlier previously originally
    first former per each every daily weekly monthly annual annually yearly average median record
    total so alone only among half most seriously critically slightly severely badly still
    children women men civilians soldiers officers including excluding""".split()
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
    noun: str = ""  # the stem right behind the number
    low: Decimal | None = None  # the least that it may mean; None where that cannot be told
    high: Decimal | None = None  # the most; None where there is no end
    marks: frozenset[str] = frozenset()  # words that make it a part, a change, a plan, a rate
    names: frozenset[str] = frozenset()  # in its clause


@dataclass(frozen=True, slots=True)
class _Said:
    counts: tuple[Count, ...]
    numbers: frozenset[str]
    names: frozenset[str]
    days: frozenset[str]
    words: frozenset[str]
    times: frozenset[str]
    years: frozenset[str]


def find_differences(citations: Sequence[Citation]) -> tuple[Difference, ...]:
    """Find each two citations of different articles that give different numbers for one thing."""
    found = []
    for (one, first), (other, second) in combinations(enumerate(citations, start=1), 2):
        if first.article.id == second.article.id:
            continue
        dates = first.article.published, second.article.published
        if _are_far_apart(*dates):
            continue
        if values := incompatible_numbers(first.quote, second.quote):
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
    mine, theirs = next(_conflicts(_said(a), _said(b)), (None, None))
    return (mine.text, theirs.text) if mine and theirs else None


def incompatible_numbers(a: str, b: str) -> tuple[str, str] | None:
    """The numbers, as `a` and as `b` have them, of the first thing on which both cannot be right.

    This is what may be said to readers as "The sources differ", so it is stricter than
    `conflicting_numbers`: "more than 1,000" and "1,012" are both right, and so may be this year's
    number and last year's, or a part's and the whole's. None where it is not sure.
    """
    one, other = _said(a), _said(b)
    if one.times != other.times or one.years != other.years:
        return None
    for mine, theirs in _conflicts(one, other):
        if (
            mine.noun == theirs.noun
            and mine.marks == theirs.marks
            and not _may_be_equal(mine, theirs)
            and mine.of - theirs.of <= other.words
            and theirs.of - mine.of <= one.words
            and mine.names <= other.names
            and theirs.names <= one.names
        ):
            return mine.text, theirs.text
    return None


def _conflicts(one: _Said, other: _Said) -> Iterator[tuple[Count, Count]]:
    """The counts of one thing that are not equal."""
    if not _is_about_the_same(one, other):
        return
    for mine in one.counts:
        for theirs in other.counts:
            if (
                mine.key != theirs.key
                and mine.key not in other.numbers
                and theirs.key not in one.numbers
                and count_same_thing(mine, theirs)
            ):
                yield mine, theirs


def _are_far_apart(one: str | None, other: str | None) -> bool:
    """Whether so much time lies between two reports that what they count may have changed."""
    first, second = date_bounds(one), date_bounds(other)
    return (
        first is not None
        and second is not None
        and max(first[0], second[0]) - min(first[1], second[1]) > _ONE_STORY
    )


def _may_be_equal(one: Count, other: Count) -> bool:
    """Whether one number can be meant by both: a bound holds it, or one is the other rounded."""
    if one.low is None or other.low is None:
        return True
    return max(one.low, other.low) <= min(one.high or _MOST, other.high or _MOST)


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
        _times(found),
        frozenset(form.key for form in found if _is_year(form)),
    )


def _times(found: list[NormalForm]) -> frozenset[str]:
    """The times that are told from the day of the report: last year, a month earlier."""
    return frozenset(
        f"{one.key} {other.key}"
        for one, other in pairwise(found)
        if (one.key in _POINTING and other.key in _SPANS)
        or (one.key in _SPANS and other.key in _AWAY)
    )


def _clause(found: list[NormalForm], at: int) -> list[NormalForm]:
    """The forms from the boundary before a number to the one behind it."""
    start, end = at, at + 1
    while start and not found[start].marks.strip("-") and found[start - 1].key not in _BREAKS:
        start -= 1
    while end < len(found) and not found[end].marks.strip("-"):
        is_name_next = end + 1 < len(found) and found[end + 1].kind is FormKind.NAME
        if found[end].key in _BREAKS and not is_name_next:  # in Quux and Zorblatt
            break
        end += 1
    return found[start:end]


def _bounds(found: list[NormalForm], at: int) -> tuple[Decimal | None, Decimal | None]:
    """The least and the most that a number may mean, by the words around it and its noughts."""
    key = found[at].key.removeprefix("#")
    if not re.fullmatch(r"\d+(?:\.\d+)?", key):
        return None, None
    value = Decimal(key)
    before = " ".join(form.key for form in found[max(0, at - _BOUND_WORDS) : at])
    behind = " ".join(form.key for form in found[at + 1 : at + 1 + _BOUND_WORDS])
    if _AT_LEAST.search(before) or _OR_MORE.match(behind):
        return value, None
    if _AT_MOST.search(before) or _OR_LESS.match(behind):
        return Decimal(0), value
    if _ABOUT.search(before) or behind.startswith("or so"):
        return value * (1 - _ROUGHLY), value * (1 + _ROUGHLY)
    half = _last_place(value) / 2
    return value - half, value + half


def _last_place(value: Decimal) -> Decimal:
    """The size of the last place that is meant: .1 of 2.5, 100 of 1,200; 0 of a small count."""
    exponent = int(value.normalize().as_tuple().exponent)
    if exponent == 0 or (exponent > 0 and value < _ROUNDED_FROM):
        return Decimal(0)
    return Decimal(10) ** exponent


def _marks(found: list[NormalForm], at: int, clause: list[NormalForm]) -> frozenset[str]:
    """What makes a number a part, a change, a rate, a plan or a guess."""
    marks = {form.key for form in clause if form.key in _STATUS}
    if at and found[at - 1].key in _BEFORE_PART:
        marks.add(found[at - 1].key)
    if at + 1 < len(found) and found[at + 1].key in _BEHIND_PART:
        marks.add(found[at + 1].key)
    return frozenset(marks)


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
            clause = _clause(found, at)
            low, high = _bounds(found, at)
            yield Count(
                form.text,
                form.key,
                unit,
                frozenset(of),
                noun=_word(after[0]) if after and not after[0].marks.strip("-") else "",
                low=low,
                high=high,
                marks=_marks(found, at, clause),
                names=frozenset(
                    form.key
                    for form in clause
                    if form.kind is FormKind.NAME and form is not found[0]
                ),
            )


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
