"""The value that each format's parser returns: a text, and the facts as the file has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class RawArticle:
    """The text of an article and the facts that stand with it, neither checked nor normalised.

    `facts` has the names `title`, `source`, `author`, `published`, `updated`, `language` and
    `url`, each only where the file has it. `corpus.parsing.extract.normalised` does that.
    """

    text: str
    facts: Mapping[str, str] = field(default_factory=dict)
