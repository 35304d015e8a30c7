"""Within: which articles a question is restricted to, as asked and as understood. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Within:
    """What a member asked to be restricted to; where all is None, to nothing.

    `source` is who published, or an article's title or id, or a part that only one of them has;
    capitals do not matter. `since` and `until` are days of publication, both included, in UTC.
    """

    source: str | None = None
    since: date | None = None
    until: date | None = None

    def __bool__(self) -> bool:
        return self != EVERYTHING


EVERYTHING = Within()


@dataclass(frozen=True, slots=True)
class Restriction:
    """The same for one library: `filters` in Haystack's grammar, and in words.

    `told` follows on "the articles": "from Reuters published since 1 March 2026".
    """

    filters: dict[str, Any]
    told: str
