"""Turns texts into unit vectors with a sentence-embedding model (see onnx_model.py).

Its model.json has the dimension and how many tokens the model reads. scripts/export_embedder.py
made the model that ships.
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
    """A loaded model. Several threads may call `encode` at once.

    A text always gets the same row, to the bit, whatever other texts are embedded with it. The
    8-bit model rounds by all that is in a batch, which moved a text by a cosine of up to .03. So
    each text is a batch of its own, and several threads embed one text each. On two cores this
    is even a little faster than batches of 8 texts of similar length with two threads inside:
    564 against 491 sentences and passages of news a second.
    """

    def __init__(self, model: OnnxModel, threads: int = 1) -> None:
        """Use a loaded model; embed `threads` texts at once."""
        self._model = model
        self._threads = threads
        self.dimension: int = model.metadata["dimension"]
        model.tokenizer.enable_truncation(model.metadata["max_tokens"])
        self.identity = f"{model.identity}-alone"
        """Changes with the model and with how it is run.

        Embeddings of another identity are not compared with this one's.
        """

    @classmethod
    def load(cls, folder: Path | None = None, *, threads: int = 1) -> Self:
        """Load a model.

        Args:
            folder: The model's folder, None for the model that ships.
            threads: How many texts to embed at once.

        Raises:
            ModelError: The model's files are missing or damaged.
        """
        numbers = ("dimension", "max_tokens")
        return cls(OnnxModel.load(folder or SHIPPED_MODEL, "embedder", numbers), threads)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed texts: unit rows of shape (len(texts), dimension), in the order given.

        Of a long text only the first tokens count, as many as the model reads.
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
    """Haystack component that embeds a question: a unit row of shape (d,).

    The row is an array and not a list, as Haystack's own components have it: a pipeline looks at
    each float of a list when it copies it for the next component, which took 3 ms for each.
    """

    def __init__(self, model_dir: str | None = None, embedder: Embedder | None = None) -> None:
        """Name the model, or hand in a loaded one.

        Args:
            model_dir: The model's folder, None for the model that ships.
            embedder: A loaded model, so that the program loads it once. `to_dict` leaves it out.
        """
        self.model_dir = model_dir
        self._embedder = embedder

    def warm_up(self) -> None:
        """Load the model if it is not loaded. Raises ModelError."""
        if self._embedder is None:
            self._embedder = Embedder.load(Path(self.model_dir) if self.model_dir else None)

    @component.output_types(embedding=np.ndarray)
    def run(self, text: str) -> dict[str, NDArray[np.float32]]:
        """Embed the text; the row is under "embedding"."""
        self.warm_up()
        assert self._embedder is not None  # noqa: S101  warm_up has loaded it
        return {"embedding": self._embedder.encode([text])[0]}

    def to_dict(self) -> dict[str, Any]:
        """What Haystack writes down: the model's folder."""
        return default_to_dict(self, model_dir=self.model_dir)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> QuestionEmbedder:
        """Make it again from what `to_dict` returned."""
        made: QuestionEmbedder = default_from_dict(cls, data)
        return made
