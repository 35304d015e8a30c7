"""Write the trained reader down as ONNX, in 8-bit integers, and hold that against the exact one.

    python scripts/export_reader.py W/second.pt --tokenizer FILE --check W/apart.jsonl.gz

The file `--check` has groups of questions that were not trained on, as reader_examples.py makes
them. Nothing is written where both networks disagree on too many first sentences.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import bert
import numpy as np
import onnx
import onnxruntime as ort
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from reader_examples import (
    QUESTION_TOKENS,
    TITLE_TOKENS,
    Group,
    load,
)
from train_reader import padded

ROOT = Path(__file__).resolve().parents[1]
NAME = "footnote-reader"
TARGET = ROOT / "retrieval" / "models" / NAME
CONFIG = {"num_attention_heads": 12, "hidden_size": 384, "num_hidden_layers": 6}
EPSILON = 1e-12
WORDS = "embeddings.word_embeddings.weight"
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
# Of these the weights alone become 8-bit integers. What goes into them has a few states that are
# far larger than the others, which 8 bits for all of them would make coarse.
WEIGHTS_ONLY = tuple(f"encoder.layer.{layer}.output.dense" for layer in range(6))
EXACT = ("tokens", "none")  # small, and what they say is compared between passages
# A passage of 800 characters has up to 250; it was trained on 208 at most.
PASSAGE_TOKENS_READ = 300
CHECKED = 400  # questions
LEAST_AGREEMENT = 0.93
MOST_BYTES = 30_000_000

NOTICE = """footnote-reader reads a question with a passage: where the answer begins and ends,
which sentences answer, and whether any does.
Licence: Apache License 2.0 (see LICENSE), as that of the weights it was trained from:
all-MiniLM-L6-v2 by the sentence-transformers authors, model.safetensors (sha256 {weights})
and tokenizer.json as carried by the Python package {package}.

Changed here, by scripts/train_reader.py and scripts/export_reader.py: trained on public question
sets and on questions written for this project (docs/architecture.md names them); written down
as an ONNX graph, its matrices quantised to 8-bit integers per output channel.
model.onnx has sha256 {model}.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description="Export the passage reader.")
    parser.add_argument("weights", type=Path, help="what train_reader.py made")
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--check", type=Path, required=True)
    parser.add_argument("--to", type=Path, default=TARGET)
    parser.add_argument("--exact", type=Path, help="keep the unquantised model here")
    options = parser.parse_args()
    state = torch.load(options.weights, map_location="cpu")
    arrays = {name: tensor.numpy() for name, tensor in state.get("network", state).items()}
    options.to.mkdir(parents=True, exist_ok=True)
    model, tokenizer = options.to / "model.onnx", options.to / "tokenizer.json"
    with tempfile.TemporaryDirectory() as work:
        exact = options.exact or Path(work) / "exact.onnx"
        onnx.save(graph(arrays), exact)
        part = Path(work) / "model.onnx"
        quantise(exact, part, Path(work))
        agreement, count = agreeing(exact, part, load(options.check)[:CHECKED])
        if agreement < LEAST_AGREEMENT or part.stat().st_size > MOST_BYTES:
            raise SystemExit(f"not written: agreement {agreement}, {part.stat().st_size} bytes")
        model.write_bytes(part.read_bytes())
    tokenizer.write_bytes(options.tokenizer.read_bytes())
    hashes = {path.name: bert.sha256(path) for path in (model, tokenizer)}
    about: dict[str, Any] = {
        "name": NAME,
        "question_tokens": QUESTION_TOKENS,
        "title_tokens": TITLE_TOKENS,
        "passage_tokens": PASSAGE_TOKENS_READ,
        "sha256": hashes,
        "source": {"package": bert.PACKAGE, "model.safetensors": bert.WEIGHTS_SHA256},
    }
    (options.to / "model.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    licence = ROOT / "retrieval" / "models" / bert.NAME / "LICENSE"
    (options.to / "LICENSE").write_bytes(licence.read_bytes())
    notice = NOTICE.format(
        weights=bert.WEIGHTS_SHA256,
        package=bert.PACKAGE,
        model=hashes["model.onnx"],
    )
    (options.to / "NOTICE").write_text(notice, encoding="utf-8")
    print(f"{notice}Both put the same sentence first for {agreement:.3f} of {count} questions.")


def graph(weights: dict[str, NDArray[np.float32]]) -> onnx.ModelProto:
    """Three int64 inputs (b, s) → `tokens`, float32 (b, s, 3), and `none`, float32 (b, 3)."""
    g = bert.Graph(weights, EPSILON)
    mask = g.node("Cast", "attention_mask", to=TensorProto.FLOAT)
    inverse = g.node("Sub", g.constant(1), g.node("Unsqueeze", mask, g.constant([1, 2], np.int64)))
    hidden_away = g.node("Mul", inverse, g.constant(-1e4))
    x = bert.encoder(g, bert.embeddings(g, kinds="token_type_ids"), CONFIG, hidden_away)
    g.linear(x, "tokens", output="tokens")
    g.linear(g.node("Gather", x, g.constant(0, np.int64), axis=1), "none", output="none")
    shapes: dict[str, list[object]] = {"tokens": ["b", "s", 3], "none": ["b", 3]}
    return g.model_of(NAME, INPUTS, shapes)


def quantise(exact: Path, target: Path, work: Path) -> None:
    """Weights to 8-bit integers per output channel; but for WEIGHTS_ONLY what meets them too.

    A word's embedding has a scale of its own.
    """
    model = onnx.load(exact)
    nodes: list[onnx.NodeProto] = []
    for node in model.graph.node:
        if node.name in WEIGHTS_ONLY:
            rounded, scale = _rounded(model, node.input[1], axis=0)
            inputs = [rounded, scale]
            nodes.append(helper.make_node("DequantizeLinear", inputs, [node.input[1]], axis=1))
        elif node.op_type == "Gather" and node.input[0] == WORDS:
            (_, ids), (out,) = node.input, node.output
            rounded, scale = _rounded(model, WORDS, axis=1)
            nodes += [
                helper.make_node("Gather", [rounded, ids], [f"{out}.int8"]),
                helper.make_node("Gather", [scale, ids], [f"{out}.scale"]),
                helper.make_node("Cast", [f"{out}.int8"], [f"{out}.number"], to=TensorProto.FLOAT),
                helper.make_node("Mul", [f"{out}.number", f"{out}.scale"], [out]),
            ]
            continue
        nodes.append(node)
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    onnx.save(model, work / "partly.onnx")
    quantize_dynamic(
        work / "partly.onnx",
        target,
        weight_type=QuantType.QInt8,
        per_channel=True,
        op_types_to_quantize=["MatMul"],
        nodes_to_exclude=[*EXACT, *WEIGHTS_ONLY],
    )


def _rounded(model: onnx.ModelProto, name: str, axis: int) -> tuple[str, str]:
    """Put 8-bit integers and their scales in the place of a matrix; `axis` is that of one scale."""
    tensor = next(one for one in model.graph.initializer if one.name == name)
    array = numpy_helper.to_array(tensor)
    scale = np.maximum(np.abs(array).max(axis=axis, keepdims=True), 1e-8) / 127
    rounded = np.clip(np.rint(array / scale), -127, 127).astype(np.int8)
    scale = scale.astype(np.float32)
    model.graph.initializer.remove(tensor)
    model.graph.initializer.extend(
        [
            numpy_helper.from_array(rounded, f"{name}.int8"),
            numpy_helper.from_array(scale if axis else scale[0], f"{name}.scale"),
        ]
    )
    return f"{name}.int8", f"{name}.scale"


def agreeing(exact: Path, quantised: Path, groups: list[Group]) -> tuple[float, int]:
    """For how many of the questions both put the same sentence first, as a share."""
    sessions = [
        ort.InferenceSession(path, providers=["CPUExecutionProvider"])
        for path in (exact, quantised)
    ]
    same = []
    for group in groups:
        first, second = (int(np.argmax(scores(session, group))) for session in sessions)
        same.append(first == second)
    return float(np.mean(same)), len(same)


def scores(session: ort.InferenceSession, group: Group) -> NDArray[np.float32]:
    """The evidence of every sentence of the group's passages, in their order."""
    batch = padded([(group.question, passage) for passage in group.passages])
    inputs = {
        "input_ids": batch.tokens.numpy(),
        "attention_mask": batch.mask.long().numpy(),
        "token_type_ids": batch.kinds.numpy(),
    }
    tokens, none = session.run(["tokens", "none"], inputs)
    found = []
    for row, (offset, passage) in enumerate(zip(batch.offsets, group.passages, strict=True)):
        evidence = tokens[row, offset : offset + len(passage.text), 2] - none[row, 2]
        found += [evidence[start:end].mean() for start, end in passage.ranges]
    return np.array(found, np.float32)


if __name__ == "__main__":
    main()
