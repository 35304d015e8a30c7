"""The road from a question to its answer, as a Haystack pipeline that reads like a list."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from haystack import Pipeline
from haystack.components.joiners import DocumentJoiner
from haystack.core.errors import PipelineRuntimeError

from corpus.errors import FootnoteError
from retrieval.answer import Answer, Question
from retrieval.answerer import Answerer
from retrieval.checked import Checker
from retrieval.embedder import Embedder, QuestionEmbedder
from retrieval.library import Library
from retrieval.reader import Reader, Reading
from retrieval.retrievers import KeywordRetriever, VectorRetriever
from retrieval.signals import NAMES
from retrieval.timing import timings

TRACE_SENTENCES = 8


def build(library: Library, embedder: Embedder, sentences_found: int = 0) -> Pipeline:
    """Embed, search by meaning and by words, fuse (RRF), read, answer, check."""
    pipeline = Pipeline()
    pipeline.add_component("embedder", QuestionEmbedder(embedder=embedder))
    pipeline.add_component("vectors", VectorRetriever(library))
    pipeline.add_component("keywords", KeywordRetriever(library))
    pipeline.add_component("fusion", DocumentJoiner(join_mode="reciprocal_rank_fusion"))
    pipeline.add_component("reader", Reader(library))
    pipeline.add_component("answerer", Answerer(library, sentences_found))
    pipeline.add_component("checker", Checker())

    pipeline.connect("embedder.embedding", "vectors.embedding")
    pipeline.connect("vectors.documents", "fusion.documents")
    pipeline.connect("keywords.documents", "fusion.documents")
    pipeline.connect("fusion.documents", "reader.documents")
    pipeline.connect("embedder.embedding", "reader.embedding")
    pipeline.connect("reader.reading", "answerer.reading")
    pipeline.connect("answerer.answer", "checker.answer")
    return pipeline


class Asking:
    """A library and its pipeline, ready for questions. For one thread at a time."""

    def __init__(self, library: Library, embedder: Embedder, sentences_found: int = 0) -> None:
        """`sentences_found` is how many sentences go along with an answer, for a writer."""
        self.library = library
        self._pipeline = build(library, embedder, sentences_found)

    def ask(self, question: Question) -> Answer:
        """The answer, with its stages' times and what the reader weighed.

        Raises CitationLost and StoreError.
        """
        text = question.text
        started = time.perf_counter()
        # One moment for all stages: an article may be replaced while they run.
        with timings() as stages, self.library.store.snapshot(), _as_they_are():
            results = self._pipeline.run(
                {
                    "embedder": {"text": text},
                    "keywords": {"query": text},
                    "reader": {"question": text},
                    "answerer": {"question": text},
                },
                include_outputs_from={"reader"},
            )
        stages["total"] = (time.perf_counter() - started) * 1000
        answer: Answer = results["checker"]["answer"]
        return replace(
            answer,
            from_samples=self.library.is_sample,
            timings_ms=MappingProxyType(stages),
            trace=_trace(results["reader"]["reading"]),
        )

    def close(self) -> None:
        self.library.close()


@contextmanager
def _as_they_are() -> Iterator[None]:
    """What a component raises is told as it is; a pipeline wraps it in an error of its own."""
    try:
        yield
    except PipelineRuntimeError as error:
        if isinstance(error.__cause__, FootnoteError):
            raise error.__cause__ from error
        raise


def _trace(reading: Reading) -> tuple[dict[str, Any], ...]:
    return (
        {"kind": reading.asked.kind.value, "confidence": round(reading.confidence, 3)},
        *(
            {
                "score": round(scored.score, 2),
                "text": scored.sentence.text,
                "signals": {
                    name: round(value, 2)
                    for name, value in zip(NAMES, scored.signals, strict=True)
                    if value
                },
            }
            for scored in reading.ranked[:TRACE_SENTENCES]
        ),
    )
