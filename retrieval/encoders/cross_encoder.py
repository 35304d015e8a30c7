"""Scores sentences for a question with a small cross-encoder, which reads both together.

It reads what the other features only count: whether this sentence says what is asked, and of
whom it is asked. The method is Nogueira & Cho, Passage Re-ranking with BERT (2019), here for
sentences; each comes after its article's title and the sentence before it. scripts/
train_ranker.py made the model that ships.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from retrieval.encoders.onnx_model import MODELS, OnnxModel, run_in_threads

SHIPPED_MODEL = MODELS / "footnote-ranker"
MOST_THREADS = 3  # six candidates in two rounds; more threads would wait for the longest one
_BEGIN, _END = 101, 102  # BERT's [CLS] and [SEP]


class TokenLimits(NamedTuple):
    """How many tokens of each part the model reads.

    These are the first tokens of the part; of the sentence before, the last ones.
    """

    question_tokens: int
    title_tokens: int
    before_tokens: int
    sentence_tokens: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence with its context.

    `title` is the article's; `before` is the sentence before, "" for the first of a passage.
    """

    title: str
    before: str
    text: str


def encode_pair(
    limits: TokenLimits, question: list[int], title: list[int], before: list[int], text: list[int]
) -> tuple[list[int], list[int]]:
    """Join the parts to what the model reads.

    Args:
        limits: How many tokens of each part to take.
        question: The question's token ids, without special tokens; likewise the others.
        title: Those of the article's title.
        before: Those of the sentence before.
        text: Those of the sentence.

    Returns:
        The token ids of [CLS] question [SEP] title [SEP] before [SEP] text [SEP], and as many
        type ids: 1 for the sentence and the mark after it, 0 for all before it.
    """
    head = [_BEGIN, *question[: limits.question_tokens], _END]
    head += [*title[: limits.title_tokens], _END]
    head += [*before[-limits.before_tokens :], _END]
    tail = [*text[: limits.sentence_tokens], _END]
    return head + tail, [0] * len(head) + [1] * len(tail)


class CrossEncoder:
    """A loaded model. Several threads may call `score` at once."""

    def __init__(self, model: OnnxModel, threads: int = 1) -> None:
        """Use a loaded model; read `threads` candidates at once."""
        self._model = model
        self._threads = threads
        self._limits = TokenLimits(*(model.metadata[name] for name in TokenLimits._fields))
        self.identity = model.identity

    @classmethod
    def load(cls, folder: Path = SHIPPED_MODEL, *, threads: int = 1) -> CrossEncoder:
        """Load the model in a folder.

        Args:
            folder: The model's folder.
            threads: How many candidates to read at once.

        Raises:
            ModelError: The model's files are missing or damaged.
        """
        return cls(OnnxModel.load(folder, "ranker", TokenLimits._fields), threads)

    def score(self, question: str, candidates: Sequence[Candidate]) -> NDArray[np.float32]:
        """Score the candidates for a question.

        A sentence always gets the same scores, whatever it is compared with, because each is a
        batch of its own.

        Args:
            question: The question, in full.
            candidates: The sentences with their context.

        Returns:
            Two log-odds for each candidate, shape (n, 2), in the order given. The first compares
            the candidates of one question. The second says whether the sentence answers it at
            all; 0 means as likely as not.
        """
        rows = np.empty((len(candidates), 2), np.float32)
        (asked,) = self._token_ids([question])
        titles = self._token_ids([one.title for one in candidates])
        before = self._token_ids([one.before for one in candidates])
        texts = self._token_ids([one.text for one in candidates])
        pairs = [
            encode_pair(self._limits, asked, *parts)
            for parts in zip(titles, before, texts, strict=True)
        ]

        def read(number: int) -> None:
            tokens, kinds = pairs[number]
            inputs = {
                "input_ids": np.array([tokens], np.int64),
                "token_type_ids": np.array([kinds], np.int64),
            }
            rows[number] = self._model.session.run(["scores"], inputs)[0][0]

        run_in_threads([len(tokens) for tokens, _ in pairs], read, self._threads)
        return rows

    def _token_ids(self, texts: Sequence[str]) -> list[list[int]]:
        return self._model.token_ids(texts, whole=False)


@cache
def load_shipped() -> CrossEncoder:
    """The model that ships, loaded once for all libraries. Raises ModelError."""
    return CrossEncoder.load(threads=min(os.cpu_count() or 1, MOST_THREADS))
