"""A pipeline that an earlier release wrote down is loaded and answers."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from haystack import Document, Pipeline
from haystack.core.errors import DeserializationError, PipelineError

from corpus.article import Article, ArticleInfo
from corpus.ingestion.embedding import embed_article, recipe
from corpus.storage.locations import library_file
from corpus.storage.store import ArticleStore
from retrieval.earlier_names import CURRENT_NAMES
from retrieval.encoders.embedder import Embedder
from retrieval.index.document_store import ArticleDocumentStore

ROOT = Path(__file__).parents[2]


def written_down(library: Path) -> dict[str, Any]:
    """What `build(library, embedder).to_dict()` was before the modules moved into rooms."""
    held = {"path": str(library)}
    return {
        "metadata": {},
        "max_runs_per_component": 100,
        "components": {
            "embedder": {
                "type": "retrieval.embedder.QuestionEmbedder",
                "init_parameters": {"model_dir": None},
            },
            "vectors": {
                "type": "retrieval.retrievers.VectorRetriever",
                "init_parameters": {"library": held, "top_k": 20},
            },
            "keywords": {
                "type": "retrieval.retrievers.KeywordRetriever",
                "init_parameters": {"library": held, "top_k": 20},
            },
            "fusion": {"type": "retrieval.fusion.RankFusion", "init_parameters": {}},
            "ranker": {
                "type": "retrieval.ranking.SentenceRanker",
                "init_parameters": {"library": held, "passages_read": 8},
            },
            "reader": {"type": "retrieval.reader.Reader", "init_parameters": {"library": held}},
            "answerer": {
                "type": "retrieval.answerer.Answerer",
                "init_parameters": {"library": held, "sentences_found": 0},
            },
            "checker": {"type": "retrieval.checked.Checker", "init_parameters": {}},
        },
        "connections": [
            {"sender": "embedder.embedding", "receiver": "vectors.embedding"},
            {"sender": "embedder.embedding", "receiver": "ranker.embedding"},
            {"sender": "vectors.documents", "receiver": "fusion.documents"},
            {"sender": "keywords.documents", "receiver": "fusion.documents"},
            {"sender": "fusion.documents", "receiver": "ranker.documents"},
            {"sender": "ranker.ranked", "receiver": "reader.ranked"},
            {"sender": "reader.reading", "receiver": "answerer.reading"},
            {"sender": "answerer.answer", "receiver": "checker.answer"},
        ],
        "connection_type_validation": True,
    }


def writer_written_down(library: Path) -> dict[str, Any]:
    """Haystack's DocumentWriter over our store, as it was written down then."""
    return {
        "metadata": {},
        "max_runs_per_component": 100,
        "components": {
            "writer": {
                "type": "haystack.components.writers.document_writer.DocumentWriter",
                "init_parameters": {
                    "document_store": {
                        "type": "retrieval.document_store.ArticleDocumentStore",
                        "init_parameters": {"path": str(library)},
                    },
                    "policy": "NONE",
                },
            }
        },
        "connections": [],
        "connection_type_validation": True,
    }


def without_ranker(data: dict[str, Any]) -> dict[str, Any]:
    """The same with the passages given to the reader, as `build` connects them now."""
    del data["components"]["ranker"]
    data["connections"] = [
        {end: place.replace("ranker.", "reader.") for end, place in connection.items()}
        for connection in data["connections"]
        if connection["sender"] != "ranker.ranked"
    ]
    return data


def test_an_earlier_pipeline_answers_once_its_ranker_is_taken_out(tmp_path: Path):
    path, embedder = library_file(tmp_path), Embedder.load()
    article = Article(
        ArticleInfo("a", 1, "A note"), "The envoy Zorblatt was recalled because he sang at dinner."
    )
    with ArticleStore.open(path) as store:
        store.put(article, embed_article(article, embedder.encode))
        store.set_stamp("recipe", recipe(embedder.identity))
    data = without_ranker(written_down(path))
    pipeline = Pipeline.from_dict(data, allowed_modules=["retrieval.*"])
    question = "Why was Zorblatt recalled?"
    inputs = {"embedder": {"text": question}, "keywords": {"query": question}}
    inputs |= {"reader": {"question": question}, "answerer": {"question": question}}
    answer = pipeline.run(inputs)["checker"]["answer"]
    for name in ("vectors", "keywords", "reader", "answerer"):
        pipeline.get_component(name).library.close()
    assert answer.citations[0].quote == article.text


def test_an_earlier_pipeline_with_a_ranker_is_refused_with_what_to_do(tmp_path: Path):
    path = library_file(tmp_path)
    with ArticleStore.open(path):
        pass
    with pytest.raises(DeserializationError, match=r"pipeline\.build, and write it"):
        Pipeline.from_dict(written_down(path), allowed_modules=["retrieval.*"])


def test_an_earlier_document_store_takes_documents(tmp_path: Path):
    path = library_file(tmp_path)
    pipeline = Pipeline.from_dict(writer_written_down(path), allowed_modules=["retrieval.*"])
    with closing(pipeline.get_component("writer").document_store) as store:
        assert type(store) is ArticleDocumentStore
        assert pipeline.run({"writer": {"documents": [Document(content="He sang.")]}}) == {
            "writer": {"documents_written": 1}
        }


@pytest.mark.parametrize("earlier", sorted(CURRENT_NAMES))
def test_each_earlier_name_is_found_by_a_program_that_has_imported_nothing_of_ours(earlier: str):
    program = (
        "from haystack import component\n"
        f"__import__({earlier.rsplit('.', 1)[0]!r})\n"
        f"assert callable(component.registry[{earlier!r}].from_dict)\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, timeout=120)


def test_each_current_name_is_a_class():
    for current in CURRENT_NAMES.values():
        module, name = current.rsplit(".", 1)
        __import__(module)
        assert isinstance(getattr(sys.modules[module], name), type)


def test_a_name_that_no_release_wrote_is_refused():
    data = {"components": {"x": {"type": "retrieval.nowhere.Nothing", "init_parameters": {}}}}
    with pytest.raises(PipelineError, match=r"retrieval\.nowhere\.Nothing"):
        Pipeline.from_dict(data, allowed_modules=["retrieval.*"])
