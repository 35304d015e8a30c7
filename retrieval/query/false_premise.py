"""Finds a false premise: what a question takes for granted, the articles say of someone else.

"Why did the United States recall its ambassador?" takes for granted that it did. If all that is
found says "Russia recalled its ambassador to the United States", then no reason given there is an
answer. Only clear cases are found: one clause whose agent is a name right before the verb, with
the agent of the question in another place of the clause. English only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from retrieval.language.tokens import Word, tokenize_words

MAX_AGENT = 4  # words in a name
BY_WITHIN = 8  # words to "by": was recalled on Wednesday evening by the United States

_WH = frozenset("why when where how".split())
_DID = frozenset("did does do has have had".split())
_BE = frozenset("is are was were been being be".split())
_DETERMINERS = frozenset("a an the its his her their this that these those".split())
_PRONOUNS = frozenset("he she it they we i you who which that".split())
# Between an agent and its verb: "Russia on Wednesday recalled", "Russia has officially recalled".
_BETWEEN = frozenset("on in has have had did this last later then recently".split())
_BEFORE_AGENT = frozenset("that when after because since while as but said says".split())
_OF_OBJECT = frozenset("to from of against with for".split())
_IN_SMALL = re.compile(r"\b(?:united (?:states|kingdom|nations)|european union)\b")
_CLAUSES = re.compile(r"[,;:()\[\]–—“”\"]+|\s-\s")

Keys = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Premise:
    """What a question takes for granted: `agent` did `verb` to `object`, as keys of words."""

    agent: Keys
    verb: str
    object: Keys


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A sentence that says of another what the question takes for granted.

    `sentence` is its index, `said_of` is of whom the sentence says it, and `asked_of` is whom
    the question names; both as the sentence names them.
    """

    sentence: int
    said_of: str
    asked_of: str


def find_contradiction(question: str, sentences: Sequence[str]) -> Contradiction | None:
    """Find the first sentence that says of another what the question takes for granted.

    Args:
        question: The question, in full.
        sentences: The sentences that were found for it, best first.

    Returns:
        The contradiction. None if there is none, or if any sentence may say it as the question
        does.
    """
    premises = list(_premises(question))
    rows = [tokenize_words(text) for text in sentences] if premises else []
    names = {word.key for row in rows for word in row if word.is_name}
    for premise in premises:
        with_verb = [n for n, row in enumerate(rows) if premise.verb in _keys(row)]
        if any(_may_hold(premise, rows[n]) for n in with_verb):
            continue
        for number in with_verb:
            for clause in _CLAUSES.split(sentences[number]):
                if found := _said_of_another(premise, tokenize_words(clause), names):
                    return Contradiction(number, *found)
    return None


def _premises(question: str) -> Iterator[Premise]:
    """Each way to read the question; it is not known where the agent's name ends."""
    row = tokenize_words(_IN_SMALL.sub(lambda name: name[0].title(), question))
    said = [word.text.lower() for word in row]
    auxiliary = next((i for i, word in enumerate(said) if word in _DID | _BE), None)
    if auxiliary is None or not _WH & set(said[:auxiliary]):
        return
    if said[auxiliary] in _DID:
        start = _skip(row, auxiliary + 1)
        for verb in range(start + 1, min(start + MAX_AGENT, len(row) - 1) + 1):
            of_what = _content(row, _skip(row, verb + 1))
            if verb < len(row) and not row[verb].is_stop and of_what:
                yield Premise(_keys(row[start:verb]), row[verb].key, of_what)
    elif "by" in said[auxiliary + 2 :]:
        by = said.index("by", auxiliary + 2)
        agent = _content(row, _skip(row, by + 1))
        patient = _keys(row[_skip(row, auxiliary + 1) : by - 1])
        if agent and patient and not row[by - 1].is_stop:
            yield Premise(agent, row[by - 1].key, patient)


def _may_hold(premise: Premise, row: Sequence[Word]) -> bool:
    """Whether the agent, or a pronoun, stands before the verb or after its "by"."""
    for at, word in enumerate(row):
        if word.key != premise.verb:
            continue
        if _is_passive(row, at):
            after = [w.text.lower() for w in row[at + 1 : at + BY_WITHIN]]
            place = _skip(row, at + 2 + after.index("by")) if "by" in after else len(row)
            doer = row[place : place + len(premise.agent)]
            if _keys(doer) == premise.agent or (doer and doer[0].text.lower() in _PRONOUNS):
                return True
        elif _find(premise.agent, row[:at]) or (at and row[at - 1].text.lower() in _PRONOUNS):
            return True
    return False


def _said_of_another(
    premise: Premise, clause: Sequence[Word], names: set[str]
) -> tuple[str, str] | None:
    """Of whom the clause says it and of whom it was asked, in the clause's words."""
    for at, word in enumerate(clause):
        if word.key != premise.verb or word.text[0].isupper():
            continue
        if _is_passive(clause, at):
            found = _by_another(premise, clause, at, names)
        else:
            found = _active(premise, clause, at, names)
        if found is not None:
            return tuple(_phrase(clause, *span) for span in found)  # type: ignore[return-value]
    return None


Spans = tuple[tuple[int, int], tuple[int, int]]


def _active(premise: Premise, clause: Sequence[Word], at: int, names: set[str]) -> Spans | None:
    """As in: Russia recalled its ambassador to the United States; Russia attacked Ukraine."""
    agent = _name_before(clause, at, names)
    if agent is None or set(_keys(clause[slice(*agent)])) & set(premise.agent):
        return None
    start = _skip(clause, at + 1)
    if _keys(clause[slice(*agent)]) == premise.object:
        other = start
    else:
        end = start + len(_content(clause, start))
        if not set(premise.object) <= set(_keys(clause[start:end])):
            return None
        if end == len(clause) or clause[end].text.lower() not in _OF_OBJECT:
            return None
        other = _skip(clause, end + 1)
    asked = (other, other + len(premise.agent))
    return (agent, asked) if _keys(clause[slice(*asked)]) == premise.agent else None


def _by_another(premise: Premise, clause: Sequence[Word], at: int, names: set[str]) -> Spans | None:
    """As in: Ukraine was attacked by Russia."""
    if at + 2 >= len(clause) or clause[at + 1].text.lower() != "by":
        return None
    asked = (at - 1 - len(premise.agent), at - 1)
    start = _skip(clause, at + 2)
    agent = (start, start + len(premise.object))
    if asked[0] < 0 or _keys(clause[slice(*asked)]) != premise.agent:
        return None
    return (agent, asked) if _keys(clause[slice(*agent)]) == premise.object else None


def _name_before(clause: Sequence[Word], at: int, names: set[str]) -> tuple[int, int] | None:
    """The span of the name that is the agent of the verb at `at`; None if that is not clear."""
    end = at
    while end and _is_between(clause[end - 1]):
        end -= 1
    start = end
    while start and clause[start - 1].text[0].isupper() and clause[start - 1].key in names:
        start -= 1
    if start == end:
        return None
    before = start - 1
    while before >= 0 and (_is_between(clause[before]) or clause[before].text.lower() == "the"):
        before -= 1
    if before >= 0 and clause[before].text.lower() not in _BEFORE_AGENT:
        return None
    return start, end


def _is_between(word: Word) -> bool:
    said = word.text.lower()
    return said in _BETWEEN or word.is_date or (said.endswith("ly") and not word.is_name)


def _is_passive(row: Sequence[Word], at: int) -> bool:
    return at > 0 and row[at - 1].text.lower() in _BE


def _phrase(clause: Sequence[Word], start: int, end: int) -> str:
    article = "the " if start and clause[start - 1].text.lower() == "the" else ""
    return article + " ".join(word.text for word in clause[start:end])


def _keys(row: Sequence[Word]) -> Keys:
    return tuple(word.key for word in row)


def _skip(row: Sequence[Word], at: int) -> int:
    """The first place from `at` on that is not a determiner."""
    while at < len(row) and row[at].text.lower() in _DETERMINERS:
        at += 1
    return at


def _content(row: Sequence[Word], at: int) -> Keys:
    """The keys of the words from `at` on, up to the next stop word."""
    end = at
    while end < len(row) and not row[end].is_stop:
        end += 1
    return _keys(row[at:end])


def _find(keys: Keys, row: Sequence[Word]) -> bool:
    held = _keys(row)
    return any(held[i : i + len(keys)] == keys for i in range(len(held) - len(keys) + 1))
