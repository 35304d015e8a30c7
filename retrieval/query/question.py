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
    """One question as it was asked, with single spaces between its words.

    `asked_at` is the asker's time, with its offset from UTC; "yesterday" is counted from it.
    None where it is not known; then such words mean no day. `earlier` are the questions before
    it in the conversation, oldest first, which "and why?" refers to. `within` restricts the
    question to some of the articles.
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
        """Check a question and tidy it.

        Args:
            text: What was asked.
            asked_at: The asker's time, aware; None where it is not known.
            earlier: The questions before it, oldest first. The last MAX_EARLIER of those that
                could be asked are kept.
            within: The articles that may answer it.

        Raises:
            QuestionError: It has no word, or more than MAX_QUESTION_CHARS characters.
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
