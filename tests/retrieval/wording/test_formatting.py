"""A text in one line, and where places of it are then."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from retrieval.wording.formatting import one_line, one_line_with


def test_a_place_moves_with_its_words():
    text = "He\n  left   on\tMonday."
    line, places = one_line_with(text, [(5, 9), (15, 21)])
    assert line == "He left on Monday."
    assert [line[start:end] for start, end in places] == ["left", "Monday"]


def test_white_space_alone_has_no_place():
    assert one_line_with("a  b", [(1, 3)]) == ("a b", [])


@given(st.text(alphabet="ab \n\t\u00a0", max_size=20), st.integers(0, 20), st.integers(0, 20))
def test_a_place_holds_the_same_words(text: str, start: int, end: int):
    line, places = one_line_with(text, [(min(start, end), max(start, end))])
    assert line == one_line(text)
    inside = one_line(text[min(start, end) : max(start, end)])
    assert [line[slice(*place)] for place in places] == ([inside] if inside else [])
