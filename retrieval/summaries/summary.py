"""The request for a summary, and the summary with its stories. Pure values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from retrieval.answering.answer import Answer, Statement
from retrieval.errors import QuestionError
from retrieval.query.question import MAX_QUESTION_CHARS
from retrieval.query.scope import EVERYTHING, Scope


class Length(StrEnum):
    """How long a summary is."""

    LINE = "line"
    FIVE = "five"
    PAGE = "page"

    @property
    def lines(self) -> int:
        """How many sentences a summary of this length has at most."""
        return {Length.LINE: 1, Length.FIVE: 5, Length.PAGE: 10}[self]


@dataclass(frozen=True, slots=True)
class SummaryRequest:
    """What to summarize: one article, what the articles say on a topic, or all articles.

    `article` is an id, an address, a title or a file name, or a part that only one article has.
    `within` restricts the articles; `only` has the ids of those of a digest. `asked_at` is the
    asker's time, as a Question's.
    """

    article: str | None = None
    topic: str | None = None
    within: Scope = EVERYTHING
    length: Length = Length.FIVE
    only: tuple[str, ...] | None = None
    asked_at: datetime | None = None

    @classmethod
    def of_topic(
        cls,
        topic: str,
        within: Scope = EVERYTHING,
        length: Length = Length.FIVE,
        asked_at: datetime | None = None,
    ) -> SummaryRequest:
        """Check a topic and ask for a summary of it.

        Args:
            topic: What it is about.
            within: The articles that may be used.
            length: How long the summary is.
            asked_at: The asker's time; None where it is not known.

        Raises:
            QuestionError: The topic has no word, or more than MAX_QUESTION_CHARS characters.
        """
        tidy = " ".join(topic.split())
        if not any(character.isalnum() for character in tidy):
            raise QuestionError("There is no topic to sum up; name one, such as “Antonov”.")
        if len(tidy) > MAX_QUESTION_CHARS:
            raise QuestionError(
                f"The topic has {len(tidy):,} characters; "
                f"please name it in at most {MAX_QUESTION_CHARS:,}."
            )
        return cls(topic=tidy, within=within, length=length, asked_at=asked_at)


@dataclass(frozen=True, slots=True)
class Story:
    """Articles that report one event, and how many of them are independent.

    `articles` are their ids, the oldest first. `sources` counts the publishers that have a text
    of their own; `copies` counts the articles whose text is another's. `first` and `last` are the
    dates of the first and the last article, None where no date is known.
    """

    title: str
    articles: tuple[str, ...]
    sources: int
    copies: int = 0
    first: str | None = None
    last: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The story as JSON, in the form of docs/answer.schema.json."""
        return {
            "title": self.title,
            "articles": list(self.articles),
            "sources": self.sources,
            "copies": self.copies,
            "first": self.first,
            "last": self.last,
        }


@dataclass(frozen=True, slots=True)
class Summary:
    """Lines with citations, as an Answer has them, and the stories that they are about.

    `answer.question` names what is summarized. `notes` are sentences about the summary itself.
    """

    answer: Answer
    stories: tuple[Story, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def articles(self) -> tuple[str, ...]:
        """The ids of all articles that it is about."""
        return tuple(one for story in self.stories for one in story.articles)

    def grouped(self) -> list[tuple[Story, list[Statement]]]:
        """The stories that have lines, in the order of the lines, each with its lines."""
        of = {article: at for at, story in enumerate(self.stories) for article in story.articles}
        groups: dict[int, list[Statement]] = {}
        for statement in self.answer.statements:
            article = self.answer.citations[statement.citations[0] - 1].article.id
            groups.setdefault(of[article], []).append(statement)
        return [(self.stories[at], told) for at, told in groups.items()]

    def as_dict(self) -> dict[str, Any]:
        """The summary as JSON, in the form of docs/answer.schema.json."""
        return {
            **self.answer.as_dict(),
            "stories": [story.as_dict() for story in self.stories],
            "notes": list(self.notes),
        }
