"""The road from a question to its answer, as a Haystack pipeline that reads like a list."""

from __future__ import annotations

import time
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from haystack import Pipeline
from haystack.components.joiners import DocumentJoiner

from retrieval.answer import MAX_QUESTION_CHARS, Answer, Question
from retrieval.answerer import Answerer
from retrieval.embedder import Embedder, QuestionEmbedder
from retrieval.followup import Whole, rewrite
from retrieval.library import Library
from retrieval.reader import Reader, Reading
from retrieval.retrievers import KeywordRetriever, VectorRetriever
from retrieval.signals import NAMES
from retrieval.timing import timings
from retrieval.when import Period, period, without_period

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


class Asking:
    """A library and its pipeline, ready for questions. For one thread at a time."""

    def __init__(self, library: Library, embedder: Embedder) -> None:
        self.library = library
        self._pipeline = build(library, embedder)

    def ask(self, question: Question) -> Answer:
        """The answer, with its stages' times and what the reader weighed."""
        whole = rewrite(question.text, question.earlier)
        if len(whole.text) > MAX_QUESTION_CHARS:
            whole = Whole.alone(question.text)
        spoken_of = period(whole.text, question.asked_at)
        sought, asked = (
            without_period(text, period(text, question.asked_at))
            for text in (whole.text, whole.own)
        )
        started = time.perf_counter()
        # One moment for all stages: an article may be replaced while they run.
        with timings() as stages, self.library.store.snapshot():
            results = self._pipeline.run(
                {
                    "embedder": {"text": sought},
                    "vectors": {"period": spoken_of},
                    "keywords": {"query": sought, "period": spoken_of},
                    "reader": {"question": asked, "period": spoken_of},
                    "answerer": {"question": asked, "period": spoken_of},
                },
                include_outputs_from={"reader"},
            )
        stages["total"] = (time.perf_counter() - started) * 1000
        answer: Answer = results["answerer"]["answer"]
        understood_as = whole.text if whole.text != question.text else None
        return replace(
            answer,
            question=question.text,
            understood_as=understood_as,
            from_samples=self.library.is_sample,
            timings_ms=MappingProxyType(stages),
            trace=_trace(results["reader"]["reading"], understood_as, spoken_of),
            asked_at=question.asked_at,
        )

    def close(self) -> None:
        self.library.close()


def _trace(
    reading: Reading, understood_as: str | None, spoken_of: Period | None
) -> tuple[dict[str, Any], ...]:
    summary: dict[str, Any] = {
        "kind": reading.asked.kind.value,
        "confidence": round(reading.confidence, 3),
    }
    if understood_as is not None:
        summary["understood_as"] = understood_as
    if spoken_of is not None:
        summary["period"] = str(spoken_of)
    return (
        summary,
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
