"""The road from a question to its answer, as a Haystack pipeline that reads like a list."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from haystack import Pipeline
from haystack.components.joiners import DocumentJoiner
from haystack.core.errors import PipelineRuntimeError

from corpus.errors import FootnoteError
from retrieval.answer import Answer, Question
from retrieval.answerer import Answerer
from retrieval.embedder import Embedder, QuestionEmbedder
from retrieval.library import Library
from retrieval.reader import Reader, Reading
from retrieval.retrievers import KeywordRetriever, VectorRetriever, passage_ids
from retrieval.signals import NAMES
from retrieval.timing import timings

TRACE_SENTENCES = 8


def build(library: Library, embedder: Embedder) -> Pipeline:
    """Embed, search by meaning and by words, fuse (RRF), read, answer."""
    pipeline = Pipeline()
    pipeline.add_component("embedder", QuestionEmbedder(embedder=embedder))
    pipeline.add_component("vectors", VectorRetriever(library))
    pipeline.add_component("keywords", KeywordRetriever(library))
    pipeline.add_component("fusion", DocumentJoiner(join_mode="reciprocal_rank_fusion"))
    pipeline.add_component("reader", Reader(library))
    pipeline.add_component("answerer", Answerer(library))

    pipeline.connect("embedder.embedding", "vectors.embedding")
    pipeline.connect("vectors.documents", "fusion.documents")
    pipeline.connect("keywords.documents", "fusion.documents")
    pipeline.connect("fusion.documents", "reader.documents")
    pipeline.connect("embedder.embedding", "reader.embedding")
    pipeline.connect("reader.reading", "answerer.reading")
    return pipeline


@dataclass(frozen=True, slots=True)
class Inquiry:
    """An answer with what it was made from, for those who measure.

    `passage_ids` are the fused passages, best first; `reading` has all sentences that were
    read, also when the answer is a refusal.
    """

    answer: Answer
    passage_ids: tuple[int, ...]
    reading: Reading


class Asking:
    """A library and its pipeline, ready for questions. For one thread at a time."""

    def __init__(self, library: Library, embedder: Embedder) -> None:
        self.library = library
        self._pipeline = build(library, embedder)

    def ask(self, question: Question) -> Answer:
        """The answer, with its stages' times and what the reader weighed.

        Raises CitationLost and StoreError.
        """
        return self._run(question, {"reader"})[0]

    def inquire(self, question: Question) -> Inquiry:
        """The same answer with what was found on the way; the pipeline copies that: < 1 ms."""
        answer, results = self._run(question, {"reader", "fusion"})
        found = tuple(passage_ids(results["fusion"]["documents"]))
        return Inquiry(answer, found, results["reader"]["reading"])

    def _run(self, question: Question, kept: set[str]) -> tuple[Answer, dict[str, Any]]:
        """The answer, and the outputs of the components that are to be `kept`."""
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
                include_outputs_from=kept,
            )
        stages["total"] = (time.perf_counter() - started) * 1000
        answer: Answer = results["answerer"]["answer"]
        answer = replace(
            answer,
            from_samples=self.library.is_sample,
            timings_ms=MappingProxyType(stages),
            trace=_trace(results["reader"]["reading"]),
        )
        return answer, results

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
