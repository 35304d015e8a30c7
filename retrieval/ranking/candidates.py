"""The sentences of the passages found, each with the numbers that speak for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corpus.storage.passage_reader import StoredSentence
from retrieval.index.library import Library
from retrieval.language.tokens import tokenize_words
from retrieval.ranking.features import Asked, signals


@dataclass(frozen=True, slots=True)
class Measured:
    """A sentence with its signals, in the order of `signals.NAMES`.

    `before` is the text of the one before it in its passage, "" for the first.
    """

    sentence: StoredSentence
    before: str
    signals: tuple[float, ...]


def measure(
    asked: Asked,
    library: Library,
    ids: Sequence[int],
    row: NDArray[np.float32],
) -> list[Measured]:
    """The sentences of these passages, best passage first.

    `row` is the question's embedding, a unit row.
    """
    sentences = library.store.sentences(ids)
    cosines = library.store.passage_cosines(ids, row)
    keys = [_keys(s.text) for s in sentences]
    titles = {s.article.title: _keys(s.article.title) for s in sentences}
    passage_keys: dict[int, frozenset[str]] = {}
    for sentence, its_keys in zip(sentences, keys, strict=True):
        known = passage_keys.get(sentence.passage_id, titles[sentence.article.title])
        passage_keys[sentence.passage_id] = known | its_keys
    ranks = {passage_id: rank for rank, passage_id in enumerate(ids)}
    found = []
    for i, sentence in enumerate(sentences):
        before = sentences[i - 1] if i > 0 else None
        if before is not None and before.passage_id != sentence.passage_id:
            before = None
        row_of_signals = signals(
            asked,
            sentence.text,
            cosine=float(sentence.embedding @ row),
            passage_cosine=cosines[sentence.passage_id],
            context_cosine=_context_cosine(sentence, before, row),
            passage_keys=passage_keys[sentence.passage_id],
            before_keys=keys[i - 1] if before else frozenset(),
            title_keys=titles[sentence.article.title],
            passage_rank=ranks[sentence.passage_id],
            is_lead=sentence.start == 0,
        )
        found.append(Measured(sentence, before.text if before else "", tuple(row_of_signals)))
    return found


def _keys(text: str) -> frozenset[str]:
    return frozenset(word.key for word in tokenize_words(text))


def _context_cosine(
    sentence: StoredSentence, before: StoredSentence | None, row: NDArray[np.float32]
) -> float:
    """Of the sentence with half of the one before it, which often says whom it is about."""
    both = sentence.embedding.astype(np.float32)
    if before is not None:
        both += before.embedding.astype(np.float32) / 2
    return float(both @ row / (np.linalg.norm(both) or 1))
