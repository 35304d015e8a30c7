"""Typed custom ids: the texts by which Discord names the button pressed or the form submitted.

Messages outlive the program, so the text of an id that was ever sent must not change.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import Annotated, Any, ClassVar, Self, get_type_hints

from cogs.records.answers import KEY

AnswerKey = Annotated[str, KEY]
"""The key under which an answer is stored."""
ArticleId = Annotated[str, r"[a-z0-9-]{1,40}"]
Count = Annotated[int, r"[0-9]{1,9}"]


@dataclass(frozen=True, slots=True)
class CustomId:
    """A custom id. A subclass is a frozen dataclass that sets `shape`.

    Each field is `Annotated` with its type, str or int, and the pattern of its text. Discord
    allows 100 characters for the whole.
    """

    shape: ClassVar[str]
    """The text, with each field's name in braces: "vote:{verdict}:{key}"."""

    @classmethod
    def pattern(cls) -> str:
        """A regular expression for the whole text."""
        groups = {name: f"(?P<{name}>{pattern})" for name, (_, pattern) in _fields(cls).items()}
        return cls.shape.format(**groups)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        """The id, from a match of its pattern."""
        return cls(**{name: kind(match[name]) for name, (kind, _) in _fields(cls).items()})

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The id; None if `text` does not match."""
        match = re.fullmatch(cls.pattern(), text)
        return None if match is None else cls.from_match(match)

    def __str__(self) -> str:
        return self.shape.format(**{one.name: getattr(self, one.name) for one in fields(self)})


def _fields(cls: type[Any]) -> dict[str, tuple[type[Any], str]]:
    """Each field's type, and the pattern of its text."""
    hints = get_type_hints(cls, include_extras=True)
    return {
        one.name: (hints[one.name].__origin__, hints[one.name].__metadata__[0])
        for one in fields(cls)
    }
