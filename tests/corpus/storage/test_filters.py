"""Filters: as SQL they mean what Haystack's own matcher means, and hints never miss."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from haystack import Document
from haystack.errors import FilterError
from haystack.utils.filters import document_matches_filter
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.storage.documents import Documents, StoredDocument
from corpus.storage.filters import FilterFault, Parameters, condition, facts, hints
from corpus.storage.sqlite.conditions import SqliteConditions
from corpus.storage.store import ArticleStore

DATES = ["2026-01-02", "2026-01-02T00:00:00", "2026-01-02T10:30:00", "1999-12-31"]
TEXTS = ["Reuters", "reuters", "", "1", "now", "2461043", "[1]", "a'b", "—", *DATES]
scalars = st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from([0.5, 1.0, *TEXTS])
values = scalars | st.lists(st.integers(0, 1), max_size=2) | st.just({"b": 1})
KEYS = ["source", "published", "updated", "language", "title", "version", "rating", "a"]
metas = st.dictionaries(st.sampled_from(KEYS), values, max_size=4)
fields = st.sampled_from(["meta.source", "meta.published", "title", "meta.version", "meta.a.b"])
fields |= st.sampled_from([f"meta.{key}" for key in KEYS] + ["id", "content"])

comparisons = st.one_of(
    st.fixed_dictionaries(
        {"field": fields, "operator": st.sampled_from(["==", "!="]), "value": values}
    ),
    st.fixed_dictionaries(
        {
            "field": fields,
            "operator": st.sampled_from(["in", "not in"]),
            "value": st.lists(values, max_size=3),
        }
    ),
)
filters = st.recursive(
    comparisons,
    lambda inner: st.fixed_dictionaries(
        {
            "operator": st.sampled_from(["AND", "OR", "NOT"]),
            "conditions": st.lists(inner, min_size=1, max_size=3),
        }
    ),
    max_leaves=5,
)
orders = st.fixed_dictionaries(
    {
        "field": st.sampled_from(["meta.rating", "meta.published", "meta.updated"]),
        "operator": st.sampled_from([">", ">=", "<", "<="]),
        "value": st.integers(-2, 2) | st.sampled_from([0.5, None, *DATES]),
    }
)


@pytest.fixture
def documents() -> Iterator[Documents]:
    with ArticleStore.in_memory() as store:
        yield Documents(store)


def chosen(documents: Documents, meant: dict[str, Any]) -> set[str]:
    return {one.id for one in documents.read(documents.select(meant))}


@settings(max_examples=400, deadline=None)
@given(st.lists(metas, min_size=1, max_size=6), filters)
def test_sql_chooses_what_haystacks_own_matcher_chooses(
    several: list[dict[str, Any]], meant: dict[str, Any]
):
    with ArticleStore.in_memory() as store:
        documents = Documents(store)
        for number, meta in enumerate(several):
            documents.put(StoredDocument(f"d{number}", f"text {number}", meta))
        truth = {
            f"d{number}"
            for number, meta in enumerate(several)
            if document_matches_filter(
                meant, Document(id=f"d{number}", content=f"text {number}", meta=meta)
            )
        }
        assert chosen(documents, meant) == truth
        promised = hints(meant)
        for number in (int(name[1:]) for name in truth if promised):
            assert promised & facts(several[number])


@settings(max_examples=200, deadline=None)
@given(st.lists(st.fixed_dictionaries({}, optional={
    "rating": st.integers(-2, 2) | st.sampled_from([0.5, None]),
    "published": st.sampled_from(DATES),
    "updated": st.sampled_from(DATES),
}), min_size=1, max_size=6), orders)  # fmt: skip
def test_sql_orders_numbers_and_moments_as_haystack_does(
    several: list[dict[str, Any]], meant: dict[str, Any]
):
    with ArticleStore.in_memory() as store:
        documents = Documents(store)
        truth: set[str] = set()
        for number, meta in enumerate(several):
            documents.put(StoredDocument(f"d{number}", "", meta))
            try:
                matches = document_matches_filter(meant, Document(content="", meta=meta))
            except FilterError:  # a number against a date: there nothing matches here
                matches = False
            truth |= {f"d{number}"} if matches else set()
        assert chosen(documents, meant) == truth


def test_what_has_no_order_is_not_chosen_and_not_refused_for_others(documents: Documents):
    documents.put(StoredDocument("a", "", {"rating": "high"}))
    documents.put(StoredDocument("b", "", {"rating": 3}))
    assert chosen(documents, {"field": "rating", "operator": ">", "value": 1}) == {"b"}


def test_moments_with_offsets_are_compared_as_moments(documents: Documents):
    documents.put(StoredDocument("a", "", {"published": "2026-01-02T01:00:00+02:00"}))
    day = {"field": "published", "operator": "<", "value": "2026-01-02"}
    assert chosen(documents, day) == {"a"}
    same = {"field": "published", "operator": "==", "value": "2026-01-01T23:00:00Z"}
    assert chosen(documents, same) == {"a"}


@pytest.mark.parametrize(
    "wrong",
    [
        ["not", "a", "dictionary"],
        {"operator": "AND"},
        {"conditions": []},
        {"operator": "XOR", "conditions": []},
        {"field": "a", "operator": "like", "value": "x"},
        {"field": "a", "operator": "=="},
        {"field": "a", "operator": "in", "value": "x"},
        {"field": "a", "operator": ">", "value": "tall"},
        {"field": "a", "operator": "==", "value": object()},
        {"field": 'a" OR 1', "operator": "==", "value": 1},
        {"field": "a\0b", "operator": "==", "value": 1},
        {"field": 3, "operator": "==", "value": 1},
    ],
)
def test_what_is_no_filter_is_refused_in_a_sentence(wrong: Any):
    with pytest.raises(FilterFault, match=r"^.{20,}$"):
        condition(wrong, SqliteConditions(Parameters()))


def test_a_field_cannot_smuggle_sql(documents: Documents):
    documents.put(StoredDocument("a", "", {}))
    for name in ("x') OR 1 --", "x'; DROP TABLE version; --", "$", "meta.'", "a?", "a.", ""):
        assert chosen(documents, {"field": name, "operator": "==", "value": 1}) == set()
    assert documents.count() == 1


def test_values_that_no_database_holds_are_refused(documents: Documents):
    for value in (2**64, "\ud800"):
        with pytest.raises(FilterFault):
            documents.select({"field": "a", "operator": "==", "value": value})


def test_filters_may_be_long_but_not_deep(documents: Documents):
    documents.put(StoredDocument("a", "", {"source": "39999"}))
    many = {"field": "source", "operator": "in", "value": [str(n) for n in range(40_000)]}
    assert chosen(documents, many) == {"a"}
    deep = many
    for _ in range(60):
        deep = {"operator": "NOT", "conditions": [deep]}
    with pytest.raises(FilterFault, match="levels"):
        documents.select(deep)
