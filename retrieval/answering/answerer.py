"""Turns what the reader found into an answer with citations, or into a refusal."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import Any

from haystack import component, default_from_dict, default_to_dict

from corpus.storage.passage_reader import StoredSentence
from retrieval.answering.answer import Answer, Reason, Refusal, Statement
from retrieval.answering.checker import no_reason_statement, quote_statement
from retrieval.answering.citation import Citation, newest
from retrieval.answering.cite import cite
from retrieval.answering.highlight import highlight
from retrieval.answering.sentence_choice import choose
from retrieval.answering.trace import Verdict
from retrieval.index.library import Library
from retrieval.language.periods import Period
from retrieval.query.false_premise import Contradiction, find_contradiction
from retrieval.query.scope import Restriction
from retrieval.ranking.reader import Reading
from retrieval.ranking.retrievers import with_library
from retrieval.ranking.weights import Weights
from retrieval.wording.formatting import format_date

NEAR_SHOWN = 2
# Log-odds of the words against none: of right sentences in natural questions that have such words,
# .46 show them, and .90 of those are the words that answer.
SURE_OF_WORDS = 0.0
# Below either of these, a sentence shares a word or two with the question and no more.
NEAR_MIN_COVERAGE = 0.5
NEAR_MIN_COSINE = 0.35

MESSAGES = {
    Reason.NOTHING_ON_THIS: "Nothing in the articles{told} speaks of this.",
    Reason.ONLY_NEAR: "The articles{told} do not say. They come near it, but do not answer it.",
    Reason.ONLY_OLDER: "Only articles{told} from before that time speak of this; "
    "the newest of them is from {newest}.",
    Reason.CONTRADICTED: "The articles{told} say this of {said}, not of {asked}.",
    Reason.NO_ARTICLES: "There are no articles to answer from yet; add some first.",
}
NONE_WITHIN = "There are no articles{told}."


@component
class Answerer:
    """Haystack component that makes an Answer, its citations copied from the store."""

    def __init__(self, library: Library, sentences_found: int = 0) -> None:
        """Answer from a library.

        Args:
            library: The articles.
            sentences_found: How many sentences go along with an answer for a writer.
        """
        self.library = library
        self.sentences_found = sentences_found
        self._weights = Weights.load()

    @component.output_types(answer=Answer, verdicts=tuple[Verdict, ...])
    def run(
        self,
        question: str,
        reading: Reading,
        period: Period | None = None,
        restriction: Restriction | None = None,
    ) -> dict[str, Any]:
        """Answer a question from the sentences that were read.

        Args:
            question: The question, without its time.
            reading: The sentences with their scores, best first.
            period: The time that the question speaks of; None for none.
            restriction: The articles it is restricted to; None for all.

        Returns:
            `answer`, and `verdicts`: one for each sentence of the reading, in its order.

        Raises:
            CitationLost: An article that would be quoted is damaged.
        """
        contradicted = find_contradiction(
            question, [scored.sentence.text for scored in reading.ranked]
        )
        if contradicted is not None:
            sentence = reading.ranked[contradicted.sentence].sentence
            verdicts = [Verdict.BESIDE] * len(reading.ranked)
            verdicts[contradicted.sentence] = Verdict.CONTRADICTS
            refusal = _contradicted(contradicted, self._cite(sentence), restriction)
            return {"answer": Answer(question, refusal=refusal), "verdicts": tuple(verdicts)}
        margin = self._weights.margin
        if not reading.is_sure and self._says_no_reason(question, reading):
            reading, margin = replace(reading, threshold=0.0), 0.0  # that sentence, and no other
        choice = choose(reading, margin)
        # An article from before that time cannot report what happened in it.
        timely = [s for s in choice.sentences if not _is_older(s, period)]
        citations = without_repeats([self._cite(s) for s in timely or choice.sentences])
        citations = tuple(_highlighted(citation, reading) for citation in citations)
        if timely:
            statements = _statements(question, citations)
            found = self._found(reading, citations, period)
            answer = Answer(question, statements, citations, found=found)
        elif choice.sentences:
            answer = Answer(question, refusal=_only_older(citations, restriction))
        else:
            answer = Answer(question, refusal=self._refusal(reading, restriction))
        verdicts = [
            Verdict.OLDER if verdict.is_kept and _is_older(scored.sentence, period) else verdict
            for scored, verdict in zip(reading.ranked, choice.verdicts, strict=True)
        ]
        return {"answer": answer, "verdicts": tuple(verdicts)}

    def _found(
        self, reading: Reading, chosen: tuple[Citation, ...], period: Period | None
    ) -> tuple[Citation, ...]:
        """The sentences of the answer, and the next best up to `sentences_found`."""
        timely = (s.sentence for s in reading.ranked if not _is_older(s.sentence, period))
        best = map(self._cite, islice(timely, self.sentences_found))
        known = {(c.article.id, c.start) for c in chosen}
        rest = [c for c in best if (c.article.id, c.start) not in known]
        return (*chosen, *rest)[: self.sentences_found]

    def _refusal(self, reading: Reading, restriction: Restriction | None) -> Refusal:
        if not reading.ranked:
            if self.library.store.count() == 0:
                return Refusal(Reason.NO_ARTICLES, MESSAGES[Reason.NO_ARTICLES])
            filters = None if restriction is None else restriction.filters
            selected = self.library.select(filters)
            if selected is not None and not len(selected.ids):
                return Refusal(
                    Reason.NO_ARTICLES, NONE_WITHIN.format(told=_scope_phrase(restriction))
                )
            return Refusal(Reason.NOTHING_ON_THIS, _message(Reason.NOTHING_ON_THIS, restriction))
        near = [
            scored
            for scored in reading.ranked[:NEAR_SHOWN]
            if scored.feature("coverage") >= NEAR_MIN_COVERAGE
            and scored.feature("cosine") >= NEAR_MIN_COSINE
        ]
        reason = Reason.ONLY_NEAR if near else Reason.NOTHING_ON_THIS
        return Refusal(
            reason,
            _message(reason, restriction),
            tuple(self._cite(scored.sentence) for scored in near),
        )

    def _says_no_reason(self, question: str, reading: Reading) -> bool:
        """Whether the best sentence says of what is asked that no reason was given for it.

        That is an honest answer to "why", though it gives none: the network, which looks for
        reasons, is not sure of it.
        """
        if not reading.ranked:
            return False
        best = self._cite(reading.ranked[0].sentence)
        return no_reason_statement(question, best) is not None

    def _cite(self, sentence: StoredSentence) -> Citation:
        return cite(self.library.store, sentence.ref)

    def to_dict(self) -> dict[str, Any]:
        """Its settings, as Haystack writes pipelines down."""
        return default_to_dict(
            self, library=self.library.to_dict(), sentences_found=self.sentences_found
        )

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Answerer:
        """Make it again from `to_dict`; the library is opened."""
        made: Answerer = default_from_dict(cls, with_library(data))
        return made


def without_repeats(citations: list[Citation]) -> tuple[Citation, ...]:
    """Drop the context of each citation where another citation quotes that sentence anyway."""
    quoted = {citation.quote for citation in citations}
    return tuple(
        replace(citation, context=None) if citation.context in quoted else citation
        for citation in citations
    )


def _highlighted(citation: Citation, reading: Reading) -> Citation:
    """The same with the words that answer, where the reader is sure of them."""
    for scored in reading.ranked:
        if scored.sentence.ref == citation.ref and scored.feature("span") >= SURE_OF_WORDS:
            found = highlight(citation.quote, *scored.words)
            return replace(citation, highlights=() if found is None else (found,))
    return citation


def _is_older(sentence: StoredSentence, period: Period | None) -> bool:
    return (
        period is not None and period.is_binding and period.begins_after(sentence.article.published)
    )


def _message(reason: Reason, restriction: Restriction | None, **names: str) -> str:
    return MESSAGES[reason].format(told=_scope_phrase(restriction), **names)


def _scope_phrase(restriction: Restriction | None) -> str:
    return "" if restriction is None else f" {restriction.phrase}"


def _only_older(citations: tuple[Citation, ...], restriction: Restriction | None) -> Refusal:
    message = _message(Reason.ONLY_OLDER, restriction, newest=format_date(newest(citations)))
    return Refusal(Reason.ONLY_OLDER, message, citations)


def _contradicted(
    found: Contradiction, citation: Citation, restriction: Restriction | None
) -> Refusal:
    names = {"said": found.said_of, "asked": found.asked_of}
    message = _message(Reason.CONTRADICTED, restriction, **names)
    return Refusal(Reason.CONTRADICTED, message, (citation,))


def _statements(question: str, citations: tuple[Citation, ...]) -> tuple[Statement, ...]:
    """One statement for each citation.

    Before them, a sentence that says so where the best one gives no reason for what is asked.
    """
    quotations = tuple(
        quote_statement(citations, number) for number in range(1, len(citations) + 1)
    )
    plain = no_reason_statement(question, citations[0])
    return (Statement(plain, (1,), is_quotation=False), *quotations) if plain else quotations
