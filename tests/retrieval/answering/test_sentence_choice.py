"""Of the sentences that were read, those that make the answer, and what became of the others."""

from __future__ import annotations

import numpy as np

from corpus.article import ArticleInfo
from corpus.storage.passage_reader import StoredSentence
from retrieval.answering.sentence_choice import choose
from retrieval.answering.trace import Verdict
from retrieval.ranking.features import Asked
from retrieval.ranking.reader import Reading, Scored

MARGIN = 1.0
TWELVE = "Twelve people were injured in the storm."
FOURTEEN = "Fourteen people were injured in the storm."
RIGHT_ANGLES = np.eye(8, dtype=np.float16)


def said(
    text: str, *, at: int = 0, of: str = "a", day: str | None = None, towards: int | None = None
) -> StoredSentence:
    """A sentence whose embedding is at right angles to those of other places and directions."""
    row = RIGHT_ANGLES[at if towards is None else towards]
    info = ArticleInfo(of, 1, "The storm", published=day)
    return StoredSentence(1, info, at, at + len(text), text, row)


def chosen(
    *sentences: StoredSentence,
    scores: tuple[float, ...] = (),
    confidence: float = 1.0,
    stories: dict[str, int] | None = None,
) -> tuple[list[str], list[Verdict]]:
    """The texts of the answer, and each sentence's verdict in the order of the reading."""
    ranked = tuple(
        Scored(sentence, score, ())
        for sentence, score in zip(sentences, scores or (5.0,) * len(sentences), strict=True)
    )
    reading = Reading(Asked.of("How many were injured?"), ranked, confidence, 0.5, stories or {})
    choice = choose(reading, MARGIN)
    return [sentence.text for sentence in choice.sentences], list(choice.verdicts)


def test_who_is_not_sure_says_nothing():
    assert chosen(said("Alpha."), said("Beta.", at=1), confidence=0.4) == ([], [Verdict.UNSURE] * 2)


def test_nothing_that_was_read_is_no_answer():
    assert chosen() == ([], [])


def test_the_best_comes_first_and_the_others_as_their_articles_have_them():
    texts, verdicts = chosen(
        said("Alpha.", at=2), said("Beta.", at=1, of="b"), said("Gamma.", at=3, of="a")
    )
    assert texts == ["Alpha.", "Gamma.", "Beta."]
    assert verdicts == [Verdict.KEPT] * 3


def test_what_is_much_less_likely_is_cut():
    texts, verdicts = chosen(said("Alpha."), said("Beta.", at=1), scores=(5.0, 3.9))
    assert (texts, verdicts) == (["Alpha."], [Verdict.KEPT, Verdict.UNLIKELY])


def test_three_are_enough():
    names = ("Alpha.", "Beta.", "Gamma.", "Delta.")
    texts, verdicts = chosen(*(said(name, at=at) for at, name in enumerate(names)))
    assert texts == list(names[:3])
    assert verdicts == [Verdict.KEPT, Verdict.KEPT, Verdict.KEPT, Verdict.ENOUGH]


def test_what_a_better_one_says_is_not_said_again():
    texts, verdicts = chosen(said("Alpha."), said("Alpha again.", at=1, of="b", towards=0))
    assert (texts, verdicts) == (["Alpha."], [Verdict.KEPT, Verdict.REPEATS])


def test_another_number_in_another_article_is_told_beside_and_the_later_comes_first():
    early = said(TWELVE, of="a", day="2026-03-10")
    late = said(FOURTEEN, of="b", day="2026-03-16", towards=0)
    assert chosen(early, late) == ([FOURTEEN, TWELVE], [Verdict.KEPT, Verdict.RIVAL])
    assert chosen(late, early) == ([FOURTEEN, TWELVE], [Verdict.KEPT, Verdict.RIVAL])


def test_another_number_is_told_beside_though_it_is_much_less_likely():
    texts, verdicts = chosen(said(TWELVE), said(FOURTEEN, of="b"), scores=(5.0, 1.0))
    assert (texts, verdicts) == ([TWELVE, FOURTEEN], [Verdict.KEPT, Verdict.RIVAL])


def test_a_later_copy_of_the_article_corrects_the_number():
    early = said(TWELVE, of="a", day="2026-03-10")
    late = said(FOURTEEN, of="b", day="2026-03-16", towards=0)
    copies = {"a": 1, "b": 1}
    assert chosen(early, late, stories=copies) == ([FOURTEEN], [Verdict.CORRECTED, Verdict.KEPT])
    assert chosen(late, early, stories=copies) == ([FOURTEEN], [Verdict.KEPT, Verdict.CORRECTED])


def test_a_copy_of_an_article_that_is_cited_gives_way_to_it():
    texts, verdicts = chosen(
        said("Alpha.", of="a"),
        said("Beta.", at=1, of="b"),
        said("Beta.", at=2, of="a", towards=1),
        stories={"a": 1, "b": 1},
    )
    assert texts == ["Alpha.", "Beta."]
    assert verdicts == [Verdict.KEPT, Verdict.COPIED, Verdict.KEPT]
