"""ArticleDocumentStore against Haystack's own conformance suites, all classes of both.

What they cannot know: embeddings are kept in half precision, so equality allows for that.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from haystack import Document, Pipeline
from haystack.components.caching import CacheChecker
from haystack.components.writers import DocumentWriter
from haystack.dataclasses import ByteStream, SparseEmbedding
from haystack.document_stores.errors import DuplicateDocumentError
from haystack.document_stores.types import DuplicatePolicy
from haystack.errors import FilterError
from haystack.testing.document_store import (
    CountDocumentsByFilterTest,
    CountUniqueMetadataByFilterTest,
    DocumentStoreBaseExtendedTests,
    GetMetadataFieldMinMaxTest,
    GetMetadataFieldsInfoTest,
    GetMetadataFieldUniqueValuesTest,
)
from haystack.testing.document_store_async import (
    CountDocumentsAsyncTest,
    CountDocumentsByFilterAsyncTest,
    CountUniqueMetadataByFilterAsyncTest,
    DeleteAllAsyncTest,
    DeleteByFilterAsyncTest,
    DeleteDocumentsAsyncTest,
    FilterDocumentsAsyncTest,
    GetMetadataFieldMinMaxAsyncTest,
    GetMetadataFieldsInfoAsyncTest,
    GetMetadataFieldUniqueValuesAsyncTest,
    UpdateByFilterAsyncTest,
    WriteDocumentsAsyncTest,
)

from corpus.article import Article, ArticleInfo, Passage, Sentence
from corpus.storage.maintenance import stats, verify
from corpus.storage.store import ArticleStore, Embedded
from retrieval.index import snapshots
from retrieval.index.document_store import ArticleDocumentStore


def assert_same(received: list[Document], expected: list[Document]) -> None:
    def but_embedding(documents: list[Document]) -> list[Document]:
        return [replace(document, embedding=None) for document in documents]

    assert but_embedding(received) == but_embedding(expected)
    for got, wanted in zip(received, expected, strict=True):
        assert (got.embedding is None) == (wanted.embedding is None)
        if wanted.embedding is not None:
            np.testing.assert_allclose(got.embedding, wanted.embedding, rtol=2e-3, atol=1e-4)


class Ours:
    @pytest.fixture(params=["memory", "file"])
    def document_store(
        self, request: pytest.FixtureRequest, tmp_path: Path
    ) -> Iterator[ArticleDocumentStore]:
        path = tmp_path / "library.db" if request.param == "file" else None
        with ArticleDocumentStore(path) as store:
            yield store

    @staticmethod
    def assert_documents_are_equal(received: list[Document], expected: list[Document]) -> None:
        assert_same(received, expected)


class TestConformance(
    Ours,
    DocumentStoreBaseExtendedTests,
    CountDocumentsByFilterTest,
    CountUniqueMetadataByFilterTest,
    GetMetadataFieldMinMaxTest,
    GetMetadataFieldsInfoTest,
    GetMetadataFieldUniqueValuesTest,
):
    def test_write_documents(self, document_store: ArticleDocumentStore):  # type: ignore[override]
        document = Document(content="test doc")
        assert document_store.write_documents([document]) == 1
        with pytest.raises(DuplicateDocumentError):
            document_store.write_documents([document], DuplicatePolicy.NONE)


class TestAsyncConformance(
    Ours,
    CountDocumentsAsyncTest,
    CountDocumentsByFilterAsyncTest,
    CountUniqueMetadataByFilterAsyncTest,
    DeleteAllAsyncTest,
    DeleteByFilterAsyncTest,
    DeleteDocumentsAsyncTest,
    FilterDocumentsAsyncTest,
    GetMetadataFieldMinMaxAsyncTest,
    GetMetadataFieldsInfoAsyncTest,
    GetMetadataFieldUniqueValuesAsyncTest,
    UpdateByFilterAsyncTest,
    WriteDocumentsAsyncTest,
):
    async def test_write_documents_async(self, document_store: ArticleDocumentStore):  # type: ignore[override]
        document = Document(content="test doc")
        assert await document_store.write_documents_async([document]) == 1
        with pytest.raises(DuplicateDocumentError):
            await document_store.write_documents_async([document], DuplicatePolicy.NONE)


WIDTH = 8


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "library.db"


@pytest.fixture
def store(path: Path) -> Iterator[ArticleDocumentStore]:
    with ArticleDocumentStore(path) as opened:
        yield opened


def row(seed: int) -> list[float]:
    return np.random.default_rng(seed).normal(size=WIDTH).tolist()


def document(name: str, content: str | None = None, **meta: object) -> Document:
    text = f"{name} was seen" if content is None else content
    return Document(id=name, content=text, meta=meta, embedding=row(hash(name) % 1000))


SOURCE = {"field": "meta.source", "operator": "==", "value": "Reuters"}


def test_an_article_is_read_as_its_passages(path: Path):
    info = ArticleInfo("a-1", 1, "The recall", source="Reuters", published="2026-01-02")
    info = replace(info, updated="2026-01-03", language="en")
    made = []
    for number, text in enumerate(("First. ", "Second.")):
        sentence = Sentence(7 * number, 7 * number + len(text.strip()), text.strip())
        passage = Passage(7 * number, 7 * number + len(text), text, (sentence,))
        unit = np.eye(WIDTH, dtype=np.float32)[number]
        made.append(Embedded(passage, unit, unit[None]))
    with ArticleStore.open(path) as library:
        library.put(Article(info, "First. Second."), made)
    with ArticleDocumentStore(path) as store:
        first, second = store.filter_documents(SOURCE)
        assert (first.id, first.content, second.content) == ("a-1:1:0:7", "First. ", "Second.")
        assert first.meta == {
            "article_id": "a-1",
            "version": 1,
            "title": "The recall",
            "source": "Reuters",
            "published": "2026-01-02",
            "updated": "2026-01-03",
            "language": "en",
            "start": 0,
            "end": 7,
        }
        since = {"field": "meta.updated", "operator": ">", "value": "2026-01-02T12:00:00Z"}
        assert store.count_documents_by_filter(since) == 2
        by_id = {"field": "id", "operator": "==", "value": second.id}
        assert store.filter_documents(by_id) == [second]
        assert [hit.id for hit in store.embedding_retrieval(second.embedding, top_k=1)] == [
            second.id
        ]
        with pytest.raises(ValueError, match="read the article in again"):
            store.update_by_filter(SOURCE, {"source": "AP"})
        with pytest.raises(ValueError, match="article's id"):
            store.write_documents([Document(id="a-1", content="x")])
        store.delete_documents([first.id])
        assert store.count_documents() == 0
    with ArticleStore.open(path) as library:
        assert library.count() == 0


def test_documents_are_no_articles(store: ArticleDocumentStore, path: Path):
    store.write_documents([document("d", title="A title"), document("e", ""), Document()])
    with ArticleStore.open(path) as library:
        assert library.count() == 0
        assert library.articles() == []
    counted = stats(path)
    assert (counted.articles, counted.documents, counted.passages) == (0, 3, 3)
    assert all(check.wrong is None for check in verify(path))


def test_all_documents_are_written_or_none(store: ArticleDocumentStore):
    for wrong in (
        Document(id="c", content="c", meta={"when": object()}),
        Document(id="c", content="c", embedding=[1.0] * (WIDTH + 1)),
        Document(id="c", content="c", embedding=[float("nan")] * WIDTH),
        Document(id="c", content="half \ud800 of a pair"),
    ):
        with pytest.raises(ValueError, match=r"JSON|numbers|surrogates"):
            store.write_documents([document("a"), wrong])
    with pytest.raises(DuplicateDocumentError):
        store.write_documents([document("a"), document("b"), document("a")])
    assert store.count_documents() == 0


def test_a_document_comes_back_as_it_was(store: ArticleDocumentStore):
    blob = ByteStream(b"\x00\xff", meta={"name": "x"}, mime_type="image/png")
    sparse = SparseEmbedding(indices=[1, 5], values=[0.5, 1.0])
    written = [
        Document(id="none", content=None, blob=blob),
        Document(id="empty", content="", sparse_embedding=sparse, meta={"title": "", "n": None}),
        Document(id="long", content="x", embedding=[3.0] * WIDTH, meta={"a": {"b": [1, "ü"]}}),
        Document(id="zero", content="y", embedding=[0.0] * WIDTH),
    ]
    store.write_documents(written)
    assert_same(store.filter_documents(), written)


def test_both_searches_find_what_was_written_updated_and_deleted(store: ArticleDocumentStore):
    store.write_documents([document("quibble", source="Reuters"), document("other")])
    (found,) = store.bm25_retrieval("Which quibble?")
    assert (found.id, found.meta, found.embedding) == ("quibble", {"source": "Reuters"}, None)
    assert found.score is not None
    near = store.embedding_retrieval([2 * x for x in row(hash("quibble") % 1000)], top_k=1)
    assert [(hit.id, round(hit.score or 0, 3)) for hit in near] == [("quibble", 1.0)]
    assert store.update_by_filter(SOURCE, {"source": "AP"}) == 1
    assert store.bm25_retrieval("quibble", SOURCE) == []
    assert store.bm25_retrieval("quibble")[0].meta == {"source": "AP"}
    store.write_documents([document("quibble", "Nothing here")], DuplicatePolicy.OVERWRITE)
    assert store.bm25_retrieval("quibble") == []
    store.delete_documents(["quibble"])
    assert [hit.id for hit in store.embedding_retrieval(row(0))] == ["other"]


def test_a_filter_leaves_as_many_as_are_asked_for(store: ArticleDocumentStore, path: Path):
    store.write_documents(
        [document(f"d{n}", "the same words", source=f"s{n % 100}", n=n) for n in range(3000)]
    )
    assert snapshots.make_snapshot(path)
    some = {"field": "meta.source", "operator": "==", "value": "s7"}
    odd = {"operator": "NOT", "conditions": [{"field": "meta.n", "operator": "<", "value": 2970}]}
    for filters, meant in ((some, range(7, 3000, 100)), (odd, range(2970, 3000))):
        for top_k in (20, 50):
            by_words = store.bm25_retrieval("same words", filters, top_k)
            by_meaning = store.embedding_retrieval(row(1), filters, top_k)
            for found in (by_words, by_meaning):
                assert len(found) == min(top_k, 30)
                assert {hit.meta["n"] for hit in found} <= set(meant)


def test_what_another_process_writes_is_found(store: ArticleDocumentStore, path: Path):
    assert store.bm25_retrieval("quibble", SOURCE) == []
    with ArticleDocumentStore(path) as other:
        other.write_documents([document("quibble", source="Reuters")])
    assert [hit.id for hit in store.bm25_retrieval("quibble", SOURCE)] == ["quibble"]


def test_wrong_questions_are_refused(store: ArticleDocumentStore):
    store.write_documents([document("a")])
    with pytest.raises(ValueError, match="same model"):
        store.embedding_retrieval([1.0])
    with pytest.raises(ValueError, match="finite"):
        store.embedding_retrieval([float("inf")] * WIDTH)
    with pytest.raises(FilterError, match="operator"):
        store.embedding_retrieval(row(1), {"field": "a", "operator": "~", "value": 1})


async def test_it_serves_haystacks_components_in_a_pipeline(path: Path):
    with ArticleDocumentStore(path) as store:
        pipeline = Pipeline()
        pipeline.add_component("writer", DocumentWriter(store, DuplicatePolicy.OVERWRITE))
        pipeline.add_component("cache", CacheChecker(store, cache_field="meta.source"))
        done = await pipeline.run_async(
            {
                "writer": {"documents": [document("a", source="Reuters")]},
                "cache": {"items": []},
            }
        )
        assert done["writer"] == {"documents_written": 1}
        with ArticleDocumentStore.from_dict(store.to_dict()) as same:
            assert same.path == path
            assert same.count_documents() == 1


def test_many_threads_may_use_it(store: ArticleDocumentStore):
    def work(number: int) -> None:
        store.write_documents([document(f"d{number}", source="Reuters")])
        assert store.bm25_retrieval(f"d{number}", SOURCE)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(40)))
    assert store.count_documents_by_filter(SOURCE) == 40


def test_its_index_grows_with_it(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(snapshots, "FIRST", 5)
    with ArticleDocumentStore(path) as store:
        store.write_documents([document(f"d{number}") for number in range(50)])
        until = time.monotonic() + 30
        while snapshots.newest_name(path) is None and time.monotonic() < until:
            assert [hit.id for hit in store.bm25_retrieval("d7")] == ["d7"]
            time.sleep(0.05)
        assert snapshots.newest_name(path) is not None
        assert [hit.id for hit in store.bm25_retrieval("d7")] == ["d7"]
