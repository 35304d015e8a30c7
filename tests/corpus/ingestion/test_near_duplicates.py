"""Copies of one text are one story, however they were changed; other texts are not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.article import Article, ArticleInfo
from corpus.ingestion.near_duplicates import (
    Signature,
    articles_without_story,
    assign_missing_stories,
    assign_story,
    is_copy,
    shingles,
)
from corpus.storage.maintenance import backup, restore, stats, verify
from corpus.storage.store import ArticleStore

WIRE = (
    "Russia recalled its ambassador to the United States on Wednesday, a day after the president "
    "called his counterpart a killer in an interview with a television network. The foreign "
    "ministry said in a statement that Anatoly Antonov would return to Moscow for consultations "
    "on how to keep relations from getting worse. “We want to see what can be done about the ties, "
    "which have been in a difficult state,” a spokeswoman said. Analysts in both capitals said "
    "that nobody could remember such a step in the past twenty years. The embassy in Washington "
    "did not answer questions by telephone or by letter until the evening."
)
OTHER = (
    "The ambassador of Russia is flying home from Washington after harsh words about his president "
    "by the new head of the American government. Moscow's diplomats spoke of consultations, which "
    "is what they say when they are angry. It had last happened a generation ago, according to a "
    "historian who was asked about it. A quarrel over a pipeline, hacked computers and a prisoner "
    "has lasted for months, and sanctions that were announced in March will not make it shorter. "
    "The White House said that it would not take anything back, and that it had been informed."
)
COPIES = {
    "the same": WIRE,
    "a lead": "This was first told by our partners abroad. We add what we know.\n\n" + WIRE,
    "a cut end": WIRE[: WIRE.index("Analysts")],
    "another quotation": WIRE.replace("We want to see what can be done about the ties", "Not now"),
    "a corrected number": WIRE.replace("twenty", "thirty"),
    "other quotes and spaces": WIRE.replace("“", '"').replace("”", '"').replace(". ", ".\n\n"),
}


@pytest.fixture
def store() -> Iterator[ArticleStore]:
    with ArticleStore.in_memory() as made:
        yield made


def put(store: ArticleStore, name: str, text: str) -> int:
    with store.together():
        stored = store.put(Article(ArticleInfo(name, 1, name), text), [])
        return assign_story(store, stored.article)


@pytest.mark.parametrize("how", COPIES)
def test_a_copy_is_in_the_story_of_its_original(store: ArticleStore, how: str):
    assert put(store, "wire", WIRE) == put(store, "copy", COPIES[how])
    assert [info.id for info in store.copies("wire")] == ["copy"]
    assert store.stories(["wire", "copy", "nothing"]) == {"wire": 1, "copy": 1}


def test_another_article_on_the_same_event_is_a_story_of_its_own(store: ArticleStore):
    assert put(store, "wire", WIRE) != put(store, "other", OTHER)
    assert store.copies("wire") == []


def test_short_texts_are_copies_only_when_they_are_the_same():
    short = shingles("The envoy was recalled on Tuesday.")
    assert is_copy(short, shingles("the envoy was recalled on tuesday"))
    assert not is_copy(short, shingles("The envoy was recalled on Wednesday."))
    assert not is_copy(short, shingles(WIRE + " The envoy was recalled on Tuesday."))


def test_a_digest_that_holds_a_text_among_many_is_no_copy_of_it():
    many = " ".join(f"Report {n} says that it rained in town {n} on day {n}." for n in range(200))
    assert not is_copy(shingles(WIRE), shingles(WIRE + many))


def test_a_text_that_changed_leaves_its_story(store: ArticleStore):
    put(store, "wire", WIRE)
    put(store, "copy", WIRE)
    put(store, "copy", OTHER)
    assert store.copies("wire") == []
    assert store.article("copy").info.version == 2


def test_a_text_between_two_makes_their_stories_one(store: ArticleStore):
    first, second = WIRE[: len(WIRE) // 2], WIRE[len(WIRE) // 2 :]
    assert put(store, "first", first) != put(store, "second", second)
    put(store, "whole", WIRE)
    assert len(set(store.stories(["first", "second", "whole"]).values())) == 1


def test_a_forgotten_article_leaves_no_trace_among_the_copies(store: ArticleStore):
    put(store, "wire", WIRE)
    put(store, "copy", WIRE)
    store.forget("wire")
    assert store.copies("copy") == []
    ((left,),) = store.connection.rows("SELECT count(DISTINCT copy_id) FROM band")
    assert left == 1
    assert put(store, "again", WIRE) == store.stories(["copy"])["copy"]


def test_what_an_earlier_release_stored_is_filed_later(store: ArticleStore):
    for name, text in (("wire", WIRE), ("other", OTHER), ("copy", COPIES["a lead"])):
        store.put(Article(ArticleInfo(name, 1, name), text), [])
    told: list[str] = []
    assign_missing_stories(store, on_article=told.append)
    assign_missing_stories(store, on_article=told.append)
    assert told == ["wire", "other", "copy"]
    assert [info.id for info in store.copies("copy")] == ["wire"]
    store.put(Article(ArticleInfo("other", 1, "other"), WIRE), [])
    assert articles_without_story(store) == [("other",)]
    assign_missing_stories(store)
    assert len(store.copies("wire")) == 2


def test_signatures_of_another_make_are_made_again(store: ArticleStore):
    put(store, "wire", WIRE)
    store.set_stamp("stories", "another")
    assign_missing_stories(store)
    assert put(store, "copy", WIRE) == store.stories(["wire"])["wire"]


def test_a_signature_tells_how_much_texts_share_and_is_read_as_it_was_written():
    words = [str(number) for number in range(3000)]
    one, other = Signature.of(words[:2000]), Signature.of(words[1000:])
    assert abs(one.likeness(other) - 1 / 3) < 0.12
    assert Signature.read(one.written()) == one
    assert all(-(1 << 63) <= band < 1 << 63 for band in one.bands())


def test_many_copies_of_one_text_are_filed_in_time(store: ArticleStore):
    for number in range(400):
        put(store, str(number), f"{WIRE} Number {number}.")
    assert len(store.copies("0")) == 399


def test_stories_are_in_backups_and_are_checked(tmp_path: Path):
    path = tmp_path / "library.db"
    with ArticleStore.open(path) as store:
        put(store, "wire", WIRE)
        put(store, "copy", WIRE)
    assert stats(path).copies == 1
    backup(path, tmp_path / "backup")
    restore(tmp_path / "backup", path, replace=True)
    with ArticleStore.open(path) as store:
        assert [info.id for info in store.copies("wire")] == ["copy"]
        assert all(check.ok for check in verify(path))
        store.connection.execute("DELETE FROM band")
    assert [check.name for check in verify(path) if not check.ok] == [
        "what was filed with its copies is found by others"
    ]
