"""The question as it is asked: its text, when, after which others, and of which articles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from retrieval.errors import QuestionError
from retrieval.query.scope import EVERYTHING, Scope

MAX_QUESTION_CHARS = 1000  # the embedder reads 256 tokens, about this many characters
MAX_EARLIER = 5


@dataclass(frozen=True, slots=True)
class Question:
    """One question, as it was asked but for the white space around and inside it.

    `asked_at` is the asker's clock, with its offset from UTC: what "yesterday" is counted from.
    None where it is not known; then such words mean no day. `earlier` are the questions before
    it in the conversation, the oldest first: what "and why?" follows. `within` restricts it to
    some of the articles.
    """

    text: str
    asked_at: datetime | None = None
    earlier: tuple[str, ...] = ()
    within: Scope = EVERYTHING

    @classmethod
    def of(
        cls,
        text: str,
        asked_at: datetime | None = None,
        earlier: Iterable[str] = (),
        within: Scope = EVERYTHING,
    ) -> Question:
        """Raises QuestionError when there is nothing to ask, or too much.

        Of the earlier ones the last few are kept, without those that could not be asked.
        """
        tidy = " ".join(text.split())
        if not any(character.isalnum() for character in tidy):
            raise QuestionError(
                "There is no question to answer; ask one in words, such as "
                "“why was Antonov recalled?”."
            )
        if len(tidy) > MAX_QUESTION_CHARS:
            raise QuestionError(
                f"The question has {len(tidy):,} characters; "
                f"please ask it in at most {MAX_QUESTION_CHARS:,}."
            )
        before = [" ".join(one.split()) for one in earlier]
        kept = [one for one in before if 0 < len(one) <= MAX_QUESTION_CHARS]
        return cls(tidy, asked_at, tuple(kept[-MAX_EARLIER:]), within)
