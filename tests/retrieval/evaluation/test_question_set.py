"""Reading question sets: what is right, and one sentence about what is wrong."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from corpus.article import Article, ArticleInfo
from corpus.storage.store import ArticleStore
from retrieval.errors import SetError
from retrieval.evaluation.question_set import QuestionSet, SetQuestion
from retrieval.query.question import Question
from tests.retrieval.models import shared_embedder

ARTICLE = {
    "id": "a",
    "title": "Bridge",
    "url": "https://daily.example/1",
    "source": "The Daily",
    "published": "2021-03-17",
    "text": "The Quux bridge opened in 1931.\n\nIt fell in 1957.",
}
QUESTION = {
    "id": "q",
    "question": "When did the Quux bridge open?",
    "answers": ["1931"],
    "gold_article_ids": ["a"],
    "answerable": True,
    "meta": {},
}
UNANSWERABLE = {"id": "u", "question": "Who built it?", "answers": [], "gold_article_ids": [],
                "answerable": False}  # fmt: skip


def lines(*rows: Any) -> bytes:
    texts = (row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows)
    return b"\n".join(texts) + b"\n"


def write(folder: Path, articles: bytes, questions: bytes) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "articles.jsonl").write_bytes(articles)
    (folder / "questions.jsonl").write_bytes(questions)
    return folder


def changed(row: dict[str, Any], **values: Any) -> dict[str, Any]:
    """The row with other values; without those that are None."""
    return {name: value for name, value in (row | values).items() if value is not None}


def test_a_set_is_read_as_it_is_written(tmp_path: Path):
    bare = {
        "id": "b",
        "title": "",
        "url": "",
        "source": "",
        "published": "",
        "text": "He\ud800 left.",
    }
    dated = changed(QUESTION, id="d", meta={"date": "2022/06/16", "passage": "It fell in  1957."})
    folder = write(
        tmp_path / "quux",
        b"\xef\xbb\xbf" + lines(ARTICLE, b"", bare),
        lines(QUESTION, b"  ", UNANSWERABLE, dated),
    )
    found = QuestionSet.load(folder)
    assert found.name == "quux"
    assert found.articles == (
        Article(
            ArticleInfo(
                "a", 1, "Bridge", "https://daily.example/1", "The Daily", published="2021-03-17"
            ),
            str(ARTICLE["text"]),
        ),
        Article(ArticleInfo("b", 1, "He� left."), "He� left."),
    )
    end_of_day = datetime(2022, 6, 16, 23, 59, 59, 999999, tzinfo=UTC)
    assert found.questions == (
        SetQuestion(
            "q", Question("When did the Quux bridge open?"), ("1931",), ("a",), True, "", False
        ),
        SetQuestion("u", Question("Who built it?"), (), (), False, "", False),
        SetQuestion(
            "d",
            Question("When did the Quux bridge open?", end_of_day),
            ("1931",),
            ("a",),
            True,
            "it fell in 1957",
            False,
        ),
    )


@pytest.mark.parametrize(
    ("articles", "questions", "says"),
    [
        ([], [QUESTION], "articles.jsonl is empty; a set has articles and questions, one a line."),
        ([ARTICLE], [], "questions.jsonl is empty"),
        ([b"{"], [QUESTION], "Line 1 of {}/articles.jsonl: it is not JSON; correct the line or"),
        ([b"[" * 100_000], [QUESTION], "Line 1 of {}/articles.jsonl: it is not JSON;"),
        ([ARTICLE, b"\xff"], [QUESTION], "Line 2 of {}/articles.jsonl: it is not UTF-8;"),
        ([b"3"], [QUESTION], "Line 1 of {}/articles.jsonl: it is not a JSON object;"),
        ([ARTICLE, ARTICLE], [QUESTION], "articles.jsonl: the id a is there twice;"),
        ([changed(ARTICLE, id=None)], [QUESTION], "articles.jsonl: it has no id;"),
        ([changed(ARTICLE, id=" ")], [QUESTION], "articles.jsonl: its id is empty;"),
        ([changed(ARTICLE, id=3)], [QUESTION], "articles.jsonl: id is not a string;"),
        ([changed(ARTICLE, text=" ")], [QUESTION], "articles.jsonl: the article has no text;"),
        ([changed(ARTICLE, title=["x"])], [QUESTION], "articles.jsonl: title is not a string;"),
        ([ARTICLE], [b"", QUESTION, QUESTION], "Line 3 of {}/questions.jsonl: the id q is there"),
        ([ARTICLE], [changed(QUESTION, question="?")], "questions.jsonl: There is no question to"),
        ([ARTICLE], [changed(QUESTION, answers="1931")], "answers is not a list;"),
        ([ARTICLE], [changed(QUESTION, answers=[1931])], "answers is not a list of strings;"),
        ([ARTICLE], [changed(QUESTION, answerable=1)], "answerable is not true or false;"),
        ([ARTICLE], [changed(QUESTION, answerable=False)], "it has answers and is not answerable;"),
        ([ARTICLE], [changed(QUESTION, gold_article_ids=["x"])], "jsonl has no article x;"),
        ([ARTICLE], [changed(QUESTION, meta=[])], "meta is not an object;"),
        ([ARTICLE], [changed(QUESTION, meta={"date": "soon"})], "meta.date is 'soon' and no day"),
        ([ARTICLE], [changed(QUESTION, meta={"date": "2022"})], "meta.date is '2022' and no day"),
        ([ARTICLE], [changed(QUESTION, meta={"passage": 1})], "passage is not a string;"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(
    tmp_path: Path, articles: list[Any], questions: list[Any], says: str
):
    write(tmp_path, lines(*articles), lines(*questions))
    with pytest.raises(SetError) as told:
        QuestionSet.load(tmp_path)
    assert says.format(tmp_path) in str(told.value)
    assert "\n" not in str(told.value)


def test_what_is_not_there_is_told(tmp_path: Path):
    with pytest.raises(SetError, match=r"There is no folder .*; name one with articles.jsonl and"):
        QuestionSet.load(tmp_path / "no")
    with pytest.raises(SetError, match=r"has no articles.jsonl; a set is articles.jsonl and"):
        QuestionSet.load(tmp_path)
    (tmp_path / "articles.jsonl").mkdir()
    with pytest.raises(SetError, match=r"articles.jsonl cannot be read: Is a directory"):
        QuestionSet.load(tmp_path)


def question(passage: str = "", answers: tuple[str, ...] = ("1931",)) -> SetQuestion:
    return SetQuestion("q", Question("When?"), answers, ("a",), True, passage, False)


def test_a_sentence_answers_in_a_gold_article_and_in_the_passage_that_was_meant():
    sentence = "The Quux bridge opened in 1931."
    assert question().is_answered_by("a", sentence)
    assert not question().is_answered_by("b", sentence)
    assert not question().is_answered_by("a", "It fell in 1957.")
    assert question("before quux bridge opened in 1931 it fell").is_answered_by("a", sentence)
    assert question("bridge opened in 1931").is_answered_by("a", sentence)
    assert not question("another bridge opened in 1931").is_answered_by("a", sentence)
    assert not question("requux bridge opened in 1931").is_answered_by("a", sentence)
    assert not question(answers=()).is_answered_by("a", sentence)


def test_a_sample_is_even_and_never_larger(tmp_path: Path):
    rows = [changed(QUESTION, id=str(i)) for i in range(10)]
    found = QuestionSet.load(write(tmp_path, lines(ARTICLE), lines(*rows)))
    assert [q.id for q in found.sample(4)] == ["0", "2", "5", "7"]
    assert found.sample(10) == found.sample(None) == found.sample(99) == found.questions


def test_a_library_is_made_once_goes_on_after_an_interruption_and_is_made_again(tmp_path: Path):
    other = changed(ARTICLE, id="b", text="Another bridge opened in 1957.")
    found = QuestionSet.load(write(tmp_path / "set", lines(ARTICLE, other), lines(QUESTION)))
    path = found.library_file(tmp_path)
    texts: list[str] = []

    def embed(batch: Any) -> Any:
        texts.extend(batch)
        return shared_embedder().encode(batch)

    def stop(info: ArticleInfo) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        found.ingest(path, embed, "one", on_article=stop)
    assert texts[0].startswith("Bridge. The Quux bridge")
    texts.clear()
    done: list[str] = []
    found.ingest(path, embed, "one", on_article=lambda info: done.append(info.id))
    assert texts[0] == "Bridge. Another bridge opened in 1957."
    assert done == ["a", "b"]
    texts.clear()
    found.ingest(path, embed, "one")
    assert texts == []
    found.ingest(path, embed, "two")
    assert len(texts) == 5
    with ArticleStore.open_to_read(path) as store:
        assert [store.article(info.id) for info in store.articles()] == list(found.articles)
    later = QuestionSet.load(write(tmp_path / "set", lines(ARTICLE), lines(QUESTION)))
    assert later.library_file(tmp_path) != path
