"""Finds sentences that say that no reason was given for what is asked: "did not give a reason".

As the answer to a question that asks why, such a quotation reads like an evasion. So the answer
first says in plain words what it means, but only where the sentence says it of the very thing that
is asked. Nothing is said where

- the reason that was not given is for something else: "gave no reason for the delay";
- the sentence may give a reason elsewhere: because, over, for singing, to discuss it;
- somebody claims it, or it held only for a while or for a part: "no further reason";
- the one to whom it was done says nothing: "Antonov did not say why he was recalled".

A statement that is missing costs nothing, for the quotation stands anyway. English only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from retrieval.language.tokens import Word, tokenize_words

_REASONS = (
    r"(?:(?P<detail>specific|detailed|particular|clear|official)\s+)?"
    r"(?:reasons?|explanations?|causes?|motives?|justifications?|grounds)\b"
)
_GIVE = r"(?:g[ai]ve[ns]?|giving|offer\w*|provid\w*|stat\w*|cit\w*|specif\w*|disclos\w*|nam\w*)"
_NOT = r"(?:\b(?:did|does|has|have|had|was|were)(?:\s+not|n['’]t|\s+never))"
_ITS = r"(?:(?:any|an?|the|its|their|his|her)\s+)?"
_OPENLY = r"(?:(?:publicly|officially|explicitly)\s+)?"
_WITHOUT = re.compile(rf"\bwithout\s+{_GIVE}\s+{_ITS}{_REASONS}", re.IGNORECASE)
_PASSIVE = re.compile(
    rf"\bno\s+{_REASONS}(?P<thing>\s+for\s+[^,;:()]+?)?"
    rf"\s+(?:was|were|has\s+been|have\s+been)\s+{_GIVE}",
    re.IGNORECASE,
)
_ACTIVE = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_NOT}\s+{_OPENLY}{_GIVE}\s+{_ITS}{_REASONS}",
        rf"\b{_GIVE}\s+no\s+{_REASONS}",
        r"\b(?:declin|refus)ed\s+to\s+(?:say|explain|comment\s+on)\s+why\b",
        rf"{_NOT}\s+{_OPENLY}(?:say|explain|specify|disclose|state)\s+why\b",
    )
)

# A reason may follow, or stand, where one of these is.
_CUE = re.compile(
    r"\b(?:because|due to|owing to|thanks to|as a result|result\w* (?:in|from)|in response|so that"
    r"|in order|after|following|amid|over|since|caus\w+|prompt\w*|spark\w*|trigger\w*|led to"
    r"|accused|blam\w+|attribut\w*|link\w*|tied|cit(?:ed|ing)|point(?:ed|ing) to|motivat\w+"
    r"|punish\w*|retaliat\w*|in protest|for fear|reason was|for\s+\w+ing|as(?! well as| to))\b",
    re.IGNORECASE,
)
_PURPOSE = re.compile(r"\bto\s+(?!the\b|an?\b|its\b|his\b|her\b|their\b)[a-z]+")
_WEAK_CUE = re.compile(
    r"\baccusing\b|\b(?:but|though|although|while|whereas|however)\b.*?"
    r"\b(?:sa(?:id|ys)|told|report\w*|suggest\w*|stress\w*|add(?:ed|s)|wrote|believ\w*|hint\w*"
    r"|suspect\w*|denied|insist\w*|mention\w*|not(?:ed|es))\b",
    re.IGNORECASE | re.DOTALL,
)
# Somebody's word for it, or a doubt, before what is said.
_CLAIMED = re.compile(
    r"\b(?:sa(?:id|ys|ying)|claim\w*|alleg\w*|complain\w*|accord\w*|den(?:y|ied|ies)|insist\w*"
    r"|report(?:s|ed|edly)|told|argu\w+|believ\w*|suggest\w*|critici\w*|warn\w*|if|unless|whether"
    r"|would|could|might|may|must|should|can|will|rumou?r\w*|false\w*|untrue|not|never|wrote"
    r"|asked|wonder\w*)\b",
    re.IGNORECASE,
)
_CLAIMED_BEHIND = re.compile(
    r"\baccording to\b|[,–—]\s*(?!but\b|and\b|who\b|which\b|though\b|although\b)[^,]{1,60}?"
    r"\b(?:sa(?:id|ys)|claim\w*|complain\w*|alleg\w*|told|wrote|report\w*)\b",
    re.IGNORECASE,
)
_FOR_A_WHILE = re.compile(
    r"\b(?:until|at first|initially|originally|yet|so far|at the time|then|later|eventually"
    r"|immediately|but (?:several|two|three|many|rather|instead))\b",
    re.IGNORECASE,
)
_SEGMENTS = re.compile(
    r"[,;:()\[\]–—]|\s-\s|\b(?:and|but|although|though|while|whereas)\b", re.IGNORECASE
)
_OF_WHAT = re.compile(r"\s+(?P<lead>for|behind|of|as\s+to\s+why|why)\s+", re.IGNORECASE)
_END_OF_THING = re.compile(
    r"[,;:()\[\]–—.?!]|\b(?:and|but|although|though|while|whereas|when|after|before|in|on|at|during"
    r"|last|this|earlier|beyond|other|as|except)\b",
    re.IGNORECASE,
)
_OTHER_END = re.compile(r"\s+(?:to|that|than|not)\b", re.IGNORECASE)
_BEHIND_HEAD = re.compile(r"\b(?:of|from|to|by|against|with|between)\b", re.IGNORECASE)
_SAME_THING = frozenset("it this that so doing move decision step action measure".split())
_SUDDEN = frozenset("sudden abrupt surpris unexpect".split())
_ABOUT_REASONS = frozenset("reason caus explan led lead prompt come".split())
_NOMINAL = frozenset(("", "al", "ation", "ion", "ment", "ur", "ure", "anc", "e", "ing"))
_NEGATED = re.compile(r"\b(?:not|no|never|nor|neither|without|cannot)\b|n['’]t\b", re.IGNORECASE)
_MODAL = re.compile(r"\b(?:would|could|might|may|must|should|can|will)\b")
_BE = frozenset("is are was were been being be".split())
_LINKS = frozenset("of with by from for to against about like than".split())
_MAX_SUBJECT = 4  # words of who gave no reason
_MAX_OBJECT = 5  # words from a verb to its object


def describe_missing_reason(sentence: str, question: str, context: str | None = None) -> str | None:
    """Says that no reason was given, where the sentence says so of what the question asks.

    Args:
        sentence: The quoted sentence.
        question: One that asks why.
        context: The sentence before, where the quotation is shown with it.

    Returns:
        "No reason was given.", or "No specific reason was given."; None where the sentence does
        not say it, or not surely of what is asked.
    """
    asked = _Asked(question)
    if not asked.words or _NEGATED.search(question):
        return None
    match = next((m for p in (_WITHOUT, _PASSIVE, *_ACTIVE) if (m := p.search(sentence))), None)
    if match is None or "?" in sentence or _is_quoted(sentence, match.start()):
        return None
    before, behind = sentence[: match.start()], sentence[match.end() :]
    thing, rest = _thing(match, behind)
    if thing is None:
        return None
    detail = (match.groupdict().get("detail") or "").lower()
    elsewhere = f"{before} … {rest}"
    if (
        _CLAIMED.search(before)
        or _CLAIMED_BEHIND.search(rest)
        or _FOR_A_WHILE.search(sentence)
        or _CUE.search(elsewhere)
        or _PURPOSE.search(before)
        or (not detail and _WEAK_CUE.search(elsewhere))
    ):
        return None
    if not _is_what_is_asked(asked, thing, match, before, context):
        return None
    return f"No {detail} reason was given." if detail else "No reason was given."


class _Asked:
    """What a question asks the reason of: its content words, and how its verb stands."""

    def __init__(self, question: str) -> None:
        row = tokenize_words(question)
        self.words = [w for w in row if _is_content(w) and w.key not in _ABOUT_REASONS]
        self.names = [w for w in self.words if w.is_name]
        said = [w.text.lower() for w in row]
        auxiliary = next((w for w in said if w in _BE or w in ("did", "does", "do", "has")), "")
        self.said = set(said)
        self.is_passive = auxiliary in _BE
        self.dates = {w.key for w in row if w.is_date}

    def covers(self, word: Word) -> bool:
        """Whether the question has this word, or its verb or noun."""
        return any(_is_same(word, mine) for mine in self.words)

    def is_of(self, segment: str) -> bool:
        """Whether the segment says that it happened: of the same one, in the same place."""
        row = tokenize_words(segment)
        if _NEGATED.search(segment) or _MODAL.search(segment) or not self.is_within(row):
            return False
        if len(self.words) == 1:
            return True
        first, rest = self.words[0], self.words[1:]
        if re.search(rf"\b{re.escape(first.text)}['’]s?\b", segment, re.IGNORECASE):
            return False
        places = [at for at, word in enumerate(row) if _is_same(word, first)]
        verbs = [at for at, word in enumerate(row) if any(_is_same(word, w) for w in rest)]
        return any(self._stands(row, place, verb) for place in places for verb in verbs)

    def is_within(self, row: Sequence[Word]) -> bool:
        return all(any(_is_same(word, mine) for word in row) for mine in self.words)

    def _stands(self, row: Sequence[Word], place: int, verb: int) -> bool:
        """Whether who is asked about stands to the verb as in the question."""
        passive = any(w.text.lower() in _BE for w in row[max(0, verb - 3) : verb])
        if place < verb:
            return passive == self.is_passive and self._begins(row, place)
        between = row[verb + 1 : place]
        if self.is_passive:  # Russia recalled its ambassador Antonov
            return (
                not passive
                and len(between) < _MAX_OBJECT
                and not any(w.text.lower() in _LINKS for w in between)
            )
        return passive and bool(between) and between[0].text.lower() == "by"

    def _begins(self, row: Sequence[Word], place: int) -> bool:
        """Whether nothing but times, titles and function words stands before it."""
        title = True
        for word in reversed(row[:place]):
            if word.text.lower() in _LINKS:
                return False
            if _is_content(word) and not word.is_name and not title and not self.covers(word):
                return False
            title = title and _is_content(word)
        return True


def _thing(match: re.Match[str], behind: str) -> tuple[str | None, str]:
    """For what no reason was given, "" where that is not said, and what is behind it.

    None where what follows says something else: no reason to doubt it.
    """
    if thing := match.groupdict().get("thing"):
        return thing.strip()[len("for ") :], behind
    lead = _OF_WHAT.match(behind)
    if match[0].lower().endswith("why") or lead:
        start = lead.end() if lead else 0
        end = _END_OF_THING.search(behind, start)
        at = end.start() if end else len(behind)
        return behind[start:at].strip(), behind[at:]
    return (None if _OTHER_END.match(behind) else ""), behind


def _is_what_is_asked(
    asked: _Asked, thing: str, match: re.Match[str], before: str, context: str | None
) -> bool:
    pieces = [piece.strip() for piece in _SEGMENTS.split(before)]
    own, earlier = pieces[-1], [piece for piece in pieces[:-1] if piece]
    is_active = match.re in _ACTIVE
    row = tokenize_words(thing)
    if is_active and asked.is_passive and _is_the_one(asked, own, thing):
        return False
    if thing and not {w.text.lower() for w in row if not _is_determiner(w)} <= _SAME_THING:
        if not _is_clean(asked, thing, row):
            return False
        nouns = [w for w in asked.words if not w.is_name]
        has_nouns = all(any(_is_same(w, mine) for w in row) for mine in nouns)
        has_name = any(_is_same(w, mine) for w in row for mine in asked.names)
        if nouns and has_nouns and (has_name or not asked.names):
            return not _is_swapped(asked, thing, row)
        segments = [*earlier, own, *([context] if context else [])]
        return any(asked.is_of(segment) for segment in segments if segment)
    if match.re is _WITHOUT or len(own.split()) > _MAX_SUBJECT:
        return asked.is_of(own)
    if not earlier and context:
        earlier = [piece for piece in _SEGMENTS.split(context.rstrip(" .")) if piece.strip()]
        return (
            not _CUE.search(context) and not _PURPOSE.search(context) and asked.is_of(earlier[-1])
        )
    if not earlier:
        return False
    if not own and is_active and asked.is_passive and _is_passive(earlier[-1]):
        return False
    return asked.is_of(earlier[-1])


def _is_the_one(asked: _Asked, subject: str, thing: str) -> bool:
    """Whether the one that gave no reason is the one to whom it was done."""
    said = {word.text.lower() for word in tokenize_words(subject)}
    of = {word.text.lower() for word in tokenize_words(thing)} | asked.said
    if any(asked.covers(w) for w in tokenize_words(subject) if w.is_name):
        return not any(w.text.lower() in _BE for w in tokenize_words(subject))
    one = said & {"he", "she"}
    return bool(one) and not ({"he", "she"} - one) & of


def _is_clean(asked: _Asked, thing: str, row: Sequence[Word]) -> bool:
    """Whether all that the thing consists of is in the question, but for titles before a name."""
    if _NEGATED.search(thing) or _MODAL.search(thing):
        return False
    covered = False
    for word in reversed(row):
        if word.is_date and word.key not in asked.dates:
            return False
        if word.is_number or _is_content(word):
            is_title = covered and not word.is_number
            if not (asked.covers(word) or is_title or word.key in _SUDDEN):
                return False
            covered = (asked.covers(word) and word.is_name) or is_title
        else:
            covered = False
    head = [w for w in tokenize_words(_BEHIND_HEAD.split(thing)[0]) if _is_content(w)]
    nouns = [w for w in head if not w.is_name]
    return bool(nouns) and asked.covers(nouns[-1])


def _is_swapped(asked: _Asked, thing: str, row: Sequence[Word]) -> bool:
    """Whether a clause after "why" has another in the place of who is asked about."""
    is_clause = any(w.text.lower() in _BE for w in row) or (
        bool(row) and row[0].is_name and len(asked.names) > 1
    )
    return is_clause and asked.is_within(row) and not asked.is_of(thing)


def _is_same(one: Word, other: Word) -> bool:
    """The same word, or the verb and its noun: depart, departure."""
    short, long = sorted((one.key, other.key), key=len)
    return short == long or (
        len(short) >= len("clos") and long.startswith(short) and long[len(short) :] in _NOMINAL
    )


def _is_content(word: Word) -> bool:
    return not word.is_stop and not word.is_date and not word.is_number


def _is_determiner(word: Word) -> bool:
    return word.text.lower() in ("the", "its", "his", "her", "their", "a", "an")


def _is_passive(segment: str) -> bool:
    return any(word.text.lower() in _BE for word in tokenize_words(segment))


def _is_quoted(sentence: str, at: int) -> bool:
    before = sentence[:at]
    return before.count("“") > before.count("”") or before.count('"') % 2 == 1
