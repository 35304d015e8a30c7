"""Nobody starves: the line as members of several servers see it, over random histories."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from retrieval.errors import Busy
from retrieval.serving.fair_queue import FairQueue, QueueLimits, Turn

MOST, MOST_EACH = 12, 3
SERVERS = st.sampled_from([None, 1, 2, 3])
MEMBERS = st.integers(1, 4)


def line(*turns: Turn) -> FairQueue:
    made = FairQueue(QueueLimits(total=100, per_member=50))
    for turn in turns:
        made.add(turn)
    return made


def test_one_who_floods_is_passed_by_all_others():
    flood = [Turn(1, 1) for _ in range(5)]
    neighbour, elsewhere, in_private = Turn(1, 2), Turn(2, 3), Turn(None, 4)
    waiting = line(*flood, neighbour, elsewhere, in_private)
    assert list(waiting) == [flood[0], elsewhere, in_private, neighbour, *flood[1:]]
    assert [waiting.ahead_of(turn) for turn in (neighbour, flood[1])] == [3, 4]
    assert waiting.ahead_of(Turn(1, 2)) is None  # another turn, of the same member


def test_a_server_that_floods_is_passed_by_all_others():
    crowd = [Turn(1, member) for member in range(30)]
    small = [Turn(2, 77), Turn(3, 88)]
    taken = line(*crowd, *small)
    assert [taken.take() for _ in range(4)] == [crowd[0], *small, crowd[1]]


def test_who_may_not_wait_is_told_why():
    waiting = FairQueue(QueueLimits(total=3, per_member=2))
    for turn in (Turn(1, 1), Turn(2, 1)):
        waiting.add(turn)
    with pytest.raises(Busy, match="2 of your questions are waiting already"):
        waiting.add(Turn(3, 1))
    waiting.add(Turn(1, 2))
    with pytest.raises(Busy, match="Too many questions are waiting"):
        waiting.add(Turn(1, 3))
    assert len(waiting) == 3


@given(st.lists(st.tuples(SERVERS, MEMBERS), max_size=30), st.data())
def test_turns_are_taken_in_the_order_that_was_foretold(asked: list[tuple[int | None, int]], data):
    waiting = line(*(Turn(*who) for who in asked))
    for turn in data.draw(st.sets(st.sampled_from(list(waiting)))) if asked else ():
        assert waiting.leave(turn)
        assert not waiting.leave(turn)
    foretold = list(waiting)
    assert [waiting.ahead_of(turn) for turn in foretold] == list(range(len(foretold)))
    taken = []
    while (turn := waiting.take()) is not None:
        taken.append(turn)
    assert taken == foretold
    assert len(waiting) == 0


class Waiting(RuleBasedStateMachine):
    """Whoever comes and goes in whatever order, what the line promises stays true."""

    def __init__(self) -> None:
        super().__init__()
        self.line = FairQueue(QueueLimits(total=MOST, per_member=MOST_EACH))
        self.came: list[Turn] = []  # who waits, in the order of coming
        # For each who waits: how often others were taken since they stood first of their own.
        self.passed: dict[Turn, Counter[object]] = {}

    @rule(server=SERVERS, member=MEMBERS)
    def one_comes(self, server: int | None, member: int) -> None:
        turn = Turn(server, member)
        mine = sum(other.member == member for other in self.came)
        full = mine >= MOST_EACH or len(self.came) >= MOST
        try:
            self.line.add(turn)
        except Busy:
            assert full
            return
        assert not full
        self.came.append(turn)

    @rule(data=st.data())
    @precondition(lambda self: self.came)
    def one_leaves(self, data) -> None:
        turn = data.draw(st.sampled_from(self.came))
        assert self.line.leave(turn)
        self._gone(turn)

    @rule()
    def one_is_taken(self) -> None:
        turn = self.line.take()
        if turn is None:
            assert not self.came
            return
        assert turn == self._firsts()[place(turn), turn.member]  # their own order is kept
        self._gone(turn)
        for first in self._firsts().values():
            passed = self.passed.setdefault(first, Counter())
            if place(first) != place(turn):
                passed[place(turn)] += 1
                assert passed[place(turn)] - passed["own server"] <= 1
            elif first.member != turn.member:
                passed["own server"] += 1
                passed["member", turn.member] += 1
                assert passed["member", turn.member] <= 1

    @invariant()
    def nobody_is_lost(self) -> None:
        assert set(self.line) == set(self.came)
        assert len(self.line) == len(self.came)

    def _gone(self, turn: Turn) -> None:
        self.came.remove(turn)
        self.passed.pop(turn, None)

    def _firsts(self) -> dict[tuple[object, int | None], Turn]:
        """The one of each member in each place who came first."""
        firsts: dict[tuple[object, int | None], Turn] = {}
        for turn in self.came:
            firsts.setdefault((place(turn), turn.member), turn)
        return firsts


def place(turn: Turn) -> object:
    return turn.server if turn.server is not None else ("in private", turn.member)


Waiting.TestCase.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
test_whatever_happens = Waiting.TestCase
