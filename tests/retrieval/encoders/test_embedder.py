"""The shipped model, for real: what it says of texts, and what is refused."""

from __future__ import annotations

import hashlib
import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from haystack import Pipeline

from retrieval.encoders.embedder import SHIPPED_MODEL, Embedder, QuestionEmbedder
from retrieval.errors import ModelError


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder.load()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED_MODEL, tmp_path / "model"))


def test_what_means_the_same_is_nearer_than_what_shares_words(embedder: Embedder):
    asked, meant, worded = embedder.encode(
        [
            "Why was the ambassador recalled?",
            "Moscow called its envoy home without giving a reason.",
            "The car maker recalled a model for its brakes.",
        ]
    )
    assert asked @ meant > asked @ worded


def test_rows_are_of_unit_length_and_in_the_order_given(embedder: Embedder):
    texts = ["word " * n for n in (90, 1, 40, 400, 7, 3, 3, 20, 60, 2, 11)]
    rows = embedder.encode(texts)
    assert rows.shape == (11, 384)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_a_text_has_the_same_row_alone_in_company_and_with_more_threads(embedder: Embedder):
    texts = [f"sentence number {n} " * n for n in (90, 1, 40, 7, 3, 3, 20, 60, 2, 11)]
    alone = np.stack([embedder.encode([text])[0] for text in texts])
    np.testing.assert_array_equal(embedder.encode(texts), alone)
    np.testing.assert_array_equal(Embedder.load(threads=3).encode(texts[::-1])[::-1], alone)


@pytest.mark.parametrize(
    "text", ["", " ", "\ud800 lone", "👩🏽‍🚀", "e\u0301" * 9000, "“" * 10_000, "\x00"]
)
def test_any_text_has_an_embedding(embedder: Embedder, text: str):
    assert np.linalg.norm(embedder.encode([text])[0]) == pytest.approx(1, abs=1e-5)


def test_no_texts_have_no_rows(embedder: Embedder):
    assert embedder.encode([]).shape == (0, 384)


def test_threads_do_not_disturb_each_other(embedder: Embedder):
    texts = [f"sentence number {i} " * (i % 9 + 1) for i in range(24)]
    batches = [texts[i : i + 5] for i in range(20)]
    serial = [embedder.encode(batch) for batch in batches]
    with ThreadPoolExecutor(4) as pool:
        for one, other in zip(serial, pool.map(embedder.encode, batches), strict=True):
            np.testing.assert_array_equal(one, other)


def test_the_shipped_files_are_the_ones_described():
    about = json.loads((SHIPPED_MODEL / "model.json").read_text())
    hashes = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in (SHIPPED_MODEL / "model.onnx", SHIPPED_MODEL / "tokenizer.json")
    }
    assert about["sha256"] == hashes


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_changed_file_is_refused(copy: Path, name: str):
    data = bytearray((copy / name).read_bytes())
    data[len(data) // 2] ^= 1
    (copy / name).write_bytes(data)
    with pytest.raises(ModelError, match=f"{name} in .* is not the file that model.json describes"):
        Embedder.load(copy)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "model.json"])
def test_a_missing_file_is_refused(copy: Path, name: str):
    (copy / name).unlink()
    with pytest.raises(ModelError, match=r"cannot be read \(No such file or directory\); install"):
        Embedder.load(copy)


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"sha256": {}}'])
def test_a_damaged_description_is_refused(copy: Path, content: str):
    (copy / "model.json").write_text(content)
    with pytest.raises(ModelError, match=r"model\.json is damaged"):
        Embedder.load(copy)


def test_the_component_goes_through_a_haystack_pipeline_and_back():
    pipeline = Pipeline()
    pipeline.add_component("embedder", QuestionEmbedder())
    data = pipeline.to_dict()
    assert data["components"]["embedder"]["init_parameters"] == {"model_dir": None}
    again = Pipeline.from_dict(data, allowed_modules=["retrieval.*"])
    row = again.run({"embedder": {"text": "Why?"}})["embedder"]["embedding"]
    np.testing.assert_allclose(row, Embedder.load().encode(["Why?"])[0], atol=1e-6)
