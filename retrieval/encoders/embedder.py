"""The embedder: texts to unit vectors, with a model from a folder (see loading.py).

Its model.json tells the dimension and how many tokens it reads. The one that ships is made by
scripts/export_embedder.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from haystack import component, default_from_dict, default_to_dict
from numpy.typing import NDArray

from retrieval.encoders.onnx_model import MODELS, OnnxModel, run_in_threads

SHIPPED_MODEL = MODELS / "all-MiniLM-L6-v2"


class Embedder:
    """A loaded model. `encode` may be called from several threads at once.

    The same text has the same row, to the bit, whatever it is embedded with. The 8-bit model
    rounds by all that is in a batch, which moved a text by a cosine of up to .03; so each text
    is a batch of its own, and several threads embed one each. On two cores that is a little faster
    than batches of 8 by length with two threads inside: 564 and 491 sentences and passages of news
    a second.
    """

    def __init__(self, model: OnnxModel, threads: int = 1) -> None:
        """Embed `threads` texts at once."""
        self._model = model
        self._threads = threads
        self.dimension: int = model.metadata["dimension"]
        model.tokenizer.enable_truncation(model.metadata["max_tokens"])
        self.identity = f"{model.identity}-alone"
        """Changes with the model and with how it is run: others' embeddings are not compared."""

    @classmethod
    def load(cls, folder: Path | None = None, *, threads: int = 1) -> Self:
        """Load the model in `folder`, or the one that ships. Raises ModelError."""
        numbers = ("dimension", "max_tokens")
        return cls(OnnxModel.load(folder or SHIPPED_MODEL, "embedder", numbers), threads)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit rows, shape (len(texts), dimension), in the order given.

        Only the first tokens of a long text count, as many as the model reads.
        """
        rows = np.empty((len(texts), self.dimension), np.float32)
        ids = self._model.token_ids(texts, whole=True)

        def embed(number: int) -> None:
            tokens = np.array([ids[number]], np.int64)
            inputs = {"input_ids": tokens, "attention_mask": np.ones_like(tokens)}
            rows[number] = self._model.session.run(["sentence_embedding"], inputs)[0][0]

        run_in_threads([len(tokens) for tokens in ids], embed, self._threads)
        return rows


@component
class QuestionEmbedder:
    """Haystack component: a question's text to its embedding, a unit row of shape (d,).

    An array, and not the list that Haystack's own components have: a pipeline looks at each float
    of a list when it copies it for the next component, which took 3 ms for each of them.
    `model_dir` is the model's folder, None for the one that ships. A loaded `embedder` may
    be handed in, so that the program loads it once; it is not part of `to_dict`.
    """

    def __init__(self, model_dir: str | None = None, embedder: Embedder | None = None) -> None:
        self.model_dir = model_dir
        self._embedder = embedder

    def warm_up(self) -> None:
        """Load the model, if that was not done. Raises ModelError."""
        if self._embedder is None:
            self._embedder = Embedder.load(Path(self.model_dir) if self.model_dir else None)

    @component.output_types(embedding=np.ndarray)
    def run(self, text: str) -> dict[str, NDArray[np.float32]]:
        self.warm_up()
        assert self._embedder is not None  # noqa: S101  warm_up has loaded it
        return {"embedding": self._embedder.encode([text])[0]}

    def to_dict(self) -> dict[str, Any]:
        return default_to_dict(self, model_dir=self.model_dir)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> QuestionEmbedder:
        made: QuestionEmbedder = default_from_dict(cls, data)
        return made
