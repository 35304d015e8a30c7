"""Whether whoever asked is satisfied, by labels that were written by reading."""

from __future__ import annotations

import pytest

from corpus.article import ArticleInfo
from retrieval.answering.answer import Answer, Reason, Refusal, Statement
from retrieval.answering.citation import Citation
from retrieval.evaluation.labels import Expect, LabelledSentence, Labels

GOLD = "The bridge fell on Monday, said the mayor."
NEAR = "The bridge is white."


def sentence(text: str, article: str = "a") -> LabelledSentence:
    return LabelledSentence.of(article, text)


def quoting(*texts: str, article: str = "a") -> Answer:
    info = ArticleInfo(article, 1, "A bridge")
    citations = tuple(Citation(info, 0, len(text), text) for text in texts)
    statements = tuple(Statement(text, (n,)) for n, text in enumerate(texts, start=1))
    return Answer("q", statements, citations)


def refusing(*near: str) -> Answer:
    cited = quoting(*near).citations if near else ()
    return Answer("q", refusal=Refusal(Reason.ONLY_NEAR, "No.", cited))


ANSWER = Labels("when", Expect.ANSWER, (sentence(GOLD),), (sentence(NEAR),))
REFUSE = Labels("near", Expect.REFUSE)
TOPIC = Labels("topic", Expect.TOPIC, topic_articles=frozenset("a"))
CHAT = Labels("talk", Expect.CHAT)


@pytest.mark.parametrize(
    ("labels", "answer", "is_satisfied"),
    [
        (ANSWER, quoting(GOLD), True),
        (ANSWER, quoting("the bridge fell on Monday"), True),  # a part of it
        (ANSWER, quoting(f"{GOLD} It had stood for long."), True),  # more than it
        (ANSWER, quoting(GOLD, article="b"), False),
        (ANSWER, quoting(NEAR, GOLD), False),
        (ANSWER, quoting(GOLD, NEAR), True),
        (ANSWER, refusing(), False),
        (REFUSE, refusing(NEAR), True),
        (REFUSE, quoting(GOLD), False),
        (TOPIC, quoting(GOLD, NEAR), True),
        (TOPIC, quoting(GOLD, article="b"), False),
        (TOPIC, refusing(), False),
        (CHAT, refusing(), True),
        (CHAT, refusing(NEAR), False),
        (CHAT, quoting(GOLD), False),
    ],
)
def test_who_is_satisfied(labels: Labels, answer: Answer, is_satisfied: bool):
    assert labels.is_satisfied(answer) == is_satisfied


def test_noise_is_the_share_of_quotations_that_nobody_wants():
    assert ANSWER.noise(quoting(GOLD, NEAR, "A ship came.", "It was late.")) == 0.5
    assert TOPIC.noise(quoting(GOLD, "A ship came.")) == 0
    assert ANSWER.noise(refusing()) is None
    assert REFUSE.noise(quoting(GOLD)) is None


def test_the_first_gold_sentence_has_a_rank():
    ranked = [("a", NEAR), ("b", GOLD), ("a", GOLD), ("a", GOLD)]
    assert ANSWER.rank_of_gold(ranked) == 3
    assert ANSWER.rank_of_gold(ranked[:2]) is None
    assert ANSWER.rank_of_gold([]) is None


def test_a_text_without_words_is_no_sentence():
    assert not ANSWER.is_gold("a", "— …")
