"""English words for numbers and months, in order: one list for all rules that look for them."""

from __future__ import annotations

UNDER_TWENTY = tuple(
    """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
    fifteen sixteen seventeen eighteen nineteen""".split()
)
"""The words for 0 to 19."""

TENS = tuple("twenty thirty forty fifty sixty seventy eighty ninety".split())
"""The words for 20, 30 … 90."""

MONTHS = tuple(
    """january february march april may june july august september october november
    december""".split()
)
"""The months in small letters, January first."""
