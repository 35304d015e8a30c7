"""Scores how much each sentence says of its article, and picks sentences for a summary.

A sentence scores by its place, by how near its embedding is to the whole article's, and by how
much of the title it has. That finds the lead of a news article without its loose ends. The weights
were chosen on news articles with summaries written for them; see benchmarks/results/summaries.md.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from corpus.storage.passage_reader import StoredSentence
from retrieval.answering.sentence_choice import NEAR_COPY
from retrieval.language.anaphora import ends_like_sentence, starts_with_anaphor
from retrieval.language.tokens import Word, tokenize_words

PLACE, NEARNESS, TITLE = 0.2, 0.4, 0.2
LEANS, ASKS = 0.1, 0.1  # taken off for needing the sentence before, and for a question
SAME = 0.1  # times its cosine to what is chosen already, taken off
LEAST_WORDS = 6
# A photographer's credit in a picture's caption.
_CREDIT = re.compile(
    r"\b(?:Pool|AFP|AP|EPA|PA|Reuters|Getty(?: Images)?|Shutterstock)(?:\s*/\s*\w|\s+via\b)"
    r"|/\s*(?:Pool|AFP|AP|EPA|PA|Reuters|Getty|Shutterstock)\b"
    r"|^(?:file photo|image|photo(?:graph)?s?(?: by)?|picture|credit)\s*:",
    re.IGNORECASE,
)
_KNOWN = 0.15  # share of stop words from which a text is English; news has .35 to .55
_LEAST_TO_KNOW = 12


def is_quotable(sentence: str, title: str) -> bool:
    """Whether a sentence may stand in a summary: whole, no caption, not the headline again."""
    found = tokenize_words(sentence)
    if len(found) < LEAST_WORDS or not ends_like_sentence(sentence) or _CREDIT.search(sentence):
        return False
    return [word.key for word in found] != [word.key for word in tokenize_words(title)]


def is_english(text: str) -> bool:
    """Whether most of a text is English, which the embedder knows; true for very short texts."""
    found = tokenize_words(text)
    if sum(c.isalpha() and not c.isascii() for c in text) > len(text) / 2:
        return False
    return len(found) < _LEAST_TO_KNOW or sum(w.is_stop for w in found) >= _KNOWN * len(found)


def salience_scores(
    title: str, sentences: Sequence[StoredSentence], embedding: NDArray[np.float32] | None
) -> NDArray[np.float32]:
    """Score how much each sentence says of its article.

    Args:
        title: The article's title.
        sentences: n sentences, in the text's order.
        embedding: The article's, a unit row of shape (d,); None where the embedder does not know
            its language. Then nearness does not count.

    Returns:
        The scores, shape (n,).
    """
    places = np.arange(len(sentences), dtype=np.float32)
    told = PLACE / np.sqrt(1 + places)
    if embedding is not None and sentences:
        rows = np.array([sentence.embedding for sentence in sentences], dtype=np.float32)
        told = told + NEARNESS * (rows @ embedding)
    wanted = _content(tokenize_words(title))
    for at, sentence in enumerate(sentences):
        if wanted:
            told[at] += TITLE * len(wanted & _content(tokenize_words(sentence.text))) / len(wanted)
        if starts_with_anaphor(sentence.text):
            told[at] -= LEANS
        if sentence.text.rstrip("”\"' ").endswith("?"):
            told[at] -= ASKS
    return np.asarray(told, dtype=np.float32)


def select_diverse(
    weights: NDArray[np.float32],
    embeddings: NDArray[np.float32],
    texts: Sequence[str],
    most: int,
) -> list[int]:
    """Pick the best sentences that say something new (MMR; Carbonell & Goldstein, SIGIR 1998).

    A sentence that nearly repeats a chosen one is left out, unless its numbers are different.

    Args:
        weights: The scores, shape (n,).
        embeddings: Unit rows, shape (n, d).
        texts: The n sentences.
        most: How many to pick at most.

    Returns:
        Their places, the best first.
    """
    chosen: list[int] = []
    left = weights.astype(np.float32, copy=True)
    said = np.zeros(len(weights), np.float32)
    while len(chosen) < most and len(left):
        best = int(np.argmax(left - SAME * said))
        if left[best] == -np.inf:
            break
        chosen.append(best)
        near = embeddings @ embeddings[best]
        left[best] = -np.inf
        for at in np.flatnonzero(near >= NEAR_COPY).tolist():
            if _numbers(texts[at]) == _numbers(texts[best]):
                left[at] = -np.inf
        said = np.maximum(said, near)
    return chosen


def _numbers(text: str) -> frozenset[str]:
    return frozenset(word.key for word in tokenize_words(text) if word.is_number)


def _content(found: Sequence[Word]) -> frozenset[str]:
    return frozenset(word.key for word in found if not word.is_stop)
