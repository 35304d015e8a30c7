"""Finds what in a statement is not in the sentences that it cites. Pure and deterministic.

A cited sentence supports a statement when the statement is that sentence shortened and nothing
else: the same words in the same order, none added. Only these parts may be left out, since the
rest stays true without them:

- dates and times, and a few adverbs: Russia *on Wednesday* recalled;
- what stands between commas, dashes or parentheses, and what follows the last of them;
- a title or a first name before a name: *President Joe* Biden;
- an opening "But", "However", or a clause of concession up to its comma.

Negations, conditions, questions, words of doubt before what is kept, and who said it must stay.
Different spellings of one number, date, unit or name are the same (normalise.py), and typography
is not compared. Each sentence of a statement must rest on one cited sentence: a sentence put
together from two is refused, even when each half is true.

What passes although it should not: a sentence that is itself unclear ("He left") or depends on
the sentences around it; a dropped name that distinguished two people (*Michelle* Obama); words
of doubt that are not in the lists below. What is refused although it is true: every other
wording. The quotation then takes its place, so that error costs only style.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from functools import cache

from corpus.segmentation.splitter import sentences
from retrieval.language.normalise import (
    FormKind,
    NormalForm,
    normalise,
    normalise_typography,
    quoted_spans,
)

# Limits of a shortened sentence; a quotation may be longer. Checking takes time in proportion to
# the square of its length: 300 words that are all the same took 1.2 s.
MAX_CHARS = 600
MAX_FORMS = 120


class FindingKind(StrEnum):
    """What is wrong with a statement."""

    NUMBER = "number"
    DATE = "date"
    NAME = "name"
    UNIT = "unit"
    QUOTATION = "quotation"
    NEGATION = "negation"
    CAUSE = "cause"
    WORD = "word"  # any other that is not in the source
    ORDER = "order"  # the source has it elsewhere
    LEFT_OUT = "left out"  # and the rest depends on it
    LENGTH = "length"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not supported.

    `text` is the statement's; the source's where something was left out.
    """

    kind: FindingKind
    text: str


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NEGATION = re.compile(
    r"not|no|none|nor|neither|never|nobody|nothing|nowhere|without|hardly|barely|scarcely"
    r"|rarely|seldom|(?:a )?(?:few|little)|unable|unlikely|false\w*|untrue|incorrect\w*"
    r"|erroneous\w*|mistaken\w*|baseless|unfounded|un(?:proven|confirmed|verified)|hoax\w*|myths?|lack\w*"
    r"|den(?:y|ies|ied|ying|ials?)|refus\w+|reject\w*|fail\w*|disput\w+|refut\w+|debunk\w*"
    r"|discredit\w*|dismiss\w*|contradict\w*|retract\w*|withdr[ae]w\w*|overturn\w*|revers\w+"
    r"|cancel\w*|annul\w*|prevent\w*|avoid\w*|stopped|ceased|doubt\w*|instead|except|excluding"
)
_CONDITION = re.compile(
    r"if|unless|until|whether|or|only|provided|providing|assuming|supposing|otherwise"
    r"|\?|films?|movies?|novels?|fiction\w*|dreams?|myths?|legends?|theor\w+|hypothe\w+|scenarios?"
)
_SPEECH = re.compile(
    r"sa(?:y|ys|id|ying)|t(?:ell|ells|old|elling)|claim\w*|alleg\w+|accord\w*|stat(?:e[sd]|ing)"
    r"|argu\w+|add(?:s|ed|ing)|announc\w+|report(?:s|ed|ing|edly)|suggest\w*|believ\w+|th(?:ink"
    r"|inks|ought|inking)|warn\w*|insist\w*|assert\w*|stress\w*|accus\w+|estimat\w+|expect\w*"
    r"|hop(?:e|es|ed|ing)|fear(?:s|ed|ing)?|suspect\w*|predict\w*|forecast\w*|purport\w*"
    r"|suppos\w+|apparent\w*|seem\w*|appear\w*|reckon\w*|speculat\w+|rumou?r\w*|write|writes|wrote"
    r"|ask(?:s|ed|ing)?|call(?:s|ed|ing)|describ\w+"
)
_DOUBT = re.compile(
    r"may|might|could|would|should|will|shall|can|must|about|around|approximately|roughly|nearly|almost"
    r"|possibl\w+|perhaps|maybe|probabl\w+|likely|potential\w*|plan\w*|propos\w+|attempt\w*|tr(?:y"
    r"|ies|ied|ying)|want\w*|aim\w*|intend\w*|partly|partially|some|most|half|wrongly"
)
_CAUSE = _words(
    """because due owing since therefore thus hence consequently so cause caused causes causing
    reason reasons led leading prompted prompting resulted result resulting triggered sparked
    thanks response after following forced made"""
)
# The beginning or the end of a name, or an office that is another with its first word.
_PARTS_OF_NAMES = _words(
    """north south east west northern southern eastern western central new san santa saint st los
    las el la upper lower great greater vice deputy acting interim former ex assistant then elect
    papua sri saudi anti pro non de van von al bin"""
)
_ADVERBS = _words(
    """also recently meanwhile today yesterday currently publicly officially separately
    additionally moreover furthermore however later earlier"""
)
_TIME = _words(
    """last this next early late morning afternoon evening night week month year ago today
    yesterday tomorrow tonight january february march april may june july august september
    october november december"""
)
_TIME_PREPOSITIONS = _words("on in at since during by from")
_YEAR = re.compile(r"#(?:1[5-9]|20)\d\d")
_OPENINGS = _words("but and so yet also meanwhile however still then moreover furthermore")
_CONCESSIONS = _words("although though while whereas despite amid meanwhile however")
_COORDINATORS = _words("and but or nor while whereas yet so")
_FINITE = _words("was were is are has had did does said told")
_FIRST_PERSON = _words("i we me us my our mine ours myself ourselves you your yours yourself")


def unsupported(statement: str, cited: Sequence[str]) -> tuple[Finding, ...]:
    """Find what in a statement is not in the sentences that it cites.

    Each sentence of the statement is compared with each cited sentence; the findings of the best
    match count. A statement without words is not supported.

    Args:
        statement: One or more sentences.
        cited: The texts of the cited sentences.

    Returns:
        The findings; empty where all is supported.
    """
    whole = _best(statement, cited)
    parts = [sentence.text for sentence in sentences(statement)] if whole else []
    if len(parts) < 2:
        return whole
    return tuple(dict.fromkeys(finding for part in parts for finding in _best(part, cited)))


def supporters(sentence: str, cited: Sequence[str]) -> tuple[int, ...]:
    """Find the cited sentences that each support a sentence alone.

    Args:
        sentence: The sentence.
        cited: The texts of the cited sentences.

    Returns:
        Their places in `cited`, from 0; empty where none supports it.
    """
    return tuple(at for at, text in enumerate(cited) if not unsupported(sentence, [text]))


def same_words(a: str, b: str) -> bool:
    """Whether two texts are the same but for typography: quotes, dashes, spaces, accents' form."""
    return normalise_typography(a) == normalise_typography(b)


def _best(sentence: str, cited: Sequence[str]) -> tuple[Finding, ...]:
    """The findings against the cited sentence that leaves the fewest."""
    if any(same_words(sentence, text) for text in cited) and sentence.strip():
        return ()
    if len(sentence) > MAX_CHARS:
        return (Finding(FindingKind.LENGTH, f"{len(sentence):,} characters"),)
    said = normalise(sentence)
    if len(said) > MAX_FORMS:
        return (Finding(FindingKind.LENGTH, f"{len(said)} words"),)
    if not said or not cited:
        return (Finding(FindingKind.WORD, sentence),)
    return min((_held_against(sentence, said, text) for text in cited), key=len)


def _held_against(sentence: str, said: list[NormalForm], text: str) -> tuple[Finding, ...]:
    """The findings against one cited text."""
    if findings := _misquoted(sentence, text):
        return findings
    source = _Source(normalise(text))
    if _is_shortened(said, source):
        return ()
    return _differences(said, source) or (Finding(FindingKind.ORDER, sentence),)


def _misquoted(sentence: str, text: str) -> tuple[Finding, ...]:
    """What stands in quotation marks but not word for word in the text."""
    ours, theirs = normalise_typography(sentence), normalise_typography(text)
    bare = _bare(theirs)
    wrong = []
    for start, end in quoted_spans(ours):
        inside = _bare(ours[start:end]).strip(" ,.")
        if not inside or re.search(rf"(?<!\w){re.escape(inside)}(?!\w)", bare) is None:
            wrong.append(Finding(FindingKind.QUOTATION, ours[start:end]))
    if ours.count('"') % 2 and theirs.count('"') % 2 == 0:  # a closing mark without an opening one
        wrong.append(Finding(FindingKind.QUOTATION, '"'))
    return tuple(wrong)


def _bare(text: str) -> str:
    """The text without quotation marks, in lower case: a quotation may begin with a capital."""
    return " ".join(re.sub(r"\"|(?<!\w)'|'(?!\w)", "", text).casefold().split())


class _Source:
    """A cited sentence, and where in it stand the forms that must stay."""

    def __init__(self, found: list[NormalForm]) -> None:
        self.forms = found
        self._next = {is_tail: self._next_never(is_tail) for is_tail in (False, True)}

    def left_out(self, start: int, end: int) -> Finding | None:
        """None where the forms from `start` to `end` may go; else the first that must stay."""
        if start == end:
            return None
        is_tail = end == len(self.forms)
        gone = self.forms[start:end]
        at = self._next[is_tail][start]
        if at < end:
            kind = _never(self.forms, at, is_tail=is_tail) or FindingKind.LEFT_OUT
            return Finding(kind, self.forms[at].text)
        before = self.forms[start - 1] if start else None
        after = None if is_tail else self.forms[end]
        cuts = (before and _is_joined(gone[0])) or (after and _is_joined(after))
        if not cuts and (
            _is_time(gone, after)
            or _is_title(gone, before, after)
            or _is_stretch(gone, before, after)
        ):
            return None
        return Finding(FindingKind.LEFT_OUT, " ".join(form.text for form in gone))

    def _next_never(self, is_tail: bool) -> list[int]:
        """For every place, the first at or after it that must stay."""
        following = [len(self.forms)]
        for at in reversed(range(len(self.forms))):
            stays = _never(self.forms, at, is_tail=is_tail) is not None
            following.append(at if stays else following[-1])
        return following[::-1]


def _is_shortened(said: list[NormalForm], source: _Source) -> bool:
    """Whether `said` is the source with only such parts left out as may be.

    All ways to place `said` in the source, in order, are tried, each pair of places once. Both
    have a few hundred forms at most.
    """
    places: dict[str, list[int]] = defaultdict(list)
    for at, form in enumerate(source.forms):
        places[form.key].append(at)

    @cache
    def may_go(start: int, end: int) -> bool:
        return source.left_out(start, end) is None

    reached: set[int] | None = None  # where the form before can be
    for form in said:
        fitting = [at for at in places[form.key] if _fits(form, source.forms[at])]
        if reached is None:
            reached = {at for at in fitting if may_go(0, at)}
            continue
        reached = {
            at
            for at in fitting
            if (at - 1 in reached and _same_marks(form, source.forms[at], source.forms[at - 1]))
            or any(last < at - 1 and may_go(last + 1, at) for last in reached)
        }
    return any(may_go(at + 1, len(source.forms)) for at in reached or ())


def _fits(form: NormalForm, of_source: NormalForm) -> bool:
    """Whether the form is the same; a quoted "I" must stay inside its quotation marks."""
    return form.quoted or not of_source.quoted or form.key not in _FIRST_PERSON


def _same_marks(form: NormalForm, of_source: NormalForm, before: NormalForm) -> bool:
    """Whether the same punctuation stands before both; a dash is a dash, however long.

    A comma before "and" or after a date is a matter of style.
    """
    ours, theirs = (f.marks.replace("–", "-") for f in (form, of_source))
    if form.key in ("and", "or", "but") or before.kind is FormKind.DATE:
        return ours.removesuffix(",") == theirs.removesuffix(",")
    return ours == theirs


def _never(source: list[NormalForm], at: int, *, is_tail: bool) -> FindingKind | None:
    """Why the form at `at` must stay; None where it need not.

    At the end, "and said …" and "saying …" may go with what they introduce. So may doubt, which
    is about what follows it.
    """
    key = source[at].key
    if _NEGATION.fullmatch(key):
        return FindingKind.NEGATION
    if source[at].kind is FormKind.NAME and at:  # Will, May
        return None
    if _CONDITION.fullmatch(key):
        return FindingKind.LEFT_OUT
    if _SPEECH.fullmatch(key):
        forward = key.endswith("ing") or (
            at > 0 and source[at - 1].key in ("and", "but", "who", "which")
        )
        return None if is_tail and forward else FindingKind.LEFT_OUT
    return FindingKind.LEFT_OUT if not is_tail and _DOUBT.fullmatch(key) else None


def _is_joined(form: NormalForm) -> bool:
    """Whether a hyphen joins it to the form before."""
    return form.marks.endswith("-")


def _has_boundary(form: NormalForm) -> bool:
    return any(mark in ",;:()–" for mark in form.marks)


def _is_time(gone: list[NormalForm], after: NormalForm | None) -> bool:
    """On Wednesday; recently; in March 2021."""
    if after is not None and after.kind in (FormKind.NUMBER, FormKind.UNIT):
        return False
    if all(form.key in _ADVERBS for form in gone):
        return True
    rest = gone[1:] if gone[0].key in _TIME_PREPOSITIONS else gone
    return bool(rest) and all(
        form.kind is FormKind.DATE or form.key in _TIME or _YEAR.fullmatch(form.key)
        for form in rest
    )


def _is_title(gone: list[NormalForm], before: NormalForm | None, after: NormalForm | None) -> bool:
    """President Joe, before Biden."""
    return (
        after is not None
        and after.kind is FormKind.NAME
        and (before is None or before.kind is not FormKind.NAME)
        and all(form.kind is FormKind.NAME and form.key not in _PARTS_OF_NAMES for form in gone)
        and not any(form.marks for form in (*gone[1:], after))
    )


def _is_stretch(
    gone: list[NormalForm], before: NormalForm | None, after: NormalForm | None
) -> bool:
    """A part set off by punctuation, unless a clause with another subject begins there."""
    first = gone[0].key
    if before is None:
        return all(form.key in _OPENINGS for form in gone) or (
            first in _CONCESSIONS and after is not None and _has_boundary(after)
        )
    if after is None:
        if _has_boundary(gone[0]):
            return first not in ("or", "nor")
        return first in ("and", "but") and len(gone) > 1 and gone[1].key in _FINITE
    return _has_boundary(gone[0]) and _has_boundary(after) and first not in _COORDINATORS


def _differences(said: list[NormalForm], source: _Source) -> tuple[Finding, ...]:
    """The differences of statement and source, by the longest stretches that they share."""
    ours, theirs = [form.key for form in said], [form.key for form in source.forms]
    found: list[Finding] = []
    steps = SequenceMatcher(None, theirs, ours, autojunk=False).get_opcodes()
    for step, start, end, first, last in steps:
        found += [_added(form, theirs) for form in said[first:last] if step != "equal"]
        if step == "delete" and (lost := source.left_out(start, end)):
            found.append(lost)
        if step == "replace":
            found += [
                Finding(FindingKind.NEGATION, form.text)
                for at, form in enumerate(source.forms[start:end], start)
                if _never(source.forms, at, is_tail=False) is FindingKind.NEGATION
            ]
    return tuple(dict.fromkeys(found))


def _added(form: NormalForm, source: Sequence[str]) -> Finding:
    kinds = {
        FormKind.NUMBER: FindingKind.NUMBER,
        FormKind.DATE: FindingKind.DATE,
        FormKind.UNIT: FindingKind.UNIT,
        FormKind.NAME: FindingKind.NAME,
    }
    if form.key in source:
        return Finding(FindingKind.ORDER, form.text)
    if _NEGATION.fullmatch(form.key):
        return Finding(FindingKind.NEGATION, form.text)
    if form.key in _CAUSE:
        return Finding(FindingKind.CAUSE, form.text)
    return Finding(kinds.get(form.kind, FindingKind.WORD), form.text)
