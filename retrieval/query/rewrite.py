"""Rewrites a follow-up so that it can be understood without the questions before it.

"Why?", "and in 2021?", "what about Ukraine?", "when was he born?" mean something only after
another question. A question that is not clearly of such a form is left as it is, character for
character. English only. The task is known as question rewriting, or decontextualisation (Elgohary
et al., EMNLP 2019); this is done by rules.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.language.time_expressions import DAY_OR_MONTH, TIME, TIME_AFTER_PREPOSITION, TIME_END
from retrieval.language.tokens import STOP_WORDS, tokenize_words

MAX_TOPIC = 6  # words after "and", "what about"
MAX_SHORT = 2  # content words of a question that says too little by itself
MAX_BEFORE_OBJECT = 3  # content words before "him": "Why did Boris Johnson dismiss him?"

_WH = r"(?:why|when|where|who|whom|what|which|how(?:\s+(?:many|much|long|old|far|often|come))?)"
_AUXILIARY = r"(?:did|does|do|is|are|was|were|has|have|had|can|could|will|would|should)"
_LEAD = r"(?:(?:and|but|so|ok|okay)\b[\s,]*)"
_END = r"\s*[?.!]*$"
_BARE = re.compile(
    rf"{_LEAD}?(?P<wh>(?:by\s+|to\s+|for\s+|since\s+)?{_WH})(?:\s+exactly)?{_END}", re.I
)
_OF_THAT = re.compile(
    rf"{_LEAD}?(?P<wh>why|when|where|how(?:\s+(?:long|often|come))?)\s+"
    r"(?:(?:is|was)\s+(?:that|this|it)(?:\s+so)?"
    r"|(?:did|does|has)\s+(?:that|this|it)\s+(?:happen(?:ed)?|take\s+place|come\s+about)"
    rf"|(?:did|does|do|has|have)\s+(?:he|she|it|they)\s+(?:do|done)\s+(?:so|that|this|it)){_END}",
    re.I,
)
_ABOUT = re.compile(rf"(?:{_LEAD}?(?:what|how)\s+about|{_LEAD})\s*(?P<topic>.+?){_END}", re.I)
_TIME = re.compile(
    rf"(?:\b(?:on|in|during|since|before|after|until|till)\s+(?:the\s+(?:year\s+)?)?"
    rf"{TIME_AFTER_PREPOSITION}{TIME_END}|\b{TIME})",
    re.I,
)
_ALONE = re.compile(rf"{_LEAD}?(?P<topic>{_TIME.pattern}){_END}", re.I)
_FINITE = re.compile(rf"\b(?:{_WH}|{_AUXILIARY})\b", re.I)
_SENTENCE = re.compile(
    rf"(?:(?:why|when|where|how(?:\s+(?:long|often|come))?)\s+)?(?P<body>{_AUXILIARY}\b.*)", re.I
)
_DEFINING = re.compile(
    r"(?:who|what)\s+(?:is|are|was|were)\s+(?!he\b|she\b|it\b|they\b|that\b)", re.I
)
_CAPITAL = r"[A-Z\u00c0-\u00de][\w.'’-]*"
_NAME = re.compile(rf"{_CAPITAL}(?:\s+(?:of\s+(?:the\s+)?)?{_CAPITAL})*")
_PRONOUN = re.compile(
    r"\b(?:(?P<subject>he|she|they)|(?P<object>him|them)|(?P<whose>his|their|its|her(?=\s+\w))"
    r"|(?P<thing>it|that|this|her))\b",
    re.I,
)
_IDLE = re.compile(r"\btime\s+is\s+it\b|\b(?:is|was)\s+it\b.*\b(?:that|to|\w+ing)\b", re.I)
_JOINS = re.compile(r"\s(?:and|to|that|who|which|when|if|because|while)\b", re.I)


@dataclass(frozen=True, slots=True)
class RewrittenQuestion:
    """A question that can be understood alone.

    `text` is what to search for, `own_text` what an answer must speak of. They differ if only
    the topic comes from the earlier question: "And what did Biden say?" may be about Antonov, but
    the sentence in which Biden says it need not name him.
    """

    text: str
    own_text: str

    @classmethod
    def unchanged(cls, text: str) -> RewrittenQuestion:
        """A question that needs no other to be understood."""
        return cls(text, text)


def rewrite_follow_up(question: str, earlier: Sequence[str]) -> RewrittenQuestion:
    """The question as it would be asked without the ones before it.

    Args:
        question: The question, as it was asked.
        earlier: The questions before it in the conversation, the oldest first.

    Returns:
        The rewritten question, or the question itself if it needs no other.
    """
    rewritten = RewrittenQuestion.unchanged("")
    for asked in (*earlier, question):
        before = rewritten.text
        rewritten = _rewrite(asked, before) if before else RewrittenQuestion.unchanged(asked)
    return rewritten


def _rewrite(question: str, before: str) -> RewrittenQuestion:
    if match := _BARE.fullmatch(question) or _OF_THAT.fullmatch(question):
        return RewrittenQuestion.unchanged(_asked_again(match["wh"], before))
    if match := _ALONE.fullmatch(question) or _ABOUT.fullmatch(question):
        topic = match["topic"]
        if len(topic.split()) <= MAX_TOPIC and not _FINITE.search(topic):
            return RewrittenQuestion.unchanged(_with_other_topic(before, topic))
    plain = re.sub(rf"^{_LEAD}", "", question, flags=re.I) or question
    resolved = _resolve_pronoun(plain, before)
    if resolved is not None:
        return resolved
    content = [word for word in tokenize_words(plain) if not word.is_stop]
    if plain != question and len(content) <= MAX_SHORT and not _DEFINING.match(plain):
        return _about(plain, before)
    return RewrittenQuestion.unchanged(question)


def _asked_again(wh: str, before: str) -> str:
    """Why, after "When did Russia recall him?", is "why did Russia recall him?"."""
    sentence = _SENTENCE.fullmatch(before)
    if sentence is None or wh.split()[-1].lower() in ("who", "whom", "what", "which"):
        return f"{wh}: {before}"
    body = sentence["body"]
    return f"{wh} {body[0].lower()}{body[1:]}"


def _with_other_topic(before: str, topic: str) -> str:
    """The question before, asked of another time or another name."""
    is_time = _TIME.fullmatch(topic) is not None
    if is_time and (time := _TIME.search(before)):
        return before[: time.start()] + topic + before[time.end() :]
    name = re.sub(r"^the\s+", "", topic, flags=re.I)
    if not is_time and name[:1].isupper() and (places := _names(before)):
        start, end = places[0]
        return before[:start] + topic + before[end:]
    return _with(before, topic if is_time else f"about {topic}")


def _resolve_pronoun(question: str, before: str) -> RewrittenQuestion | None:
    """Put in full the first pronoun that nothing in the question explains; None if none is."""
    is_short = sum(not word.is_stop for word in tokenize_words(question)) <= MAX_SHORT
    for match in _PRONOUN.finditer(question):
        opening = question[: match.start()]
        content = [word for word in tokenize_words(f"— {opening}") if not word.is_stop]
        rest = question[match.end() :]
        is_object = match["object"] or (match["thing"] and re.fullmatch(_END, rest))
        if is_object:
            explained = len(content) > MAX_BEFORE_OBJECT or bool(_JOINS.search(opening))
        else:
            explained = bool(content)
        if explained or (match["thing"] and _IDLE.search(question)):
            return None
        if match["thing"] and match[0].lower() != "her":
            if not is_short or (match[0].lower() != "it" and not is_object):
                return None  # "what does it mean when", "that report", "is this possible"
            return _about(question, before)
        who = _referent(before)
        if who is None or not (is_short or _names(before)):  # "where do they film the series"
            return None
        return RewrittenQuestion.unchanged(opening + (f"{who}’s" if match["whose"] else who) + rest)
    return None


def _about(question: str, before: str) -> RewrittenQuestion:
    """The question, about the names in the one before, or about its content if it has none."""
    known = {word.key for word in tokenize_words(question)}
    names = [before[start:end] for start, end in _names(before)]
    carried = names or [word.text for word in tokenize_words(before) if not word.is_stop]
    new = [one for one in carried if not {word.key for word in tokenize_words(f"— {one}")} <= known]
    if not new:
        return RewrittenQuestion.unchanged(question)
    topic = (" and " if names else " ").join(dict.fromkeys(new))
    return RewrittenQuestion(_with(question, f"about {topic}"), question)


def _referent(before: str) -> str | None:
    """Who or what the question before is about: its first name, else the noun it asks about."""
    places = _names(before)
    if places:
        return before[slice(*places[0])]
    asked = re.search(rf"\b{_AUXILIARY}\s+(?:the\s+)?(.*)", before, re.I)
    row = tokenize_words(f"— {asked[1]}") if asked else []
    length = next((i for i, word in enumerate(row) if word.is_stop), len(row))
    noun = [word.text for word in row[:length]]
    if not _DEFINING.match(before) and length == len(row):
        noun = noun[:-1]  # its verb: was the envoy | recalled
    return " ".join(noun) or None


def _names(text: str) -> list[tuple[int, int]]:
    """The spans of names, with a "the" before them; days and months are not names."""
    found = []
    for match in _NAME.finditer(text):
        start, end = match.span()
        first = match[0].split()[0]
        if start == 0 and first.lower().rstrip("'’s") in STOP_WORDS:
            start += len(first) + 1
        end -= len(re.search(r"(?:['’]s)?\.?$", text[:end])[0])  # type: ignore[index]
        if start >= end or re.fullmatch(DAY_OR_MONTH, text[start:end], re.I):
            continue
        if text[:start].lower().endswith("the "):
            start -= len("the ")
        found.append((start, end))
    return found


def _with(question: str, more: str) -> str:
    """The question with more words before the question mark."""
    body = question.rstrip("?.! ")
    return f"{body} {more}?"
