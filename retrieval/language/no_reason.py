"""Finds sentences that say that no reason was given: "did not give specific reasons".

As the answer to a question that asks why, such a quotation reads like an evasion. So the answer
first says in plain words what it means.
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
_NO_REASON = tuple(
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
    """Say "No specific reason was given." of a sentence that means it; None for any other."""
    for pattern in _NO_REASON:
        if match := pattern.search(sentence):
            detail = (match.groupdict().get("detail") or "").lower()
            return f"No {detail} reason was given." if detail else "No reason was given."
    return None
