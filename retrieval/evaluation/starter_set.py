"""Makes a first question set from a library's own articles, for a person to correct.

Sentences become questions where `phrasing` is sure, and "What does this article say about that
name?" elsewhere. Questions without an answer are made from those by putting in a name or a
year from elsewhere, so that no article has all that the question speaks of.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from corpus.article import Article, Passage
from corpus.segmentation.splitter import passages
from corpus.storage.store import ArticleStore
from retrieval.errors import SetError
from retrieval.evaluation.question_generation import names, phrase
from retrieval.evaluation.question_set import ARTICLES, QUESTIONS
from retrieval.language.tokens import tokenize_words
from retrieval.ranking.features import Asked

MAX_QUESTIONS = 200  # with an answer; half as many without
MAX_PER_ARTICLE = 5
_SAY_ABOUT = " say about "
_YEAR = re.compile(r"\b(?:1[6-9]|20)\d\d\b")


@dataclass(frozen=True, slots=True)
class Made:
    """One question as its line in the file will have it; `answer` is "" where there is none."""

    question: str
    answer: str
    article_id: str
    meta: dict[str, str]

    def line(self, number: int) -> dict[str, Any]:
        """The line of questions.jsonl, as a JSON object; `number` makes its id."""
        return {
            "id": f"starter-{number:03}",
            "question": self.question,
            "answers": [self.answer] if self.answer else [],
            "gold_article_ids": [self.article_id] if self.answer else [],
            "answerable": bool(self.answer),
            "meta": self.meta,
        }


@dataclass(frozen=True, slots=True)
class Starter:
    """How many articles were written, and how many questions with an answer and without."""

    articles: int
    answerable: int
    unanswerable: int


def write(
    store: ArticleStore,
    folder: Path,
    *,
    seed: int = 0,
    on_article: Callable[[Article], None] = lambda article: None,
) -> Starter:
    """Write articles.jsonl and questions.jsonl into `folder`, which is made or is empty.

    The same library gives the same set. Raises SetError when the folder has files, cannot be
    written, or no question can be made.
    """
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise SetError(f"{folder} is there already and is not empty; name a new folder.")
        articles = [a for info in store.articles() if (a := store.article(info.id)) is not None]
        random = Random(seed)  # noqa: S311  nothing is secret
        answerable = _answerable(articles, random, on_article)
        if not answerable:
            raise SetError(
                "No sentence of these articles makes a question by rule; add articles, or write "
                f"{QUESTIONS} by hand."
            )
        unanswerable = _unanswerable(answerable, articles, random)
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / ARTICLES, map(_row, articles))
        made = enumerate([*answerable, *unanswerable], start=1)
        _write(folder / QUESTIONS, (one.line(number) for number, one in made))
    except OSError as error:
        raise SetError(f"{folder} cannot be written: {error.strerror or error}.") from error
    return Starter(len(articles), len(answerable), len(unanswerable))


def _write(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    with path.open("x", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def _row(article: Article) -> dict[str, Any]:
    info = article.info
    return {
        "id": info.id,
        "title": info.title,
        "url": info.url or "",
        "source": info.source or "",
        "published": info.published or "",
        "updated": info.updated or "",
        "language": info.language or "",
        "text": article.text,
    }


# -- with an answer ------------------------------------------------------------------------


def _answerable(
    articles: Sequence[Article], random: Random, on_article: Callable[[Article], None]
) -> list[Made]:
    """Evenly from the articles, in an order of chance; no question twice."""
    found: dict[str, Made] = {}
    share = min(MAX_PER_ARTICLE, max(1, MAX_QUESTIONS // max(1, len(articles))))
    for article in random.sample(articles, len(articles)):
        if len(found) < MAX_QUESTIONS:
            for made in _of_article(article, share, random):
                found.setdefault(made.question, made)
        on_article(article)
    return list(found.values())


def _of_article(article: Article, share: int, random: Random) -> list[Made]:
    """At most `share` questions: by the rules of grammar, and one by a name if there are fewer."""
    rows = passages(article.text)
    phrased = list(_phrased(article, rows))
    chosen = random.sample(phrased, min(share, len(phrased)))
    named = list(_named(article, rows)) if len(chosen) < share else []
    return chosen + random.sample(named, min(1, len(named)))


def _phrased(article: Article, rows: Sequence[Passage]) -> Iterator[Made]:
    for row in rows:
        for sentence in row.sentences:
            made = phrase(sentence.text)
            # Without a name or a number nobody knows which bridge it was.
            if made is not None and Asked.of(made.question).names:
                meta = {"rule": made.rule, "passage": row.text}
                yield Made(made.question, made.answer, article.info.id, meta)


def _named(article: Article, rows: Sequence[Passage]) -> Iterator[Made]:
    """What the article says about a name that it has once: the whole sentence is the answer."""
    title = article.info.title
    for row in rows:
        for sentence in row.sentences:
            for name in names(sentence.text):
                if article.text.count(name) == 1 and name not in title:
                    meta = {"rule": "name", "passage": row.text}
                    question = f"What does “{title}”{_SAY_ABOUT}{name}?"
                    answer = " ".join(sentence.text.split())
                    yield Made(question, answer, article.info.id, meta)


# -- without an answer ---------------------------------------------------------------------


def _unanswerable(
    answerable: Sequence[Made], articles: Sequence[Article], random: Random
) -> list[Made]:
    """Questions in which a year or a name was exchanged, half as many as have an answer."""
    texts = {article.info.id: f"{article.info.title}. {article.text}" for article in articles}
    keys: dict[str, frozenset[str]] = {}

    def is_held(question: str, replacement: str) -> bool:
        """Whether one article has every word that the question speaks of."""
        wanted = frozenset(Asked.of(question).keys)
        for article_id, text in texts.items():
            if replacement in text:
                if article_id not in keys:
                    keys[article_id] = frozenset(word.key for word in tokenize_words(text))
                if wanted <= keys[article_id]:
                    return True
        return False

    pool = list(dict.fromkeys(name for text in texts.values() for name in names(text)))
    found: list[Made] = []
    for made in answerable:
        if len(found) * 2 >= len(answerable):
            break
        for old, new in _swaps(made, pool, random):
            question = made.question.replace(old, new)
            if new not in texts[made.article_id] and not is_held(question, new):
                meta = {"rule": "swapped", "instead_of": old, "made_from": made.question}
                found.append(Made(question, "", made.article_id, meta))
                break
    return found


def _swaps(made: Made, pool: Sequence[str], random: Random) -> Iterator[tuple[str, str]]:
    """What to put in the place of what: another year if there is one, else another name."""
    subject = made.question.rpartition(_SAY_ABOUT)[2].rstrip("?")  # all of it, if by a rule
    is_phrased = made.meta["rule"] != "name"
    if is_phrased and (match := _YEAR.search(subject)):
        for away in random.sample((-3, -2, -1, 1, 2, 3), 6):
            yield match[0], str(int(match[0]) + away)
    for old in names(subject) if is_phrased else [subject]:
        for new in random.sample(pool, min(10, len(pool))):
            if len(new.split()) == len(old.split()):
                yield old, new
