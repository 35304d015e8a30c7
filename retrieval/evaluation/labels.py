"""Judges answers by labels that somebody wrote while reading the articles.

Accepted strings say whether an answer is right; these labels say whether whoever asked is
satisfied: the first quotation answers by itself, or the refusal is an honest one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from retrieval.answering.answer import Answer
from retrieval.answering.citation import Citation

_NO_WORD = re.compile(r"[^\w%$€£.]+")


class Expect(StrEnum):
    """What a question wants."""

    ANSWER = "answer"
    REFUSE = "refuse"
    TOPIC = "topic"
    CHAT = "chat"


@dataclass(frozen=True, slots=True)
class LabelledSentence:
    """A sentence of an article, as its words."""

    article_id: str
    words: str

    @classmethod
    def of(cls, article_id: str, text: str) -> LabelledSentence:
        """The sentence with its words in small letters, without most marks."""
        return cls(article_id, " ".join(_NO_WORD.sub(" ", text.lower()).split()))

    def is_same(self, other: LabelledSentence) -> bool:
        """Whether one is the other or a part of it, in the same article."""
        if self.article_id != other.article_id or not self.words or not other.words:
            return False
        return self.words in other.words or other.words in self.words


@dataclass(frozen=True, slots=True)
class Labels:
    """What was written beside one question.

    `gold` are the sentences that answer by themselves, best first; `relevant` those that nobody
    minds to see; `topic_articles` the articles on its topic.
    """

    kind: str
    expect: Expect
    gold: tuple[LabelledSentence, ...] = ()
    relevant: tuple[LabelledSentence, ...] = ()
    topic_articles: frozenset[str] = frozenset()
    is_paraphrase: bool = False

    def is_gold(self, article_id: str, text: str) -> bool:
        """Whether the sentence answers by itself."""
        one = LabelledSentence.of(article_id, text)
        return any(one.is_same(gold) for gold in self.gold)

    def is_satisfied(self, answer: Answer) -> bool:
        """Whether whoever asked is satisfied.

        A question that wants an answer is when the first quotation is a gold sentence; one that
        nothing answers when it is refused; a topic when it is answered from its articles only;
        talk when no article is quoted.
        """
        quoted = answer.citations
        if self.expect is Expect.ANSWER:
            return answer.answered and self._is_gold(quoted[0])
        if self.expect is Expect.REFUSE:
            return not answer.answered
        if self.expect is Expect.TOPIC:
            return answer.answered and all(one.article.id in self.topic_articles for one in quoted)
        return not quoted and not (answer.refusal and answer.refusal.near)

    def noise(self, answer: Answer) -> float | None:
        """The share of the quotations that are of no use; None where that cannot be said."""
        if self.expect not in (Expect.ANSWER, Expect.TOPIC) or not answer.answered:
            return None
        useless = [one for one in answer.citations if not self._is_useful(one)]
        return len(useless) / len(answer.citations)

    def rank_of_gold(self, sentences: Sequence[tuple[str, str]]) -> int | None:
        """The place of the first gold one, from 1, among (article id, text); None without one."""
        places = (at for at, one in enumerate(sentences, start=1) if self.is_gold(*one))
        return next(places, None)

    def _is_gold(self, citation: Citation) -> bool:
        return self.is_gold(citation.article.id, citation.quote)

    def _is_useful(self, citation: Citation) -> bool:
        one = LabelledSentence.of(citation.article.id, citation.quote)
        on_topic = self.expect is Expect.TOPIC and one.article_id in self.topic_articles
        return on_topic or any(one.is_same(other) for other in (*self.gold, *self.relevant))
