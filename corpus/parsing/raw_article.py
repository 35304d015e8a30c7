"""What a format's parser hands on: an article's text, and its facts as they were written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class RawArticle:
    """The text of an article and the facts that stand with it, nothing checked or put in form.

    `facts` has the names `title`, `source`, `author`, `published`, `updated`, `language` and
    `url`, each only where the file has it. `corpus.parsing.extract.normalised` puts them in form.
    """

    text: str
    facts: Mapping[str, str] = field(default_factory=dict)
