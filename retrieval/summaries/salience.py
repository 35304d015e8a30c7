"""The gist: which sentences of an article say the most of what it says. Pure but for numpy.

What counts is where a sentence stands, how near it is to the whole article by its embedding, and
how much of the title it has: the lead of a news article without its loose ends. The weights were
chosen on news articles with summaries written for them; see benchmarks/results/summaries.md.
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
LEANS, ASKS = 0.1, 0.1  # taken off: what the sentence before explains, and questions
SAME = 0.1  # taken off for what is said already, by its cosine
LEAST_WORDS = 6
# A photographer's credit in what a page shows below a picture.
_CREDIT = re.compile(
    r"\b(?:Pool|AFP|AP|EPA|PA|Reuters|Getty(?: Images)?|Shutterstock)(?:\s*/\s*\w|\s+via\b)"
    r"|/\s*(?:Pool|AFP|AP|EPA|PA|Reuters|Getty|Shutterstock)\b"
    r"|^(?:file photo|image|photo(?:graph)?s?(?: by)?|picture|credit)\s*:",
    re.IGNORECASE,
)
_KNOWN = 0.15  # of the words, for a text to be English: news has .35 to .55 of such words
_LEAST_TO_KNOW = 12


def is_quotable(sentence: str, title: str) -> bool:
    """Whether it could stand in a summary: a whole sentence, no caption, not the headline again."""
    found = tokenize_words(sentence)
    if len(found) < LEAST_WORDS or not ends_like_sentence(sentence) or _CREDIT.search(sentence):
        return False
    return [word.key for word in found] != [word.key for word in tokenize_words(title)]


def is_english(text: str) -> bool:
    """Whether most of it is in the one language that the embedder knows; few words tell nothing."""
    found = tokenize_words(text)
    if sum(c.isalpha() and not c.isascii() for c in text) > len(text) / 2:
        return False
    return len(found) < _LEAST_TO_KNOW or sum(w.is_stop for w in found) >= _KNOWN * len(found)


def salience_scores(
    title: str, sentences: Sequence[StoredSentence], embedding: NDArray[np.float32] | None
) -> NDArray[np.float32]:
    """How much each says of its article, shape (n,); sentences come in the text's order.

    `embedding` is the article's, a unit row; None where it means nothing: then only place counts.
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
    """The heaviest that say something new, best first (MMR; Carbonell & Goldstein, SIGIR 1998).

    `weights` has the shape (n,), `embeddings` (n, d), unit rows. What is nearly the same as another
    is left out, but not where its numbers are others.
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
