"""Filters over PostgreSQL choose what Haystack's own matcher chooses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from haystack import Document
from haystack.errors import FilterError
from haystack.utils.filters import document_matches_filter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.storage.documents import Documents, StoredDocument
from corpus.storage.locations import Database
from tests.corpus.storage import test_filters as of_files

EVERY = [HealthCheck.function_scoped_fixture]


@pytest.fixture(scope="module")
def kept(shared_database: str) -> Iterator[Documents]:
    with Database(shared_database).place("filters").open() as store:
        yield Documents(store)


@pytest.fixture
def documents(kept: Documents) -> Documents:
    empty(kept)
    return kept


def empty(documents: Documents) -> None:
    documents.remove(documents.select().tolist())


@settings(max_examples=300, deadline=None, suppress_health_check=EVERY)
@given(several=st.lists(of_files.metas, min_size=1, max_size=6), meant=of_files.filters)
def test_it_chooses_what_haystacks_own_matcher_chooses(
    kept: Documents, several: list[dict[str, Any]], meant: dict[str, Any]
):
    empty(kept)
    truth = set()
    for number, meta in enumerate(several):
        kept.put(StoredDocument(f"d{number}", f"text {number}", meta))
        document = Document(id=f"d{number}", content=f"text {number}", meta=meta)
        truth |= {document.id} if document_matches_filter(meant, document) else set()
    assert of_files.chosen(kept, meant) == truth


@settings(max_examples=150, deadline=None, suppress_health_check=EVERY)
@given(several=st.lists(of_files.metas, min_size=1, max_size=6), meant=of_files.orders)
def test_it_orders_numbers_and_moments_as_haystack_does(
    kept: Documents, several: list[dict[str, Any]], meant: dict[str, Any]
):
    empty(kept)
    truth = set()
    for number, meta in enumerate(several):
        kept.put(StoredDocument(f"d{number}", "", meta))
        try:
            matches = document_matches_filter(meant, Document(content="", meta=meta))
        except (FilterError, TypeError):  # what has no order: there nothing matches here
            matches = False
        truth |= {f"d{number}"} if matches else set()
    assert of_files.chosen(kept, meant) == truth


test_what_has_no_order = of_files.test_what_has_no_order_is_not_chosen_and_not_refused_for_others
test_moments_with_offsets = of_files.test_moments_with_offsets_are_compared_as_moments
test_a_field_cannot_smuggle_sql = of_files.test_a_field_cannot_smuggle_sql
test_filters_may_be_long = of_files.test_filters_may_be_long_but_not_deep
