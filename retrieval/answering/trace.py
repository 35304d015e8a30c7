"""How an answer came about: what was searched, found, weighed, kept and cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from haystack import Document

from retrieval.answering.sentence_choice import Fate
from retrieval.language.periods import Period
from retrieval.ranking.reader import Reading, Scored
from retrieval.ranking.weights import SENTENCE_NAMES

SENTENCES = 8
KEPT = ("vectors", "keywords", "fusion", "reader", "answerer")
"""The components whose outputs a trace is made of."""

_SEARCHES = {"vectors": "by_meaning", "keywords": "by_words", "fusion": "fused"}


def trace(
    results: Mapping[str, Mapping[str, Any]],
    *,
    searched: str,
    understood_as: str | None,
    period: Period | None,
) -> tuple[dict[str, Any], ...]:
    """A summary, then the best sentences and those that were kept, best first.

    Of each: its place (the article's id and version, start and end), its score and signals, its
    passage's rank (from 1) and score in either search and after fusion (None where it was not
    found), and its fate.
    """
    reading: Reading = results["reader"]["reading"]
    fates: Sequence[Fate] = results["answerer"]["fates"]
    found = {name: results[of]["documents"] for of, name in _SEARCHES.items()}
    places = {name: _places(documents) for name, documents in found.items()}
    summary: dict[str, Any] = {
        "kind": reading.asked.kind.value,
        "confidence": round(reading.confidence, 3),
        "threshold": round(reading.threshold, 3),
        "searched": searched,
        "passages": {name: len(documents) for name, documents in found.items()},
        "sentences": len(reading.ranked),
    }
    if understood_as is not None:
        summary["understood_as"] = understood_as
    if period is not None:
        summary["period"] = str(period)
    told = [
        _told(scored, fate, places)
        for at, (scored, fate) in enumerate(zip(reading.ranked, fates, strict=True))
        if at < SENTENCES or fate.is_kept
    ]
    return (summary, *told)


def _places(documents: Sequence[Document]) -> dict[int, dict[str, float]]:
    """Of each passage its rank, from 1, and its score."""
    return {
        int(document.id): {"rank": rank, "score": round(document.score or 0.0, 4)}
        for rank, document in enumerate(documents, start=1)
    }


def _told(
    scored: Scored, fate: Fate, places: Mapping[str, Mapping[int, Mapping[str, float]]]
) -> dict[str, Any]:
    sentence = scored.sentence
    return {
        "score": round(scored.score, 2),
        "fate": fate.value,
        "text": sentence.text,
        "article": sentence.article.title,
        "place": (sentence.article.id, sentence.article.version, sentence.start, sentence.end),
        "passage": {name: of.get(sentence.passage_id) for name, of in places.items()},
        "signals": {
            name: round(value, 2)
            for name, value in zip(SENTENCE_NAMES, scored.signals, strict=True)
            if value
        },
    }
