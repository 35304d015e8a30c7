"""Makes a question from a plain sentence by rules, only where the grammar is sure.

A rule that is not sure gives nothing: of most sentences, none is made. English only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from corpus.english import MONTHS

MIN_WORDS, MAX_WORDS = 6, 35

_BASES = dict(
    pair.split("/")
    for pair in """
    adopted/adopt agreed/agree announced/announce approved/approve arrived/arrive asked/ask
    attacked/attack banned/ban became/become began/begin bought/buy broke/break built/build
    called/call cancelled/cancel closed/close collapsed/collapse completed/complete
    criticised/criticise criticized/criticize crossed/cross declared/declare defeated/defeat
    died/die dismissed/dismiss ended/end entered/enter expelled/expel failed/fail fell/fall
    filed/file fired/fire founded/found gave/give held/hold invaded/invade joined/join
    killed/kill launched/launch left/leave lost/lose made/make married/marry met/meet moved/move
    named/name opened/open ordered/order passed/pass played/play published/publish ran/run
    received/receive reached/reach recalled/recall refused/refuse rejected/reject
    released/release replaced/replace reported/report resigned/resign returned/return rose/rise
    sang/sing scored/score seized/seize signed/sign sold/sell spoke/speak started/start
    stopped/stop struck/strike suspended/suspend took/take toured/tour travelled/travel
    visited/visit voted/vote warned/warn won/win withdrew/withdraw wrote/write
    """.split()
)
"""Verbs in the past, and the form that follows "did"."""

_WORD = r"[\w’'-]+"
_CAPITAL = r"\b[A-Z][\w’'-]{0,40}\w\b"  # bounded: a line of code may be one word of a million
_CAPITALISED = rf"{_CAPITAL}(?: (?:{_CAPITAL}|of|de|van|von|al))*"
_MONTH = f"(?:{'|'.join(month.title() for month in MONTHS)})"
_DATE = (
    rf"(?P<date>(?:{_MONTH} \d{{1,2}}, \d{{4}}|\d{{1,2}} {_MONTH} \d{{4}}|{_MONTH} \d{{1,2}}"
    rf"|\d{{1,2}} {_MONTH}|(?:{_MONTH} )?(?:1\d|20)\d\d"
    r"|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day))\b"
)
_PARTICIPLE = (
    r"(?:\w+ed|born|built|held|made|found|sold|won|shot|sent|given|taken|seen|known|written|hit"
    r"|lost|bought|begun|chosen|drawn|driven|fought|hurt|left|paid|struck|taught|told|thrown)"
)
_NUMBER = (
    r"(?:\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty"
    r"|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?: (?:hundred|thousand|million|billion))?"
)
_PLURAL = r"(?:[a-z-]+ ){0,2}(?:[a-z-]{2,}[a-z-]s|people|men|women|children)"
# A subject to be put behind its verb: "The old bridge", "Anna Smith".
_SUBJECT = rf"(?P<subject>[Tt]he(?: {_WORD}){{1,6}}?|{_CAPITALISED})"
_PREDICATE = (
    rf"(?:(?P<be>was|were) (?P<participle>{_PARTICIPLE})|(?P<past>{'|'.join(_BASES)}))"
    r"(?P<rest>(?: [^,]+?)??)"
)

# A clause of its own, a second verb, or somebody whom only the sentence before names.
_CLAUSE = r"who|whom|which|that|when|while|where|because|but|and|or|if|than|said|says|told"
_BE = r"is|are|was|were|has|have|had|will|would|could|can|may"
_SOMEBODY = (
    r"he|she|it|they|we|i|you|his|her|its|their|our|my|your|him|them|us|this|these|those|there"
)
_UNSURE = re.compile(rf"\b(?:{_CLAUSE}|{_BE}|{_SOMEBODY})\b", re.IGNORECASE)
_UNCLEAR = re.compile(rf"\b(?:{_CLAUSE}|{_SOMEBODY})\b", re.IGNORECASE)
# What begins a sentence with a capital and is no name.
_NO_NAME = re.compile(
    r"(?:In|On|At|After|Before|When|While|As|If|By|For|From|With|But|And|Or|Yet|So|Since|During"
    r"|Although|Though|Until|Under|Over|Some|Many|Most|All|Both|Each|No|Not|One|Two|Last|Next"
    r"|Earlier|Later|Now|Then|Today|Yesterday|Here|Also|Only|Even|Still|Meanwhile|However|What"
    r"|How|Why|Where|A|An|Its|His|Her|Their|Our|My|Your|This|These|Those|Another|Other|\w+ly)\b"
)
_PERSONAL = r"elected|appointed|arrested|named|sentenced|convicted|charged|born|recalled|dismissed"

_HOW_MANY = re.compile(
    r"(?:(?:More than|At least|About|Nearly|Almost|Around|Over|Only|Some|A total of) )?"
    rf"(?P<answer>(?i:{_NUMBER})) (?P<counted>{_PLURAL}) "
    rf"(?P<verb>were|are|have|{'|'.join(_BASES)})(?P<rest> [^,]+)(?:, .+)?\."
)
_WHO = re.compile(
    rf"(?P<answer>{_CAPITALISED}) (?P<verb>said|{'|'.join(_BASES)}|was (?:{_PERSONAL}))"
    r"(?P<rest> [^,]+)(?:, .+)?\."
)
_WHEN = re.compile(rf"{_SUBJECT} {_PREDICATE} (?:in|on) {_DATE}(?P<tail>(?: [^,]+)?)(?:, .+)?\.")
_WHEN_FIRST = re.compile(rf"(?:In|On) {_DATE},? {_SUBJECT} {_PREDICATE}(?P<tail>)(?:, .+)?\.")
_WHY = re.compile(rf"{_SUBJECT} {_PREDICATE},? because (?P<because>.+)(?P<tail>)\.")


@dataclass(frozen=True, slots=True)
class Phrased:
    """A question, the rule that made it, and the words of the sentence that answer it."""

    rule: str
    question: str
    answer: str


def phrase(sentence: str) -> Phrased | None:
    """The question that the sentence answers, by the first rule that is sure; else None."""
    text = " ".join(sentence.split())
    if not MIN_WORDS <= len(text.split()) <= MAX_WORDS or re.search(r"[\"“”‘`()\[\]:;?!—–]", text):
        return None
    if (match := _HOW_MANY.fullmatch(text)) and not _UNSURE.search(match["rest"]):
        question = f"How many {match['counted']} {match['verb']}{match['rest']}?"
        return Phrased("how many", question, match["answer"])
    if match := _WHEN_FIRST.fullmatch(text):
        return _turned("when", match, match["date"])
    if _NO_NAME.match(text):
        return None
    if match := _WHY.fullmatch(text):
        return _turned("why", match, match["because"].removeprefix("of "))
    if (match := _WHEN.fullmatch(text)) and (made := _turned("when", match, match["date"])):
        return made
    if (match := _WHO.fullmatch(text)) and " " in match["answer"] and _is_sure_who(match["rest"]):
        return Phrased("who", f"Who {match['verb']}{match['rest']}?", match["answer"])
    return None


def _turned(rule: str, match: re.Match[str], answer: str) -> Phrased | None:
    """The clause as a question: its verb, or "did", before its subject."""
    subject, after = match["subject"], match["rest"] + match["tail"]
    if _UNSURE.search(f"{subject}{after}") or re.search(r"\b[a-z]+ed\b", subject):
        return None
    if match["be"] == "were" and " " not in subject:  # "Attendees": a capital and no name
        return None
    if subject.startswith("The "):
        subject = f"t{subject[1:]}"
    if match["be"]:
        clause = f"{match['be']} {subject} {match['participle']}{after}"
    else:
        clause = f"did {subject} {_BASES[match['past']]}{after}"
    return Phrased(rule, f"{rule.capitalize()} {clause}?", answer)


def _is_sure_who(rest: str) -> bool:
    return len(rest.split()) >= 3 and _UNCLEAR.search(rest) is None


# Whole: what goes on with "of" or "bin" is longer than its capitals.
_NAME = re.compile(rf"{_CAPITAL}(?: {_CAPITAL})++(?! (?:of|for|de|da|van|von|bin|al|el)\b)")


def names(text: str) -> list[str]:
    """Names of two words and more, in order, each once; none from the text's first word on."""
    text = " ".join(text.split())
    found = (m[0].removesuffix("'s").removesuffix("’s") for m in _NAME.finditer(text) if m.start())
    return [
        name
        for name in dict.fromkeys(found)
        if not (name.startswith("The ") or _NO_NAME.match(name))
    ]
