"""A first question set from a library: what is asked, what nobody answers, what is left alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from corpus.article import Article, ArticleInfo
from corpus.storage.store import ArticleStore
from retrieval.errors import SetError
from retrieval.evaluation.question_set import QuestionSet
from retrieval.evaluation.starter_set import Starter, write
from retrieval.language.tokens import tokenize_words
from retrieval.ranking.features import Asked

TEXTS = {
    "Bridge": "The Quux Bridge was opened by the mayor in 1931. It fell down. A song by "
    "Bela Zorblatt was sung there.",
    "Council": "Anna Zorblatt was elected mayor of Quux by the council. She sang at dinner.",
    "Dinner": "The envoy of Quux was recalled because he sang at dinner. A cook, Carl Dinnerby, "
    "wept.",
    "Ships": "Nothing is to be asked about this. It says nothing.",
}


def store_of(texts: dict[str, str]) -> ArticleStore:
    store = ArticleStore.in_memory()
    for title, text in texts.items():
        store.put(Article(ArticleInfo(title.lower(), 1, title, published="2021-03-17"), text), [])
    return store


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_sentences_become_questions_and_names_the_rest(tmp_path: Path):
    with store_of(TEXTS) as store:
        made = write(store, tmp_path / "set")
    found = rows(tmp_path / "set" / "questions.jsonl")
    asked = {row["question"]: row for row in found if row["answerable"]}
    assert made == Starter(4, len(asked), len(found) - len(asked))
    assert {question: row["answers"] for question, row in asked.items()} == {
        "When was the Quux Bridge opened by the mayor?": ["1931"],
        "What does “Bridge” say about Bela Zorblatt?": [
            "A song by Bela Zorblatt was sung there."
        ],
        "Who was elected mayor of Quux by the council?": ["Anna Zorblatt"],
        "Why was the envoy of Quux recalled?": ["he sang at dinner"],
        "What does “Dinner” say about Carl Dinnerby?": ["A cook, Carl Dinnerby, wept."],
    }  # fmt: skip
    first = asked["When was the Quux Bridge opened by the mayor?"]
    assert first["gold_article_ids"] == ["bridge"]
    assert first["meta"] == {"rule": "when", "passage": TEXTS["Bridge"]}


def test_no_article_has_all_that_an_unanswerable_question_speaks_of(tmp_path: Path):
    with store_of(TEXTS) as store:
        made = write(store, tmp_path)
    unanswerable = [row for row in rows(tmp_path / "questions.jsonl") if not row["answerable"]]
    assert len(unanswerable) == made.unanswerable == 3
    for row in unanswerable:
        assert (row["answers"], row["gold_article_ids"]) == ([], [])
        assert row["meta"]["rule"] == "swapped"
        assert row["meta"]["instead_of"] in row["meta"]["made_from"]
        keys = set(Asked.of(row["question"]).keys)
        for title, text in TEXTS.items():
            assert not keys <= {word.key for word in tokenize_words(f"{title}. {text}")}


def test_a_year_is_exchanged_for_one_that_is_not_there(tmp_path: Path):
    with store_of({"Race": "Anna Zorblatt won the race to Quux in a boat of 1931."}) as store:
        assert write(store, tmp_path) == Starter(1, 1, 1)
    right, wrong = rows(tmp_path / "questions.jsonl")
    assert right["question"] == "Who won the race to Quux in a boat of 1931?"
    year = wrong["question"].removeprefix("Who won the race to Quux in a boat of ")
    assert year in ("1928?", "1929?", "1930?", "1932?", "1933?", "1934?")


def test_what_is_written_is_a_set_and_the_same_each_time(tmp_path: Path):
    with store_of(TEXTS) as store:
        for name in ("one", "two"):
            write(store, tmp_path / name)
        stored = tuple(store.article(info.id) for info in store.articles())
    for name in ("articles.jsonl", "questions.jsonl"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert QuestionSet.load(tmp_path / "one").articles == stored


def test_a_folder_with_files_is_left_alone(tmp_path: Path):
    (tmp_path / "mine.txt").write_text("mine")
    with store_of(TEXTS) as store:
        for place in (tmp_path, tmp_path / "mine.txt"):
            with pytest.raises(SetError, match="is there already and is not empty; name a new"):
                write(store, place)
        with pytest.raises(SetError, match="cannot be written: Not a directory"):
            write(store, tmp_path / "mine.txt" / "set")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_articles_that_make_no_question_make_no_folder(tmp_path: Path):
    with (
        store_of({"Ships": TEXTS["Ships"]}) as store,
        pytest.raises(SetError, match=r"No sentence of these articles makes a question by rule"),
    ):
        write(store, tmp_path / "set")
    assert not (tmp_path / "set").exists()
