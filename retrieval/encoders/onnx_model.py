"""A model from a folder, checked before it is loaded: for ONNX Runtime on the CPU.

The folder holds model.onnx, tokenizer.json and model.json, which tells the model's name, both
files' sha256, and what else there is to know.
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
"""Where the models lie that ship with the program."""

_WORTH_THREADS = 4  # texts; for fewer it takes longer to start them


@dataclass(frozen=True, slots=True)
class OnnxModel:
    """A loaded model. It may be run from several threads at once, each with one core."""

    session: ort.InferenceSession
    tokenizer: Tokenizer
    metadata: dict[str, Any]

    @classmethod
    def load(cls, folder: Path, role: str, numbers: Sequence[str]) -> OnnxModel:
        """The model in `folder`; `role` is what it is called in an error.

        `numbers` are what its model.json must tell. Raises ModelError when it does not, or a file
        is missing or not the one that it describes.
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
            tokenizer.no_truncation()  # the file itself says 128
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
        """Changes whenever the model does."""
        return f"{self.metadata['name']}-{self.metadata['sha256']['model.onnx'][:12]}"

    def token_ids(self, texts: Sequence[str], *, whole: bool) -> list[list[int]]:
        """The numbers of each text's tokens; with `whole`, between the marks of a whole input."""
        # UTF-8, which the tokenizer speaks, has no lone surrogates.
        clean = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
        found = self.tokenizer.encode_batch(clean, add_special_tokens=whole)
        return [encoding.ids for encoding in found]


def run_in_threads(lengths: Sequence[int], work: Callable[[int], None], threads: int) -> None:
    """Call `work` with the number of each, in so many threads at once.

    The longest first, and each thread takes the next, so that all end at the same time.
    """
    rest = iter(sorted(range(len(lengths)), key=lambda number: -lengths[number]))

    def take() -> None:
        while (number := next(rest, None)) is not None:  # a list's iterator is safe to share
            work(number)

    if threads == 1 or len(lengths) < _WORTH_THREADS:
        take()
        return
    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(take) for _ in range(threads)]:
            done.result()
