"""What changed between versions: sentences, numbers, corrections; and what was cited of them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.article import Article, ArticleInfo, SpanRef
from corpus.ingestion.revisions import (
    ChangeKind,
    changed_sentences,
    changes_in_span,
    changes_since,
    compare_sentences,
    corrections,
    is_correction_notice,
)
from corpus.segmentation.splitter import sentences
from corpus.storage.store import ArticleStore

BEFORE = (
    "A storm hit Quux on Monday. At least 12 people were injured, the mayor said. "
    "The bridge to the island was closed until noon. Ferries stayed in port. It rained all night."
)


def told(before: str, after: str) -> list[tuple[str, str | None, str | None]]:
    return [
        (c.kind.value, c.before and c.before.text, c.after and c.after.text)
        for c in changed_sentences(before, after)
    ]


def test_a_number_that_changed_is_told_with_its_sentence():
    (change,) = changed_sentences(BEFORE, BEFORE.replace("12", "14"))
    assert change.kind is ChangeKind.CHANGED
    assert change.numbers == (("12", "14"),)
    assert change.after is not None
    assert change.after.text == "At least 14 people were injured, the mayor said."


def test_sentences_come_go_and_move():
    after = (
        "Ferries stayed in port. A storm hit Quux on Monday. Nobody died. "
        "At least 12 people were hurt, the mayor said. It rained all night."
    )
    assert sorted(told(BEFORE, after), key=str) == [
        ("added", None, "Nobody died."),
        (
            "changed",
            "At least 12 people were injured, the mayor said.",
            "At least 12 people were hurt, the mayor said.",
        ),
        ("removed", "The bridge to the island was closed until noon.", None),
    ]


def test_other_quotes_dashes_and_lines_are_no_change():
    before = 'He said "no" - twice.\n\nShe left.'
    assert changed_sentences(before, "He said “no” – twice. She  left.") == []


@pytest.mark.parametrize(
    ("before", "after", "numbers"),
    [
        ("Twelve people were hurt.", "Fourteen people were hurt.", (("Twelve", "Fourteen"),)),
        ("It cost $1,200 in 2020.", "It cost $1,300 in 2021.",
         (("1,200", "1,300"), ("2020", "2021"))),
        ("Some people were hurt there.", "Some 14 people were hurt there.", (("", "14"),)),
        ("The red car was sold.", "The blue car was sold.", ()),
    ],
)  # fmt: skip
def test_only_numbers_that_differ_are_told(before: str, after: str, numbers: object):
    (change,) = changed_sentences(before, after)
    assert change.numbers == numbers


@pytest.mark.parametrize(
    ("sentence", "is_one"),
    [
        ("Correction: the bridge opened in 1931.", True),
        ("CORRECTION — March 18", True),
        ("Editor’s note: This story has been updated.", True),
        ("Clarification: He is a deputy mayor.", True),
        ("An earlier version of this article misstated the number of injured.", True),
        ("This story has been corrected to say that 14 were injured.", True),
        ("A previous version of the law was stricter.", False),
        ("The market correction: what it means for savers is unclear.", False),
        ("He was sent to the department of corrections.", False),
        ("This article was written in 1931.", False),
    ],
)
def test_a_sentence_says_that_it_corrects(sentence: str, is_one: bool):
    assert is_correction_notice(sentence) is is_one


def test_what_was_put_right_is_told_in_lines():
    note = "Correction: an earlier version gave another number."
    after = f"{BEFORE.replace('12', '14')} {note}"
    assert corrections(BEFORE, after) == ["12 → 14", note]
    assert corrections(after, after.replace("storm", "gale")) == []


def test_a_cited_sentence_is_unchanged_changed_or_gone():
    first = BEFORE.replace("Ferries stayed in port. ", "")
    with ArticleStore.in_memory() as store:
        info = ArticleInfo("a", 1, "Storm")
        store.put(Article(info, BEFORE), [])
        store.put(Article(info, "It was Monday. " + first.replace("12", "14")), [])

        def cited(quote: str) -> list[tuple[ChangeKind, str | None]]:
            start = BEFORE.index(quote)
            found = changes_since(store, SpanRef("a", 1, start, start + len(quote)))
            assert found is not None
            return [(c.kind, c.after and c.after.text) for c in found]

        assert cited("The bridge to the island was closed until noon.") == [
            (ChangeKind.UNCHANGED, "The bridge to the island was closed until noon.")
        ]
        assert cited("12 people") == [
            (ChangeKind.CHANGED, "At least 14 people were injured, the mayor said.")
        ]
        assert cited("noon. Ferries") == [
            (ChangeKind.UNCHANGED, "The bridge to the island was closed until noon."),
            (ChangeKind.REMOVED, None),
        ]
        assert changes_since(store, SpanRef("a", 7, 0, 1)) is None
        assert changes_since(store, SpanRef("b", 1, 0, 1)) is None


few = st.sampled_from(["He left.", "She stayed.", "12 died.", "14 died.", "It rained a lot."])
texts = st.lists(few, max_size=8).map(" ".join)


@given(texts, texts)
def test_every_sentence_of_both_versions_is_accounted_for_once(before: str, after: str):
    changes = compare_sentences(before, after)
    spans = sorted(c.before.start for c in changes if c.before)
    assert spans == [sentence.start for sentence in sentences(before)]
    assert [c.after for c in changes if c.after] == sentences(after)
    assert all(c.kind is ChangeKind.UNCHANGED for c in compare_sentences(after, after))
    assert all(
        c.kind is ChangeKind.UNCHANGED for c in changes_in_span(before, before, 0, len(before))
    )


@pytest.mark.parametrize("sentence", ["It rained. ", "It rained {} times in {}. "])
def test_long_versions_are_compared_in_time(sentence: str):
    started = time.monotonic()
    before = "".join(sentence.format(n, n % 7) for n in range(4000))
    assert compare_sentences(before, before.replace("rained", "snowed"))
    assert time.monotonic() - started < 60
