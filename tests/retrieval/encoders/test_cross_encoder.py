"""The shipped ranker, for real: what it says of sentences, and that it says it every time."""

from __future__ import annotations

import hashlib
import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from retrieval.encoders.cross_encoder import SHIPPED_MODEL, Candidate, CrossEncoder, load_shipped
from retrieval.errors import ModelError

QUESTION = "Why was the bridge in Quuxville closed?"
CANDIDATES = [
    Candidate("Bridge closed", "The bridge opened in 1931.", text)
    for text in (
        "The city closed the bridge in Quuxville because its cables had rusted through.",
        "Quuxville has a museum, two schools and a railway station.",
        "Mayor Zorblatt said that she would speak to reporters on Friday.",
    )
]


@pytest.fixture(scope="module")
def ranker() -> CrossEncoder:
    return load_shipped()


def test_the_sentence_that_answers_is_ranked_first_by_both_numbers(ranker: CrossEncoder):
    rows = ranker.score(QUESTION, CANDIDATES)
    assert rows.shape == (3, 2)
    assert rows.argmax(axis=0).tolist() == [0, 0]


def test_a_sentence_does_not_answer_what_is_asked_of_another(ranker: CrossEncoder):
    (_, asked), (_, other) = (
        ranker.score(question, CANDIDATES[:1])[0]
        for question in (QUESTION, "Why was the school in Lower Wug closed?")
    )
    assert asked > 0 > other


def test_the_sentence_before_is_read(ranker: CrossEncoder):
    said = "It fell down after a ship had hit its middle pillar."
    rows = ranker.score(
        "Why did the Quux Bridge fall down?",
        [
            Candidate("News of the day", before, said)
            for before in ("Nobody has seen the Quux Bridge since Monday.", "The tower was white.")
        ],
    )
    assert rows[0, 1] > rows[1, 1]


def test_a_sentence_has_the_same_numbers_alone_in_company_and_in_threads(ranker: CrossEncoder):
    many = [Candidate("t", "b " * n, f"sentence number {n} " * n) for n in (9, 1, 40, 3, 200)]
    alone = np.concatenate([ranker.score(QUESTION, [one]) for one in many])
    np.testing.assert_array_equal(ranker.score(QUESTION, many), alone)
    with ThreadPoolExecutor(4) as pool:
        for rows in pool.map(lambda _: ranker.score(QUESTION, many), range(8)):
            np.testing.assert_array_equal(rows, alone)


@pytest.mark.parametrize(
    "text", ["", " ", "\ud800 lone", "👩🏽‍🚀", "“" * 10_000, "\x00", "wug " * 900]
)
def test_any_text_has_numbers(ranker: CrossEncoder, text: str):
    rows = ranker.score(text, [Candidate(text, text, text)])
    assert np.isfinite(rows).all()


def test_no_candidates_have_no_numbers(ranker: CrossEncoder):
    assert ranker.score(QUESTION, []).shape == (0, 2)


def test_the_shipped_files_are_the_ones_described():
    about = json.loads((SHIPPED_MODEL / "model.json").read_text())
    for name, expected in about["sha256"].items():
        assert hashlib.sha256((SHIPPED_MODEL / name).read_bytes()).hexdigest() == expected
    assert about["sha256"]["model.onnx"] in (SHIPPED_MODEL / "NOTICE").read_text()


def test_a_damaged_ranker_is_named_with_what_to_do(tmp_path: Path):
    copy = Path(shutil.copytree(SHIPPED_MODEL, tmp_path / "model"))
    (copy / "model.onnx").write_bytes(b"quux")
    with pytest.raises(ModelError) as caught:
        CrossEncoder.load(copy)
    assert str(caught.value) == (
        f"The ranker's model.onnx in {copy} is not the file that model.json describes; "
        "install Footnote again, or name another model folder."
    )
