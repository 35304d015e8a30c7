"""Reads a question together with a whole passage, by a small network.

For each sentence of the passage it says how well that sentence answers, and which of its words do.
One network gives three numbers for each token: how likely the answer starts there, how likely it
ends there, and how much the token belongs to a sentence that answers; the first token holds the
same three for "this passage does not answer" (Devlin et al., BERT, 2019, section 4.3, with
evidence beside the span as in Kwiatkowski et al., Natural Questions, 2019).
scripts/train_reader.py made the one that ships.
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

SHIPPED_MODEL = MODELS / "footnote-reader"
MAX_THREADS = 3
MAX_SPAN_TOKENS = 24  # longer spans are sentences rather than answers
UNREAD = -10.0  # the log-odds of what lies beyond the tokens that are read
_CLS, _SEP = 101, 102
_START, _END, _EVIDENCE = range(3)


class Limits(NamedTuple):
    """How many tokens the network reads of each part; the rest is left out."""

    question_tokens: int
    title_tokens: int
    passage_tokens: int


@dataclass(frozen=True, slots=True)
class PassageText:
    """What the network reads of a passage: its article's title, and its sentences in order."""

    title: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SentenceReading:
    """What the network says of one sentence.

    `evidence` and `span` are log-odds against "this passage does not answer": of the sentence as
    a whole, and of its best words. Those words are `text[start:end]`, counted in code points;
    both are 0 where the sentence was not read.
    """

    evidence: float
    span: float
    start: int
    end: int


_NOT_READ = SentenceReading(UNREAD, UNREAD, 0, 0)


class _Tokens(NamedTuple):
    ids: list[int]
    offsets: list[tuple[int, int]]


class ReaderModel:
    """A loaded network. Several threads may use it at once."""

    def __init__(self, model: OnnxModel, threads: int = 1) -> None:
        """Read `threads` passages at once."""
        self._model = model
        self._threads = threads
        self._limits = Limits(*(model.metadata[name] for name in Limits._fields))
        self.identity = model.identity

    @classmethod
    def load(cls, folder: Path = SHIPPED_MODEL, *, threads: int = 1) -> ReaderModel:
        """Load the network in `folder`.

        Args:
            folder: Holds model.onnx, tokenizer.json and model.json.
            threads: How many passages are read at once.

        Returns:
            The network, ready to read.

        Raises:
            ModelError: A file is missing, or is not the one that model.json describes.
        """
        return cls(OnnxModel.load(folder, "reader", Limits._fields), threads)

    def read(
        self, question: str, passages: Sequence[PassageText]
    ) -> list[tuple[SentenceReading, ...]]:
        """Read each passage for the question.

        A passage has the same numbers whatever it is read with: each is a batch of its own,
        for the 8-bit network rounds by all that is in a batch.

        Args:
            question: The question, as it was asked.
            passages: The passages, in any order.

        Returns:
            For each passage, in the order given, one reading for each of its sentences.
        """
        asked = self._tokens([question])[0].ids[: self._limits.question_tokens]
        titles = self._tokens([passage.title for passage in passages])
        sentences = [self._tokens(passage.sentences) for passage in passages]
        inputs = [
            _arranged(asked, title.ids, rows, self._limits)
            for title, rows in zip(titles, sentences, strict=True)
        ]
        found: list[tuple[SentenceReading, ...]] = [()] * len(passages)

        def one(number: int) -> None:
            tokens, head, places = inputs[number]
            if not sentences[number]:
                return
            kinds = np.zeros((1, len(tokens)), np.int64)
            kinds[0, head:] = 1
            scores, none = self._model.session.run(
                ["tokens", "none"],
                {
                    "input_ids": np.array([tokens], np.int64),
                    "attention_mask": np.ones((1, len(tokens)), np.int64),
                    "token_type_ids": kinds,
                },
            )
            found[number] = tuple(
                _sentence_reading(scores[0, head:][slice(*place)], none[0], row.offsets)
                for place, row in zip(places, sentences[number], strict=True)
            )

        run_in_threads([len(tokens) for tokens, *_ in inputs], one, self._threads)
        return found

    def _tokens(self, texts: Sequence[str]) -> list[_Tokens]:
        return [_Tokens(*found) for found in self._model.tokens_with_offsets(texts)]


def _arranged(
    question: list[int], title: list[int], sentences: Sequence[_Tokens], limits: Limits
) -> tuple[list[int], int, list[tuple[int, int]]]:
    """[CLS] question [SEP] title [SEP] sentences [SEP], and where each sentence is.

    Returns the tokens, how many stand before the first sentence, and for each sentence the first
    and the last token, end excluded, counted from there. What does not fit is left out.
    """
    head = [_CLS, *question, _SEP, *title[: limits.title_tokens], _SEP]
    body: list[int] = []
    places = []
    for sentence in sentences:
        start = len(body)
        body += sentence.ids[: limits.passage_tokens - start]
        places.append((start, len(body)))
    return [*head, *body, _SEP], len(head), places


def _sentence_reading(
    scores: NDArray[np.float32], none: NDArray[np.float32], offsets: list[tuple[int, int]]
) -> SentenceReading:
    """From the scores of its tokens, shape (n, 3), to what they say of the sentence."""
    count = len(scores)
    if not count:
        return _NOT_READ
    both = scores[:, _START, None] + scores[None, :, _END]
    both = np.where(_allowed(count), both, -np.inf)
    first, last = divmod(int(both.argmax()), count)
    return SentenceReading(
        float(scores[:, _EVIDENCE].mean() - none[_EVIDENCE]),
        float(both[first, last] - none[_START] - none[_END]),
        offsets[first][0],
        offsets[last][1],
    )


@cache
def _allowed(count: int) -> NDArray[np.bool_]:
    """Which (start, end) are spans: the end not before the start, and not too far behind it."""
    every = np.ones((count, count), bool)
    return np.triu(every) & np.tril(every, MAX_SPAN_TOKENS - 1)


@cache
def load_shipped() -> ReaderModel:
    """Load the one that ships, once for all libraries.

    Raises:
        ModelError: It is damaged, or not there.
    """
    return ReaderModel.load(threads=min(os.cpu_count() or 1, MAX_THREADS))
