"""The embedder: texts to unit vectors, by ONNX Runtime on the CPU, with a model from a folder.

The folder holds model.onnx, tokenizer.json and model.json, which names the model, its
dimension, how many tokens it reads and both files' sha256. The one that ships is made by
scripts/export_embedder.py.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self

import numpy as np
import onnxruntime as ort
from haystack import component, default_from_dict, default_to_dict
from numpy.typing import NDArray
from tokenizers import Tokenizer

from retrieval.errors import ModelError

SHIPPED_MODEL = Path(__file__).with_name("models") / "all-MiniLM-L6-v2"
_WORTH_THREADS = 4  # texts; for fewer it takes longer to start them


class Embedder:
    """A loaded model. `encode` may be called from several threads at once.

    The same text has the same row, to the bit, whatever it is embedded with. The 8-bit model
    rounds by all that is in a batch, which moved a text by a cosine of up to .03; so each text
    is a batch of its own, and several threads embed one each. On two cores that is faster than
    batches of 8 with two threads inside: 240 texts a second, and 136 (sentences and passages
    of news).
    """

    def __init__(
        self,
        session: ort.InferenceSession,
        tokenizer: Tokenizer,
        about: dict[str, Any],
        threads: int = 1,
    ) -> None:
        self._session = session
        self._threads = threads
        self._tokenizer = tokenizer
        self.dimension = int(about["dimension"])
        self.identity = f"{about['name']}-{about['sha256']['model.onnx'][:12]}-alone"
        """Changes with the model and with how it is run: others' embeddings are not compared."""

    @classmethod
    def load(cls, folder: Path | None = None, *, threads: int = 1) -> Self:
        """Load the model in `folder`, or the one that ships, to embed `threads` texts at once.

        Raises ModelError when a file is missing or not the one that model.json describes.
        """
        folder = folder or SHIPPED_MODEL
        advice = "install Footnote again, or name another model folder"
        try:
            about = json.loads((folder / "model.json").read_text(encoding="utf-8"))
            files = {}
            for name in ("model.onnx", "tokenizer.json"):
                files[name] = (folder / name).read_bytes()
                if hashlib.sha256(files[name]).hexdigest() != about["sha256"][name]:
                    raise ModelError(
                        f"The embedder's {name} in {folder} is not the file that model.json "
                        f"describes; {advice}."
                    )
            options = ort.SessionOptions()
            options.intra_op_num_threads = 1
            options.inter_op_num_threads = 1
            session = ort.InferenceSession(
                files["model.onnx"], options, providers=["CPUExecutionProvider"]
            )
            tokenizer = Tokenizer.from_buffer(files["tokenizer.json"])
            tokenizer.enable_truncation(int(about["max_tokens"]))  # the file itself says 128
            tokenizer.no_padding()
            return cls(session, tokenizer, about, threads)
        except ModelError:
            raise
        except OSError as error:
            raise ModelError(
                f"The embedder in {folder} cannot be read ({error.strerror}); {advice}."
            ) from error
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"{folder / 'model.json'} is damaged; {advice}.") from error

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit rows, shape (len(texts), dimension), in the order given.

        Only the first tokens of a long text count, as many as the model reads.
        """
        rows = np.empty((len(texts), self.dimension), np.float32)
        # UTF-8, which the tokenizer speaks, has no lone surrogates.
        clean = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
        ids = [encoding.ids for encoding in self._tokenizer.encode_batch(clean)]

        def embed(numbers: Iterable[int]) -> None:
            for number in numbers:
                tokens = np.array([ids[number]], np.int64)
                inputs = {"input_ids": tokens, "attention_mask": np.ones_like(tokens)}
                rows[number] = self._session.run(["sentence_embedding"], inputs)[0][0]

        if self._threads == 1 or len(texts) < _WORTH_THREADS:
            embed(range(len(texts)))
            return rows
        # The longest first, and each thread takes the next, so that all end at the same time.
        rest = iter(sorted(range(len(ids)), key=lambda number: -len(ids[number])))
        with ThreadPoolExecutor(self._threads) as pool:
            for done in [pool.submit(embed, _shared(rest)) for _ in range(self._threads)]:
                done.result()
        return rows


def _shared(numbers: Iterator[int]) -> Iterator[int]:
    """An iterator that several threads may take from."""
    while (number := next(numbers, None)) is not None:  # a list's iterator is safe to share
        yield number


@component
class QuestionEmbedder:
    """Haystack component: a question's text to its embedding, a list of floats.

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

    @component.output_types(embedding=list[float])
    def run(self, text: str) -> dict[str, list[float]]:
        self.warm_up()
        assert self._embedder is not None  # noqa: S101  warm_up has loaded it
        return {"embedding": self._embedder.encode([text])[0].tolist()}

    def to_dict(self) -> dict[str, Any]:
        return default_to_dict(self, model_dir=self.model_dir)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> QuestionEmbedder:
        made: QuestionEmbedder = default_from_dict(cls, data)
        return made
