"""Makes an answer's Trace of what the pipeline's components put out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from haystack import Document

from corpus.article import SpanRef
from retrieval.answering.trace import SearchHit, Trace, Verdict, WeighedSentence
from retrieval.language.periods import Period
from retrieval.ranking.features import FEATURES
from retrieval.ranking.reader import Reading, Scored

MAX_SENTENCES = 8  # and those further down that were kept
TRACED_COMPONENTS = ("vectors", "keywords", "fusion", "reader", "answerer")
"""The components whose outputs a trace is made of."""

_SEARCHES = {"vectors": "by_meaning", "keywords": "by_words", "fusion": "fused"}


def build_trace(
    results: Mapping[str, Mapping[str, Any]],
    *,
    searched: str,
    understood_as: str | None,
    period: Period | None,
) -> Trace:
    """Make the trace of one run of the pipeline.

    Args:
        results: The outputs of TRACED_COMPONENTS, by component and socket.
        searched: The text that was searched for.
        understood_as: The question made whole; None where it stood alone.
        period: The time that the question speaks of; None for none.
    """
    reading: Reading = results["reader"]["reading"]
    verdicts: Sequence[Verdict] = results["answerer"]["verdicts"]
    found = {name: results[of]["documents"] for of, name in _SEARCHES.items()}
    hits = {name: _hits(documents) for name, documents in found.items()}
    return Trace(
        kind=reading.asked.kind.value,
        confidence=round(reading.confidence, 3),
        threshold=round(reading.threshold, 3),
        searched=searched,
        passage_counts={name: len(documents) for name, documents in found.items()},
        sentence_count=len(reading.ranked),
        sentences=tuple(
            _weighed(scored, verdict, hits)
            for at, (scored, verdict) in enumerate(zip(reading.ranked, verdicts, strict=True))
            if at < MAX_SENTENCES or verdict.is_kept
        ),
        understood_as=understood_as,
        period=None if period is None else str(period),
    )


def _hits(documents: Sequence[Document]) -> dict[int, SearchHit]:
    """Map the id of each passage to where the search put it."""
    return {
        int(document.id): SearchHit(rank, round(document.score or 0.0, 4))
        for rank, document in enumerate(documents, start=1)
    }


def _weighed(
    scored: Scored, verdict: Verdict, hits: Mapping[str, Mapping[int, SearchHit]]
) -> WeighedSentence:
    sentence, article = scored.sentence, scored.sentence.article
    return WeighedSentence(
        text=sentence.text,
        title=article.title,
        ref=SpanRef(article.id, article.version, sentence.start, sentence.end),
        score=round(scored.score, 2),
        verdict=verdict,
        hits={name: of.get(sentence.passage_id) for name, of in hits.items()},
        signals={
            name: round(value, 2)
            for name, value in zip(FEATURES, scored.features, strict=True)
            if value
        },
    )
