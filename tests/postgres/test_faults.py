"""What a database may do: go away in the middle, be erased by another, refuse."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from corpus.article import Article, ArticleInfo
from corpus.errors import StoreError
from corpus.storage.locations import Database
from corpus.storage.postgres.library import PREFIX, schema_of
from corpus.storage.store import ArticleStore
from retrieval.encoders.embedder import Embedder
from retrieval.query.question import Question
from retrieval.serving.library_router import LibraryRouter
from tests.corpus.storage.test_store import article, put, texts


def end_all_others(database: str) -> None:
    """The server closes every connection but this one."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def put_two(store: ArticleStore, meanwhile: Callable[[], None]) -> None:
    with store.together():
        put(store, article("It rained.", "b"))
        meanwhile()
        put(store, article("It snowed.", "c"))


def test_a_lost_connection_is_made_again(database: str):
    with Database(database).place("a").open() as store:
        put(store, article("He left. She stayed."))
        end_all_others(database)
        assert texts(store) == ["He left. She stayed."]
        end_all_others(database)
        put(store, article("It rained.", "b"))
        assert store.count() == 2


def test_what_was_half_written_when_the_connection_was_lost_is_not_there(database: str):
    with Database(database).place("a").open() as store:
        put(store, article("He left."))
        with pytest.raises(StoreError, match="cannot be reached"):
            put_two(store, lambda: end_all_others(database))
        assert [info.id for info in store.articles()] == ["a"]
        put(store, article("It snowed.", "c"))
        assert [info.id for info in store.articles()] == ["a", "c"]


def test_a_library_that_another_erased_answers_no_more_and_harms_nobody(
    database: str,
):
    home, embedder = Database(database), Embedder.load()
    asked = Question.of("Why was the envoy recalled?")
    with home.place("7").open() as store:
        text = "The envoy was recalled because he sang at dinner."
        store.put(Article(ArticleInfo("a", 1, "The envoy"), text), [])
    shelf = LibraryRouter(home, embedder)
    assert not shelf.ask(asked, "7").from_samples
    assert home.place("7").erase()
    assert shelf.ask(asked, "7").from_samples
    shelf.close()


def test_a_database_that_is_not_there_is_said_without_its_password():
    home = Database("postgresql://footnote:pl4nted@127.0.0.1:1/nowhere")
    with pytest.raises(StoreError, match=r"nowhere at 127\.0\.0\.1 cannot be reached") as refused:
        home.place("7").open()
    assert "pl4nted" not in str(refused.value)
    assert "pl4nted" not in repr(home)


def test_no_two_libraries_have_one_schema():
    names = ["a", "A", "a" * 54, "a" * 55, "a" * 64, "a" * 63 + "b"]
    schemas = [schema_of(name) for name in names]
    assert len(set(schemas)) == len(names)
    assert all(len(schema.encode()) <= 63 for schema in schemas)
    assert all(schema.startswith(PREFIX) for schema in schemas)
    for name in ('a"; DROP SCHEMA public', "", "a b", "_a", "a" * 65):
        with pytest.raises(ValueError, match="no library's name"):
            schema_of(name)


def test_a_library_of_a_later_release_is_refused(database: str):
    place = Database(database).place("a")
    with place.open() as store, store.together():
        store.set_stamp("layout", "99")
    with pytest.raises(StoreError, match="a later release of Footnote; install that one"):
        place.open()
