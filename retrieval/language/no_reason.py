"""Sentences that say that something was left unsaid: "did not give specific reasons".

Quoted under a question that asks why, such a sentence reads like an evasion; the answer says
first, in plain words, what it amounts to.
"""

from __future__ import annotations

import re

_REASONS = (
    r"(?:(?P<detail>specific|detailed|particular|further|clear|official)\s+)?"
    r"(?:reasons?|explanations?|causes?|motives?|justifications?|grounds)"
)
_GIVE = r"(?:g[ai]ve[ns]?|giving|offer\w*|provid\w*|stat\w*|cit\w*|specif\w*|disclos\w*|nam\w*)"
_NOT = r"(?:\bnot|n['’]t|\bnever)"
_ITS = r"(?:(?:any|an?|the|its|their|his|her)\s+)?"
_UNSAID = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_NOT}\s+(?:\w+ly\s+)?{_GIVE}\s+{_ITS}{_REASONS}",
        rf"\bwithout\s+{_GIVE}\s+{_ITS}{_REASONS}",
        rf"\bno\s+{_REASONS}\s+(?:was|were|has\s+been|have\s+been)\s+{_GIVE}",
        rf"\b{_GIVE}\s+no\s+{_REASONS}",
        r"\b(?:declin|refus)ed\s+to\s+(?:say|explain|comment\s+on)\s+why",
        rf"{_NOT}\s+(?:say|explain|specify|disclose|state)\s+why",
    )
)


def describe_missing_reason(sentence: str) -> str | None:
    """A plain statement when the sentence says that no reason was given, else None."""
    for pattern in _UNSAID:
        if match := pattern.search(sentence):
            detail = (match.groupdict().get("detail") or "").lower()
            return f"No {detail} reason was given." if detail else "No reason was given."
    return None
