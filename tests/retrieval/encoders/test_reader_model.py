"""The shipped passage reader, for real: what it says of passages, whatever they are."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.encoders.reader_model import (
    SHIPPED_MODEL,
    PassageText,
    ReaderModel,
    SentenceReading,
    load_shipped,
)
from retrieval.errors import ModelError

QUESTION = "Why was the bridge in Quuxville closed?"
BRIDGE = PassageText(
    "Bridge closed",
    (
        "Quuxville has a museum, two schools and a railway station.",
        "The city closed the bridge in Quuxville because its cables had rusted through.",
        "Mayor Zorblatt said that she would speak to reporters on Friday.",
    ),
)
OTHER = PassageText("A fair", ("The fair opens on Monday.", "It has a wheel and a tent."))


@pytest.fixture(scope="module")
def reader() -> ReaderModel:
    return load_shipped()


def test_the_sentence_that_answers_is_first_by_both_numbers(reader: ReaderModel):
    (found,) = reader.read(QUESTION, [BRIDGE])
    assert len(found) == 3
    assert max(found, key=lambda one: one.evidence) is found[1]
    assert max(found, key=lambda one: one.span) is found[1]


def test_the_words_that_answer_are_found_in_their_sentence(reader: ReaderModel):
    (found,) = reader.read("Who will speak to reporters?", [BRIDGE])
    assert "Zorblatt" in BRIDGE.sentences[2][found[2].start : found[2].end]


def test_a_passage_about_something_else_answers_less(reader: ReaderModel):
    first, second = reader.read(QUESTION, [BRIDGE, OTHER])
    assert max(one.evidence for one in first) > max(one.evidence for one in second)


def test_a_passage_has_the_same_numbers_alone_in_company_and_in_threads(reader: ReaderModel):
    many = [
        PassageText("t", tuple(f"sentence number {m} " * m for m in range(1, n)))
        for n in (9, 2, 20, 3, 5)
    ]
    alone = [reader.read(QUESTION, [one])[0] for one in many]
    assert reader.read(QUESTION, many) == alone
    with ThreadPoolExecutor(4) as pool:
        assert all(
            found == alone for found in pool.map(lambda _: reader.read(QUESTION, many), "abcd")
        )


HOSTILE = [
    "",
    " ",
    "\ud800 lone",
    "👩🏽‍🚀 went to the moon",
    "“" * 10_000,
    "\x00",
    "wug " * 900,
    "x" * 50_000,
    "桥为什么关闭",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "if (x != 0) { return y >> 3; }  // ¯\\_(ツ)_/¯",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_any_text_is_read_with_places_inside_it(reader: ReaderModel, text: str):
    (found,) = reader.read(text[:1000], [PassageText(text, (text, "He left.", text))])
    check(PassageText(text, (text, "He left.", text)), found)


@settings(deadline=None, max_examples=40)
@given(st.text(max_size=60), st.lists(st.text(max_size=60), max_size=6))
def test_places_are_inside_their_sentence(question: str, sentences: list[str]):
    passage = PassageText(question, tuple(sentences))
    (found,) = load_shipped().read(question, [passage])
    check(passage, found)


def check(passage: PassageText, found: tuple[SentenceReading, ...]) -> None:
    assert len(found) == len(passage.sentences)
    for text, one in zip(passage.sentences, found, strict=True):
        assert np.isfinite([one.evidence, one.span]).all()
        assert 0 <= one.start <= one.end <= len(text)


def test_a_long_passage_takes_bounded_time(reader: ReaderModel):
    many = [PassageText("t", ("wug " * 12_000,)), PassageText("t", ("Wug.",) * 500)]
    short = [PassageText("t", ("wug " * 150,))] * 2
    reader.read(QUESTION, short)
    began = time.perf_counter()
    reader.read(QUESTION, short)
    between = time.perf_counter()
    reader.read(QUESTION, many)
    assert time.perf_counter() - between < 20 * (between - began) + 1


def test_what_lies_beyond_what_is_read_is_no_answer(reader: ReaderModel):
    (found,) = reader.read(QUESTION, [PassageText("t", ("wug " * 120,) * 5)])
    assert found[-1].evidence < min(one.evidence for one in found[:2])
    assert (found[-1].start, found[-1].end) == (0, 0)


def test_no_passages_and_no_sentences_have_no_readings(reader: ReaderModel):
    assert reader.read(QUESTION, []) == []
    assert reader.read(QUESTION, [PassageText("t", ())]) == [()]


def test_the_shipped_files_are_the_ones_described():
    about = json.loads((SHIPPED_MODEL / "model.json").read_text())
    hashes = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in (SHIPPED_MODEL / "model.onnx", SHIPPED_MODEL / "tokenizer.json")
    }
    assert about["sha256"] == hashes
    assert about["sha256"]["model.onnx"] in (SHIPPED_MODEL / "NOTICE").read_text()


def test_a_damaged_reader_is_named_with_what_to_do(tmp_path: Path):
    copy = Path(shutil.copytree(SHIPPED_MODEL, tmp_path / "model"))
    (copy / "model.onnx").write_bytes(b"quux")
    with pytest.raises(ModelError) as caught:
        ReaderModel.load(copy)
    assert str(caught.value) == (
        f"The reader's model.onnx in {copy} is not the file that model.json describes; "
        "install Footnote again, or name another model folder."
    )
