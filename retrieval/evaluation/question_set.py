"""Reads a question set: a folder with articles.jsonl and questions.jsonl, an object a line.

An article has `id`, `title`, `url`, `source`, `published`, `text`, and may have `updated` and
`language`. A question has `id`, `question`, `answers` (accepted strings, none where there is no
answer), `gold_article_ids`, `answerable`, and in `meta`, where it is known: `passage`, the text
that was meant, `date`, the day on which it is asked, and `long_form`, true where the accepted
answers are paragraphs. A set whose questions were labelled by reading has in `meta` what labels.py
tells: `expect`, `kind`, `gold_sentences`, `relevant_sentences`, `topic_articles`, `paraphrase`,
and `asked_at`, the asker's day.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

from corpus.article import Article, ArticleInfo
from corpus.errors import Unreadable
from corpus.ingestion.embedding import Embed, embed_article, rebuild_embeddings
from corpus.ingestion.near_duplicates import assign_missing_stories
from corpus.parsing.dates import iso_date
from corpus.parsing.extract import normalised
from corpus.parsing.raw_article import RawArticle
from corpus.storage.locations import FILE_NAME
from corpus.storage.store import ArticleStore
from retrieval.errors import QuestionError, SetError
from retrieval.evaluation.labels import Expect, LabelledSentence, Labels
from retrieval.evaluation.metrics import holds_answer, plain
from retrieval.query.question import Question

ARTICLES, QUESTIONS = "articles.jsonl", "questions.jsonl"
_FACTS = ("title", "url", "source", "published", "updated", "language")
_HALVES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class SetQuestion:
    """A question with what is accepted as its answer, and where that stands.

    `passage` is the `plain` text that was meant, "" where it is not known.
    """

    id: str
    question: Question
    answers: tuple[str, ...]
    gold_article_ids: tuple[str, ...]
    answerable: bool
    passage: str
    is_long_form: bool
    labels: Labels | None = None

    def is_answered_by(self, article_id: str, sentence: str) -> bool:
        """Whether the sentence of that article holds an accepted answer, where it was meant.

        It was meant in a gold article, and there in the passage, where one is given: the
        sentence is in it, or all of it is in the sentence.
        """
        if not self.answerable or article_id not in self.gold_article_ids:
            return False
        if self.labels is not None and self.labels.gold:
            return self.labels.is_gold(article_id, sentence)
        if self.passage:
            words, passage = f" {plain(sentence)} ", f" {self.passage} "
            if words not in passage and passage not in words:
                return False
        return holds_answer(sentence, self.answers)


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Articles and the questions about them; `checksum` is that of the articles' file."""

    name: str
    articles: tuple[Article, ...]
    questions: tuple[SetQuestion, ...]
    checksum: str

    @classmethod
    def load(cls, folder: Path) -> QuestionSet:
        """Read the set in `folder`. Raises SetError, naming the file and the line."""
        if not folder.is_dir():
            raise SetError(
                f"There is no folder {folder}; name one with {ARTICLES} and {QUESTIONS}."
            )
        articles: dict[str, Article] = {}
        for line in _lines(folder / ARTICLES):
            article = _article(line)
            line.unless(article.info.id in articles, f"the id {article.info.id} is there twice")
            articles[article.info.id] = article
        questions: dict[str, SetQuestion] = {}
        for line in _lines(folder / QUESTIONS):
            question = _question(line)
            line.unless(question.id in questions, f"the id {question.id} is there twice")
            for gold in question.gold_article_ids:
                line.unless(gold not in articles, f"{ARTICLES} has no article {gold}")
            questions[question.id] = question
        checksum = hashlib.sha256((folder / ARTICLES).read_bytes()).hexdigest()
        name = folder.resolve().name
        return cls(name, tuple(articles.values()), tuple(questions.values()), checksum)

    def sample(self, limit: int | None) -> tuple[SetQuestion, ...]:
        """At most `limit` of the questions, evenly from all of them, in their order."""
        total = len(self.questions)
        if limit is None or limit >= total:
            return self.questions
        return tuple(self.questions[i * total // limit] for i in range(limit))

    def library_file(self, folder: Path) -> Path:
        """Where in `folder` the library of just these articles lies."""
        return folder / f"{self.name}-{self.checksum[:12]}" / FILE_NAME

    def ingest(
        self,
        path: Path,
        embed: Embed,
        identity: str,
        *,
        on_article: Callable[[ArticleInfo], None] = lambda info: None,
    ) -> None:
        """Store the articles in the library at `path`, those that are not there yet.

        `identity` is the embedder's; what another one made is made again. Interrupted, it
        goes on where it was. `on_article` hears of each when it is done. Raises StoreError.
        """
        with ArticleStore.open(path) as store:
            rebuild_embeddings(store, embed, identity)
            for article in self.articles:
                if store.article(article.info.id) is None:
                    store.put(article, embed_article(article, embed))
                on_article(article.info)
            assign_missing_stories(store)


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of a file, read as JSON, and what to say when it is wrong."""

    place: str
    row: dict[str, Any]

    def wrong(self, why: str) -> SetError:
        return SetError(f"{self.place}: {why}; correct the line or take it out.")

    def unless(self, is_wrong: bool, why: str) -> None:
        if is_wrong:
            raise self.wrong(why)

    def get(self, name: str, kind: type, default: Any = None) -> Any:
        """The value called `name`; `default` where it is missing, if there is one, or null."""
        value = self.row.get(name)
        if value is None:
            value = default
        if not isinstance(value, kind):
            raise self.wrong(
                f"{name} is not {_KINDS[kind]}" if name in self.row else f"it has no {name}"
            )
        return _whole(value)

    def strings(self, name: str) -> tuple[str, ...]:
        values = self.get(name, list)
        self.unless(
            not all(isinstance(value, str) for value in values), f"{name} is not a list of strings"
        )
        return tuple(_whole(value) for value in values)


_KINDS = {str: "a string", bool: "true or false", list: "a list", dict: "an object"}


def _whole(value: Any) -> Any:
    """Without half characters, which JSON can write and no encoding can."""
    return _HALVES.sub("\ufffd", value) if isinstance(value, str) else value


def _lines(path: Path) -> Iterator[_Line]:
    """The lines of a file that are not empty. Raises SetError where one is no JSON object."""
    found = False
    try:
        with path.open("rb") as file:
            for number, data in enumerate(file, start=1):
                if data.strip():
                    found = True
                    yield _line(data, f"Line {number} of {path}")
    except FileNotFoundError as error:
        raise SetError(
            f"{path.parent} has no {path.name}; a set is {ARTICLES} and {QUESTIONS}."
        ) from error
    except OSError as error:
        raise SetError(f"{path} cannot be read: {error.strerror or error}.") from error
    if not found:
        raise SetError(f"{path} is empty; a set has articles and questions, one a line.")


def _line(data: bytes, place: str) -> _Line:
    try:
        row = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise _Line(place, {}).wrong("it is not UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise _Line(place, {}).wrong("it is not JSON") from error
    if not isinstance(row, dict):
        raise _Line(place, {}).wrong("it is not a JSON object")
    return _Line(place, row)


def _article(line: _Line) -> Article:
    article_id = line.get("id", str)
    line.unless(not article_id.strip(), "its id is empty")
    facts = {name: line.get(name, str, "") for name in _FACTS}
    try:
        found = normalised(RawArticle(line.get("text", str), facts), f"article {article_id}")
    except Unreadable as error:
        raise line.wrong("the article has no text") from error
    info = ArticleInfo(
        article_id,
        1,
        found.title,
        found.url,
        found.source,
        published=found.published,
        updated=found.updated,
        language=found.language,
    )
    return Article(info, found.text)


def _question(line: _Line) -> SetQuestion:
    about = _Line(line.place, line.get("meta", dict, {}))
    answers = line.strings("answers")
    answerable = line.get("answerable", bool)
    line.unless(bool(answers) and not answerable, "it has answers and is not answerable")
    try:
        question = Question.of(line.get("question", str), _asked_at(about))
    except QuestionError as error:
        raise line.wrong(str(error).rstrip(".")) from error
    return SetQuestion(
        line.get("id", str),
        question,
        answers,
        line.strings("gold_article_ids"),
        answerable,
        plain(about.get("passage", str, "")),
        about.get("long_form", bool, False),
        _labels(about),
    )


def _labels(about: _Line) -> Labels | None:
    """What was written beside the question by reading; None where nothing was."""
    expect = about.get("expect", str, "")
    if not expect:
        return None
    about.unless(expect not in set(Expect), f"meta.expect is {expect!r} and none of {[*Expect]}")
    gold, relevant = (
        tuple(
            LabelledSentence.of(one.get("article_id", str), one.get("text", str))
            for one in (_Line(about.place, row) for row in about.get(name, list, []))
        )
        for name in ("gold_sentences", "relevant_sentences")
    )
    return Labels(
        about.get("kind", str, expect),
        Expect(expect),
        gold,
        relevant,
        frozenset(about.get("topic_articles", list, [])),
        about.get("paraphrase", bool, False),
    )


def _asked_at(about: _Line) -> datetime | None:
    """The end of the day in `meta.asked_at` or `meta.date`, in UTC; or the moment given there."""
    name = "asked_at" if about.get("asked_at", str, "") else "date"
    date = about.get(name, str, "")
    if not date:
        return None
    try:
        moment = datetime.fromisoformat(iso_date(date) or date)
    except ValueError as error:
        raise about.wrong(f"meta.{name} is {date!r} and no day such as 2022-06-16") from error
    if moment.time() == time.min:
        moment = datetime.combine(moment, time.max)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
