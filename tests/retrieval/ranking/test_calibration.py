"""A library's own threshold: fitted on its operator's questions, and kept while it means that."""

from __future__ import annotations

import numpy as np
import pytest

from corpus.storage.store import ArticleStore
from retrieval.errors import SetError
from retrieval.ranking.calibration import (
    LEAST,
    Calibration,
    Refusals,
    calibrate,
    expected,
    keep,
    kept,
    refusals,
)


def drawn(shift: float, count: int = 400) -> tuple[list[bool], list[float]]:
    """Confidences whose log-odds are 2 apart around `shift`: right where that is 0."""
    chance = np.random.default_rng(7)
    answerable = chance.random(count) < 0.5
    log_odds = chance.normal(np.where(answerable, 1.0, -1.0) + shift, 1.4)
    return answerable.tolist(), (1 / (1 + np.exp(-log_odds))).tolist()


@pytest.mark.parametrize("shift", [-2.0, -0.5, 0.0, 1.5])
def test_the_threshold_goes_where_an_answer_is_as_likely_as_none(shift: float):
    found = calibrate("quux", *drawn(shift, 4000))
    assert np.log(found.threshold / (1 - found.threshold)) == pytest.approx(shift, abs=0.15)
    assert (found.name, found.questions) == ("quux", 4000)


def test_a_few_questions_move_it_less_than_many():
    few, many = (calibrate("quux", *drawn(2.0, n)).threshold for n in (LEAST * 4, 4000))
    assert 0.5 < few < many


def test_how_many_are_of_one_kind_does_not_matter():
    answerable, confidences = drawn(0.0, 2000)
    rows = list(zip(answerable, confidences, strict=True))
    fewer = [row for at, row in enumerate(rows) if not row[0] or at % 8 == 0]
    found = calibrate("quux", [a for a, _ in fewer], [c for _, c in fewer])
    assert found.threshold == pytest.approx(0.5, abs=0.06)


def test_what_it_will_refuse_is_told_from_questions_that_it_was_not_fitted_on():
    answerable, confidences = drawn(2.0)
    before = refusals(answerable, confidences, 0.5)
    after = expected(answerable, confidences)
    assert before.rightly < 0.35 < 0.7 < after.rightly
    assert before.wrongly < after.wrongly < 0.35
    assert refusals([True, True, False], [0.2, 0.9, 0.1], 0.5) == Refusals(0.5, 1.0)


@pytest.mark.parametrize(
    ("answerable", "confidences", "why"),
    [
        ([True] * 40, [0.9] * 40, "quux has 0 questions without an answer; a threshold takes 15"),
        (
            [True] * 9 + [False] * 40,
            [0.9] * 49,
            "quux has 9 questions with an answer; a threshold takes 15",
        ),
        (
            [True] * 400 + [False] * 400,
            [0.01] * 400 + [0.99] * 400,
            "In quux the questions with an answer look no surer than those without; read the set",
        ),
    ],
)
def test_what_cannot_be_fitted_is_said(answerable: list[bool], confidences: list[float], why: str):
    with pytest.raises(SetError) as caught:
        calibrate("quux", answerable, confidences)
    assert str(caught.value).startswith(why)


def test_certainty_is_no_trouble():
    answerable = [True] * 20 + [False] * 20
    assert 0 < calibrate("quux", answerable, [1.0] * 20 + [0.0] * 20).threshold < 1


def test_it_is_kept_until_it_is_taken_back_or_the_embeddings_change():
    found = Calibration(0.4, "quux", 90)
    with ArticleStore.in_memory() as store:
        assert kept(store) is None
        keep(store, found)
        assert kept(store) == found
        store.set_stamp("recipe", "another embedder")
        assert kept(store) is None
        keep(store, found)
        keep(store, None)
        assert kept(store) is None
