"""Links open at the sentence: the directive is read back as a browser would read it."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.answering.text_fragment import sentence_url

PAGE = "https://news.example/a"


def found(link: str, text: str) -> tuple[int, int] | None:
    """Where the directive's match lies in `text`: prefix, start, end, suffix, as specified."""
    terms = link.partition(":~:text=")[2].split(",")
    prefix = unquote(terms.pop(0)[:-1]) if terms[0].endswith("-") else ""
    suffix = unquote(terms.pop()[1:]) if terms[-1].startswith("-") else ""
    parts = [unquote(term) for term in terms]

    def words(term: str) -> str:
        return r"(?<!\w)" + r"\s+".join(re.escape(word) for word in term.split()) + r"(?!\w)"

    before = words(prefix) + r"\s*" if prefix else ""
    after = r"\s*" + words(suffix) if suffix else ""
    between = r"(?:.*?)".join(words(part) for part in parts)
    match = re.search(rf"{before}({between}){after}", text, re.IGNORECASE | re.DOTALL)
    return match.span(1) if match else None


def link_to(text: str, quotation: str, url: str = PAGE) -> str:
    start = text.rindex(quotation)
    return sentence_url(url, text, start, start + len(quotation))


def test_a_short_sentence_is_named_whole():
    assert link_to("He left. He came back.", "He came back.") == f"{PAGE}#:~:text=He%20came%20back."


def test_what_the_syntax_uses_is_encoded():
    link = link_to("A well-known, old & true story.", "A well-known, old & true story.")
    assert link == f"{PAGE}#:~:text=A%20well%2Dknown%2C%20old%20%26%20true%20story."


def test_a_sentence_said_before_is_named_with_its_neighbours():
    text = "Yes. He agreed. Then he left.\nYes. He agreed. Then she left."
    start = text.rindex("He agreed.")
    link = sentence_url(PAGE, text, start, start + 10)
    assert link == f"{PAGE}#:~:text=left.%20Yes.-,He%20agreed.,-Then%20she%20left." or found(
        link, text
    ) == (start, start + 10)


def test_a_long_sentence_is_named_by_its_ends():
    text = "One " + "very " * 40 + "long sentence ends right here, my friend."
    link = link_to(text, text)
    assert link.count(",") == 1
    assert found(link, text) == (0, len(text))


def test_a_quotation_over_lines_is_named_by_its_ends():
    text = "First line of it\nand the second line."
    assert found(link_to(text, text), text) == (0, len(text))


def test_a_fragment_of_the_address_stays():
    assert link_to("Yes.", "Yes.", f"{PAGE}#part") == f"{PAGE}#part:~:text=Yes."


def test_without_room_the_page_itself_is_linked():
    assert sentence_url(PAGE, "Привет, мир", 0, 11, max_chars=60) == PAGE
    assert sentence_url(PAGE, " ", 0, 1) == PAGE


SENTENCES = st.lists(
    st.sampled_from(["Yes.", "He left.", "He left again.", "Well-known, he said.", "¿Qué?"]),
    min_size=1,
    max_size=8,
)


@given(SENTENCES, st.data())
def test_the_link_never_opens_at_another_wording(rows: list[str], data: st.DataObject):
    text = " ".join(rows)
    row = data.draw(st.integers(0, len(rows) - 1))
    start = len(" ".join(rows[:row])) + (row > 0)
    end = start + len(rows[row])
    opened = found(sentence_url(PAGE, text, start, end), text)
    assert opened is not None
    assert text[slice(*opened)].lower() == rows[row].lower()


@pytest.mark.parametrize("quotation", ["\ud800 half", "👩🏽‍🚀 flew", "e\u0301te\u0301"])
def test_any_character_can_be_linked(quotation: str):
    assert sentence_url(PAGE, quotation, 0, len(quotation)).isascii()
