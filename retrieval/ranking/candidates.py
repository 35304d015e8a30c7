"""Makes candidates of the sentences in the passages found: each with what speaks for it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from corpus.storage.passage_reader import StoredSentence
from retrieval.encoders.reader_model import PassageText, ReaderModel, SentenceReading
from retrieval.index.library import Library
from retrieval.language.tokens import tokenize_words
from retrieval.ranking.features import Asked, Cosines, Surroundings, signals


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may answer.

    `features` are in the order of `FEATURES`. `words` are the sentence's words that answer
    best, as (start, end) in its text.
    """

    sentence: StoredSentence
    features: tuple[float, ...]
    words: tuple[int, int]


def read_candidates(
    asked: Asked,
    question: str,
    library: Library,
    ids: Sequence[int],
    row: NDArray[np.float32],
    reader: ReaderModel,
    hidden: Collection[tuple[str, int]] = (),
) -> list[Candidate]:
    """Read the passages, sentence by sentence.

    Args:
        asked: The question as the features see it.
        question: The same question in words, for the network.
        library: Where the passages are.
        ids: The passages' ids, best first.
        row: The question's embedding, a unit row of shape (d,).
        reader: The network that reads.
        hidden: Sentences to leave out, as (article id, start): those that a measurement takes
            away to see whether the rest is taken for an answer.

    Returns:
        Their sentences, those of the best passage first; none where there is no passage.
    """
    sentences = [
        one for one in library.store.sentences(ids) if (one.article.id, one.start) not in hidden
    ]
    if not sentences:
        return []
    cosines = library.store.passage_cosines(ids, row)
    readings = _readings(question, sentences, reader)
    keys = [_keys(s.text) for s in sentences]
    titles = {s.article.title: _keys(s.article.title) for s in sentences}
    passage_keys: dict[int, frozenset[str]] = {}
    for sentence, its_keys in zip(sentences, keys, strict=True):
        known = passage_keys.get(sentence.passage_id, titles[sentence.article.title])
        passage_keys[sentence.passage_id] = known | its_keys
    ranks = {passage_id: rank for rank, passage_id in enumerate(ids)}
    found = []
    for i, (sentence, reading) in enumerate(zip(sentences, readings, strict=True)):
        before = sentences[i - 1] if i > 0 else None
        if before is not None and before.passage_id != sentence.passage_id:
            before = None
        features = signals(
            asked,
            sentence.text,
            Surroundings(
                passage_keys[sentence.passage_id],
                keys[i - 1] if before else frozenset(),
                titles[sentence.article.title],
                ranks[sentence.passage_id],
            ),
            Cosines(
                float(sentence.embedding @ row),
                cosines[sentence.passage_id],
                _context_cosine(sentence, before, row),
            ),
        )
        found.append(
            Candidate(
                sentence,
                (*features, reading.evidence, reading.span),
                (reading.start, reading.end),
            )
        )
    return found


def _readings(
    question: str, sentences: Sequence[StoredSentence], reader: ReaderModel
) -> list[SentenceReading]:
    """What the network says of each; sentences of one passage stand together."""
    passages = [list(of) for _, of in groupby(sentences, key=lambda one: one.passage_id)]
    texts = [
        PassageText(passage[0].article.title, tuple(one.text for one in passage))
        for passage in passages
    ]
    return [one for readings in reader.read(question, texts) for one in readings]


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
