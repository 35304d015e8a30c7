"""Loads a model from a folder, after a check of its files, for ONNX Runtime on the CPU.

The folder holds model.onnx, tokenizer.json and model.json. The last has the model's name, the
SHA-256 of both other files, and numbers such as the dimension.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnxruntime as ort
from tokenizers import Tokenizer

from retrieval.errors import ModelError

MODELS = Path(__file__).parents[1] / "models"
"""The folder with the models that ship with the program."""

_WORTH_THREADS = 4  # texts; with fewer, starting the threads takes longer than they save


@dataclass(frozen=True, slots=True)
class OnnxModel:
    """A loaded model. Several threads may run it at once; each uses one core.

    `metadata` is what model.json holds.
    """

    session: ort.InferenceSession
    tokenizer: Tokenizer
    metadata: dict[str, Any]

    @classmethod
    def load(cls, folder: Path, role: str, numbers: Sequence[str]) -> OnnxModel:
        """Load the model in a folder.

        Args:
            folder: The folder with the three files.
            role: What an error calls the model, such as "embedder".
            numbers: The names of whole numbers that its model.json must have.

        Raises:
            ModelError: A file or a number is missing, or a file is not the one that model.json
                describes.
        """
        advice = "install Footnote again, or name another model folder"
        try:
            about = json.loads((folder / "model.json").read_text(encoding="utf-8"))
            about |= {name: int(about[name]) for name in numbers}
            files = {}
            for name in ("model.onnx", "tokenizer.json"):
                files[name] = (folder / name).read_bytes()
                if hashlib.sha256(files[name]).hexdigest() != about["sha256"][name]:
                    raise ModelError(
                        f"The {role}'s {name} in {folder} is not the file that model.json "
                        f"describes; {advice}."
                    )
            options = ort.SessionOptions()
            options.intra_op_num_threads = 1
            options.inter_op_num_threads = 1
            session = ort.InferenceSession(
                files["model.onnx"], options, providers=["CPUExecutionProvider"]
            )
            tokenizer = Tokenizer.from_buffer(files["tokenizer.json"])
            tokenizer.no_padding()
            tokenizer.no_truncation()  # tokenizer.json itself says 128
            return cls(session, tokenizer, about)
        except ModelError:
            raise
        except OSError as error:
            raise ModelError(
                f"The {role} in {folder} cannot be read ({error.strerror}); {advice}."
            ) from error
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"{folder / 'model.json'} is damaged; {advice}.") from error

    @property
    def identity(self) -> str:
        """A name that changes whenever the model changes."""
        return f"{self.metadata['name']}-{self.metadata['sha256']['model.onnx'][:12]}"

    def token_ids(self, texts: Sequence[str], *, whole: bool) -> list[list[int]]:
        """The token ids of each text, in the order given.

        Args:
            texts: The texts; lone surrogates in them are replaced.
            whole: Whether to add the special tokens that begin and end an input.
        """
        found = self.tokenizer.encode_batch(_clean(texts), add_special_tokens=whole)
        return [encoding.ids for encoding in found]

    def tokens_with_offsets(
        self, texts: Sequence[str]
    ) -> list[tuple[list[int], list[tuple[int, int]]]]:
        """For each text the numbers of its tokens, and where in it each is: `text[start:end]`."""
        found = self.tokenizer.encode_batch(_clean(texts), add_special_tokens=False)
        return [(encoding.ids, encoding.offsets) for encoding in found]


def _clean(texts: Sequence[str]) -> list[str]:
    """UTF-8, which the tokenizer speaks, has no lone surrogates; each becomes a question mark."""
    return [text.encode("utf-8", "replace").decode("utf-8") for text in texts]


def run_in_threads(lengths: Sequence[int], work: Callable[[int], None], threads: int) -> None:
    """Call `work` with the index of each item, in several threads.

    The longest items come first, and each thread takes the next one, so that all threads end at
    about the same time. A few items are done in the calling thread.

    Args:
        lengths: How long each item takes, in any unit.
        work: What to do with the item of an index. What it raises is raised here.
        threads: How many threads to use.
    """
    rest = iter(sorted(range(len(lengths)), key=lambda number: -lengths[number]))

    def work_through() -> None:
        while (number := next(rest, None)) is not None:  # a list's iterator is safe to share
            work(number)

    if threads == 1 or len(lengths) < _WORTH_THREADS:
        work_through()
        return
    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(work_through) for _ in range(threads)]:
            done.result()
