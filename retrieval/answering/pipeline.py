"""Answers a question from a library: the Haystack pipeline and what runs it."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from haystack import Pipeline
from haystack.core.errors import PipelineRuntimeError

from corpus.errors import FootnoteError
from retrieval.answering.answer import Answer
from retrieval.answering.answerer import Answerer
from retrieval.answering.checker import Checker
from retrieval.answering.stage_timer import timings
from retrieval.answering.trace_builder import TRACED_COMPONENTS, build_trace
from retrieval.encoders.embedder import Embedder, QuestionEmbedder
from retrieval.index.library import Library
from retrieval.language.periods import find_period, remove_period
from retrieval.query.question import MAX_QUESTION_CHARS, Question
from retrieval.query.rewrite import RewrittenQuestion, rewrite_follow_up
from retrieval.query.scope_resolver import ScopeResolver
from retrieval.ranking.fusion import RankFusion
from retrieval.ranking.reader import Reader, Reading
from retrieval.ranking.retrievers import KeywordRetriever, VectorRetriever, passage_ids
from retrieval.ranking.weights import Caution


def build(
    library: Library,
    embedder: Embedder,
    sentences_found: int = 0,
    caution: Caution = Caution.HELPFUL,
) -> Pipeline:
    """Build the pipeline: embed, search by meaning and by words, fuse, read, answer, check.

    Args:
        library: The articles.
        embedder: Embeds the question; the library's passages come from the same model.
        sentences_found: How many sentences go along with an answer for a writer.
        caution: How sure an answer must be.
    """
    pipeline = Pipeline()
    pipeline.add_component("embedder", QuestionEmbedder(embedder=embedder))
    pipeline.add_component("vectors", VectorRetriever(library))
    pipeline.add_component("keywords", KeywordRetriever(library))
    pipeline.add_component("fusion", RankFusion())
    pipeline.add_component("reader", Reader(library, caution=caution))
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


@dataclass(frozen=True, slots=True)
class Inquiry:
    """An answer with what it was made from, for evaluation.

    `passage_ids` are the fused passages, best first. `reading` has all sentences that were read,
    also where the answer is a refusal.
    """

    answer: Answer
    passage_ids: tuple[int, ...]
    reading: Reading


class Asking:
    """A library and its pipeline, ready for questions. Use it from one thread at a time."""

    def __init__(
        self,
        library: Library,
        embedder: Embedder,
        sentences_found: int = 0,
        caution: Caution = Caution.HELPFUL,
    ) -> None:
        """Build the pipeline; see `build` for the parameters."""
        self.library = library
        self.scope_resolver = ScopeResolver(library.store)
        self._pipeline = build(library, embedder, sentences_found, caution)

    def ask(self, question: Question) -> Answer:
        """Answer a question, with the stages' times and the trace.

        Raises:
            QuestionError: It is restricted to a source that is not in the library.
            CitationLost: An article that would be quoted is damaged.
            StoreError: The library cannot be read.
        """
        return self._run(question)[0]

    def inquire(
        self, question: Question, hidden: Collection[tuple[str, int]] = frozenset()
    ) -> Inquiry:
        """Answer a question, and keep what was found on the way.

        `hidden` are sentences to leave out, as (article id, start): to see what is answered
        without them.
        """
        answer, results = self._run(question, hidden)
        found = tuple(passage_ids(results["fusion"]["documents"]))
        return Inquiry(answer, found, results["reader"]["reading"])

    def _run(
        self, question: Question, hidden: Collection[tuple[str, int]] = frozenset()
    ) -> tuple[Answer, dict[str, Any]]:
        """The answer, and the outputs of the components that are traced."""
        whole = rewrite_follow_up(question.text, question.earlier)
        if len(whole.text) > MAX_QUESTION_CHARS:
            whole = RewrittenQuestion.unchanged(question.text)
        spoken_of = find_period(whole.text, question.asked_at)
        sought, asked = (
            remove_period(text, find_period(text, question.asked_at))
            for text in (whole.text, whole.own_text)
        )
        started = time.perf_counter()
        self.library.refresh_index()
        # All stages see one state of the library: an article may be replaced while they run.
        with timings() as stages, self.library.store.snapshot(), _unwrapped_errors():
            restriction = self.scope_resolver.resolve(question.within)
            results = self._pipeline.run(
                {
                    "embedder": {"text": sought},
                    "vectors": {"period": spoken_of, "restriction": restriction},
                    "keywords": {
                        "query": sought,
                        "period": spoken_of,
                        "restriction": restriction,
                    },
                    "reader": {"question": asked, "period": spoken_of, "hidden": hidden},
                    "answerer": {
                        "question": asked,
                        "period": spoken_of,
                        "restriction": restriction,
                    },
                },
                include_outputs_from=set(TRACED_COMPONENTS),
            )
        stages["total"] = (time.perf_counter() - started) * 1000
        answer: Answer = results["checker"]["answer"]
        understood_as = whole.text if whole.text != question.text else None
        answer = replace(
            answer,
            question=question.text,
            understood_as=understood_as,
            within=None if restriction is None else restriction.phrase,
            from_samples=self.library.is_sample,
            timings_ms=MappingProxyType(stages),
            trace=build_trace(
                results, searched=sought, understood_as=understood_as, period=spoken_of
            ),
            asked_at=question.asked_at,
        )
        return answer, results

    def close(self) -> None:
        """Close the library."""
        self.library.close()


@contextmanager
def _unwrapped_errors() -> Iterator[None]:
    """Raise a component's own error; Haystack wraps it in one of its own."""
    try:
        yield
    except PipelineRuntimeError as error:
        if isinstance(error.__cause__, FootnoteError):
            raise error.__cause__ from error
        raise
