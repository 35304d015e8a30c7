"""Measures against their definitions, written out plainly and slowly."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.evaluation.metrics import (
    Floats,
    Interval,
    Measure,
    auroc,
    auroc_between,
    coverage,
    exact_match,
    hit,
    holds_all,
    holds_answer,
    interval,
    mean,
    ndcg,
    percentile,
    plain,
    ratio,
    reciprocal_rank,
    refused_at,
    squad_tokens,
    token_f1,
)

RANKINGS = st.permutations("abcdefgh").flatmap(
    lambda row: st.integers(0, len(row)).map(lambda n: row[:n])
)
GOLDS = st.sets(st.sampled_from("abcdefgh"), min_size=1)
# Few different scores, so that there are ties.
QUESTIONS = st.lists(
    st.tuples(st.booleans(), st.sampled_from([0.0, 0.1, 0.5, 0.7, 1.0]), st.integers(0, 3)),
    min_size=1,
    max_size=12,
)


def figure(measure: Measure, counts: list[int]) -> float:
    return float(measure(np.array([counts], np.float64))[0])


def repeated(questions: list[tuple[bool, float, int]]) -> list[tuple[bool, float]]:
    """Each question as often as it counts."""
    return [(flag, score) for flag, score, count in questions for _ in range(count)]


def test_a_ranking_that_can_be_checked_by_eye():
    ranking, golds = ["x", "a", "y", "b"], {"a", "b"}
    assert [hit(ranking, golds, k) for k in (1, 2, 4)] == [False, True, True]
    assert [holds_all(ranking, golds, k) for k in (2, 3, 4)] == [False, False, True]
    assert [reciprocal_rank(ranking, golds, k) for k in (1, 10)] == [0, 0.5]
    ideal = 1 / math.log2(2) + 1 / math.log2(3)
    assert ndcg(ranking, golds, 10) == pytest.approx((1 / math.log2(3) + 1 / math.log2(5)) / ideal)


@given(RANKINGS, GOLDS, st.integers(1, 10))
def test_rankings_are_measured_as_defined(ranking: list[str], golds: set[str], k: int):
    gains = [1 if found in golds else 0 for found in ranking][:k]
    places = [place for place, gain in enumerate(gains, 1) if gain]
    assert hit(ranking, golds, k) == bool(places)
    assert holds_all(ranking, golds, k) == (len(places) == len(golds))
    assert reciprocal_rank(ranking, golds, k) == (1 / places[0] if places else 0)
    best = sum(1 / math.log2(i + 2) for i in range(min(k, len(golds))))
    gained = sum(gain / math.log2(i + 2) for i, gain in enumerate(gains))
    assert ndcg(ranking, golds, k) == pytest.approx(gained / best)
    assert 0 <= ndcg(ranking, golds, k) <= 1 + 1e-9


@pytest.mark.parametrize(
    ("sentence", "answers", "holds"),
    [
        ("The show was “Squid Game”.", ["Squid Game"], True),
        ("It gave up just 308 points.", ["308"], True),
        ("It gave up 1308 points.", ["308"], False),
        ("STRASSE", ["Straße"], True),
        ("He saw an owl", ["the owl"], True),
        ("He saw an owl", ["the", "", "…"], False),
        ("He left Normandy’s coast", ["Normandy"], True),
        ("", ["308"], False),
    ],
)
def test_an_answer_is_held_in_whole_words(sentence: str, answers: list[str], holds: bool):
    assert holds_answer(sentence, answers) is holds


@given(st.text(max_size=40), st.text(max_size=20))
def test_plain_text_stays_plain_and_a_text_holds_its_own_words(text: str, more: str):
    assert plain(plain(text)) == plain(text)
    assert holds_answer(f"{more} {text} {more}", [text]) == bool(plain(text))


def test_exact_match_and_f1_are_those_of_squad():
    assert squad_tokens("The U.S. state-of-the-art, an “owl”") == ["us", "stateoftheart", "“owl”"]
    assert exact_match("The Normans.", ["normans", "Vikings"])
    assert not exact_match("The Normans left", ["normans"])
    # 2 of 4 words, and 2 of 3
    assert token_f1("Rollo led the Normans there", ["the Vikings", "led Normans on"]) == (
        pytest.approx(2 * 2 / (4 + 3))
    )
    assert token_f1("a b b", ["b b b"]) == pytest.approx(2 * 2 / (2 + 3))
    assert [token_f1("the", [""]), token_f1("owl", [""]), token_f1("", ["owl"])] == [1, 0, 0]
    assert token_f1("owl", []) == 0


@given(QUESTIONS)
def test_a_measure_counts_each_question_as_often_as_it_is_drawn(
    questions: list[tuple[bool, float, int]],
):
    flags, scores, counts = (list(column) for column in zip(*questions, strict=True))
    rows = repeated(questions)
    if not rows:
        assert all(math.isnan(figure(m, counts)) for m in (mean(flags), auroc(flags, scores)))
        return
    values = [score for _, score in rows]
    assert figure(mean(scores), counts) == pytest.approx(sum(values) / len(values))
    for percent in (1, 50, 95, 100):
        wanted = sorted(values)[math.ceil(percent / 100 * len(values)) - 1]
        assert figure(percentile(scores, percent), counts) == wanted
    said = [score >= 0.5 for score in scores]
    true = sum(flag and score >= 0.5 for flag, score in rows)
    wholes = [said_so + flag for said_so, flag in zip(said, flags, strict=True)]
    both = [2 * (said_so and flag) for said_so, flag in zip(said, flags, strict=True)]
    spoken, positive = sum(s >= 0.5 for _, s in rows), sum(flag for flag, _ in rows)
    if true:
        precision, recall = true / spoken, true / positive
        assert figure(ratio(both, wholes), counts) == (
            pytest.approx(2 * precision * recall / (precision + recall))
        )


@given(QUESTIONS)
def test_auroc_is_the_share_of_pairs_in_the_right_order(questions: list[tuple[bool, float, int]]):
    flags, scores, counts = (list(column) for column in zip(*questions, strict=True))
    rows = repeated(questions)
    pairs = list(product([s for flag, s in rows if flag], [s for flag, s in rows if not flag]))
    measured = figure(auroc(flags, scores), counts)
    if not pairs:
        assert math.isnan(measured)
    else:
        assert measured == pytest.approx(
            sum(1.0 if a > b else 0.5 if a == b else 0.0 for a, b in pairs) / len(pairs)
        )


@given(QUESTIONS, st.sampled_from([0.5, 0.75, 0.95, 1.0]))
def test_coverage_is_the_most_that_can_be_answered(
    questions: list[tuple[bool, float, int]], precision: float
):
    flags, scores, counts = (list(column) for column in zip(*questions, strict=True))
    rows = repeated(questions)
    best = 0.0
    for threshold in {score for _, score in rows}:
        answered = [flag for flag, score in rows if score >= threshold]
        if sum(answered) / len(answered) >= precision - 1e-9:
            best = max(best, len(answered) / len(rows))
    measured = figure(coverage(flags, scores, precision), counts)
    assert math.isnan(measured) if not rows else measured == pytest.approx(best)


def test_draws_in_one_block_are_measured_like_draws_alone():
    counts = np.array([[1, 0, 2, 1], [0, 0, 4, 0], [1, 1, 1, 1]], np.float64)
    flags, scores = [True, False, True, False], [0.9, 0.4, 0.4, 0.1]
    for measure in (
        mean(scores), auroc(flags, scores), coverage(flags, scores, 0.95), percentile(scores, 50)
    ):  # fmt: skip
        alone = [measure(row[None, :])[0] for row in counts]
        np.testing.assert_allclose(measure(counts), alone)


def test_the_interval_of_a_mean_is_as_wide_as_theory_says():
    values = np.repeat([0.0, 1.0], [60, 140])
    found = interval(mean(values), len(values))
    assert found is not None
    wide = 1.96 * math.sqrt(0.7 * 0.3 / 200)
    assert (found.value, found.n) == (pytest.approx(0.7), 200)
    assert found.low == pytest.approx(0.7 - wide, abs=0.015)
    assert found.high == pytest.approx(0.7 + wide, abs=0.015)
    assert found == interval(mean(values), len(values))
    assert found != interval(mean(values), len(values), seed=1)


def test_an_interval_does_not_depend_on_the_size_of_its_blocks(monkeypatch: pytest.MonkeyPatch):
    drawn: list[int] = []

    def counting(counts: Floats) -> Floats:
        drawn.append(len(counts))
        assert (counts.sum(axis=1) == 50).all()
        return np.ones(len(counts))

    monkeypatch.setattr("retrieval.evaluation.metrics._CELLS", 50 * 300)
    assert interval(counting, 50) == Interval(1.0, 1.0, 1.0, 50)
    assert drawn == [1, 300, 300, 300, 100]


def test_what_has_no_figure_has_no_interval():
    assert interval(mean([]), 0) is None
    assert interval(auroc([True, True], [0.1, 0.2]), 2) is None
    # Some draws have no negative; they do not count.
    found = interval(auroc([True, False], [0.9, 0.1]), 2)
    assert found == Interval(1.0, 1.0, 1.0, 2)


def test_refused_at_is_the_share_refused_where_so_many_of_the_wanted_are():
    wanted = [True] * 10 + [False] * 4
    scores = [*range(1, 11), 0, 1, 1.5, 9]  # a tenth of the wanted: those up to 1
    others = [not is_wanted for is_wanted in wanted]
    measure = refused_at(wanted, scores, others, scores, 0.1)
    assert measure(np.ones((1, 14)))[0] == pytest.approx(2 / 4)


def test_refused_at_takes_a_question_as_both_kinds():
    measure = refused_at([True, True], [3, 4], [True, False], [2, 0], 0.5)
    assert measure(np.ones((1, 2)))[0] == 1
    assert np.isnan(measure(np.array([[0.0, 2.0]]))[0])


def test_auroc_between_counts_each_pair_of_a_wanted_and_another():
    measure = auroc_between([True, True], [3, 1], [True, True], [2, 1])
    assert measure(np.ones((1, 2)))[0] == pytest.approx((1 + 1 + 0 + 0.5) / 4)
    assert measure(np.array([[2.0, 0.0]]))[0] == 1
