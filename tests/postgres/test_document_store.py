"""ArticleDocumentStore over PostgreSQL: Haystack's conformance suites, and what ours adds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from haystack.utils import Secret

from retrieval.index.document_store import ArticleDocumentStore
from tests.retrieval.index import test_document_store as of_files


class OnPostgres:
    @pytest.fixture
    def document_store(self, secret: Secret) -> Iterator[ArticleDocumentStore]:
        with ArticleDocumentStore(database=secret) as store:
            yield store


class TestConformance(OnPostgres, of_files.TestConformance):
    """As of a file."""


class TestAsyncConformance(OnPostgres, of_files.TestAsyncConformance):
    """As of a file."""


@pytest.fixture
def store(secret: Secret) -> Iterator[ArticleDocumentStore]:
    with ArticleDocumentStore(database=secret) as opened:
        yield opened


test_all_documents_are_written_or_none = of_files.test_all_documents_are_written_or_none
test_a_document_comes_back_as_it_was = of_files.test_a_document_comes_back_as_it_was
test_both_searches_find_what_was_written_updated_and_deleted = (
    of_files.test_both_searches_find_what_was_written_updated_and_deleted
)
test_wrong_questions_are_refused = of_files.test_wrong_questions_are_refused
test_many_threads_may_use_it = of_files.test_many_threads_may_use_it


def test_what_another_process_writes_is_found(store: ArticleDocumentStore, secret: Secret):
    assert store.bm25_retrieval("quibble", of_files.SOURCE) == []
    with ArticleDocumentStore(database=secret) as other:
        other.write_documents([of_files.document("quibble", source="Reuters")])
    found = store.bm25_retrieval("quibble", of_files.SOURCE)
    assert [hit.id for hit in found] == ["quibble"]


def test_libraries_of_one_database_know_nothing_of_each_other(secret: Secret):
    with (
        ArticleDocumentStore(database=secret, library="7") as one,
        ArticleDocumentStore(database=secret, library="8") as other,
    ):
        one.write_documents([of_files.document("quibble")])
        assert other.count_documents() == 0
        assert other.bm25_retrieval("quibble") == []
        other.write_documents([of_files.document("quibble", "Another text")])
        assert [hit.content for hit in one.bm25_retrieval("quibble")] == ["quibble was seen"]


def test_its_dictionary_has_no_password(store: ArticleDocumentStore, database: str):
    store.write_documents([of_files.document("quibble")])
    written = store.to_dict()
    assert database not in str(written)
    with ArticleDocumentStore.from_dict(written) as same:
        assert same.count_documents() == 1


def test_a_filter_leaves_as_many_as_are_asked_for(store: ArticleDocumentStore):
    store.write_documents(
        [of_files.document(f"d{n}", "the same words", source=f"s{n % 10}", n=n) for n in range(300)]
    )
    some = {"field": "meta.source", "operator": "==", "value": "s7"}
    for top_k in (20, 50):
        for found in (
            store.bm25_retrieval("same words", some, top_k),
            store.embedding_retrieval(of_files.row(1), some, top_k),
        ):
            assert len(found) == min(top_k, 30)
            assert {hit.meta["source"] for hit in found} == {"s7"}
