"""Brief, Story, Summary: what is to be summed up, and what comes of it. Pure values."""

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
        return {Length.LINE: 1, Length.FIVE: 5, Length.PAGE: 10}[self]


@dataclass(frozen=True, slots=True)
class SummaryRequest:
    """What is to be summed up: an article, or what the articles say of a topic, or all of them.

    `article` is an id, an address, or a title or file name or a part that only one has. `within`
    restricts which articles are looked at; `only` names those of a digest by their ids.
    `asked_at` is the asker's clock, as a Question's.
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
        """Raises QuestionError for a topic without words, or with too many."""
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
    """Articles that tell of one event, and how many of them are independent.

    `articles` are the ids of all, in the order of time. `sources` counts publishers whose text is
    their own; `copies` counts the articles whose text is another's. `first` and `last` are when
    the first and the last of them was published, None where no date is known.
    """

    title: str
    articles: tuple[str, ...]
    sources: int
    copies: int = 0
    first: str | None = None
    last: str | None = None

    def as_dict(self) -> dict[str, Any]:
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
    """Lines with citations, as an Answer has them, and the stories that they tell of.

    `answer.question` names what is summed up. `notes` are sentences about the summary itself.
    """

    answer: Answer
    stories: tuple[Story, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def articles(self) -> tuple[str, ...]:
        """The ids of all articles that it is about."""
        return tuple(one for story in self.stories for one in story.articles)

    def grouped(self) -> list[tuple[Story, list[Statement]]]:
        """The stories that lines are about, in the order of the lines, each with its lines."""
        of = {article: at for at, story in enumerate(self.stories) for article in story.articles}
        groups: dict[int, list[Statement]] = {}
        for statement in self.answer.statements:
            article = self.answer.citations[statement.citations[0] - 1].article.id
            groups.setdefault(of[article], []).append(statement)
        return [(self.stories[at], told) for at, told in groups.items()]

    def as_dict(self) -> dict[str, Any]:
        return {
            **self.answer.as_dict(),
            "stories": [story.as_dict() for story in self.stories],
            "notes": list(self.notes),
        }
