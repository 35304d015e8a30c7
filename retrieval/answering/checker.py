"""Checks every statement of an answer against the sentences that it cites."""

from __future__ import annotations

from dataclasses import replace

from haystack import component

from retrieval.answering.answer import Answer, Cut, Statement
from retrieval.answering.citation import Citation
from retrieval.answering.number_conflicts import find_differences
from retrieval.answering.support import supporters, unsupported
from retrieval.language.no_reason import describe_missing_reason
from retrieval.language.tokens import QuestionType, classify_question
from retrieval.wording.formatting import one_line


@component
class Checker:
    """Haystack component that lets through an answer's supported statements only."""

    @component.output_types(answer=Answer)
    def run(self, answer: Answer) -> dict[str, Answer]:
        """Check an answer; see `check_answer`."""
        return {"answer": check_answer(answer)}


def check_answer(answer: Answer) -> Answer:
    """Compare each statement with the sentences that it cites; a refusal stays as it is.

    A quotation must be its citation's, word for word. Any other statement keeps the citations
    that support it. A statement without support is replaced by the quotations it cites and noted
    in `cut`, so some statement always stands. No statement stands twice. Where two citations
    give different numbers for one thing, `differences` has them.
    """
    kept: list[Statement] = []
    cut = list(answer.cut)
    for statement in answer.statements:
        quotes = [answer.citations[number - 1].quote for number in statement.citations]
        if statement.is_quotation and [statement.text] == [one_line(quote) for quote in quotes]:
            kept.append(statement)
        elif not statement.is_quotation and (held := _supporters(answer, statement, quotes)):
            numbers = tuple(statement.citations[at] for at in held)
            kept.append(replace(statement, citations=numbers))
        else:
            cut.append(cut_statement(statement.text, quotes))
            kept += [quote_statement(answer.citations, number) for number in statement.citations]
    return replace(
        answer,
        statements=tuple(dict.fromkeys(kept)),
        cut=tuple(cut),
        differences=find_differences(answer.citations),
    )


def no_reason_statement(question: str, citation: Citation) -> str | None:
    """What the program says of a citation that gives no reason for what the question asks.

    None for a question that does not ask why, and where the citation does not say that no reason
    was given.
    """
    if classify_question(question) is not QuestionType.WHY:
        return None
    return describe_missing_reason(citation.quote, question, citation.context)


def is_supported(answer: Answer, statement: Statement) -> bool:
    """Whether a statement of the answer says nothing that its citations do not say."""
    quotes = [answer.citations[number - 1].quote for number in statement.citations]
    return not unsupported(statement.text, quotes) or bool(_supporters(answer, statement, quotes))


def _supporters(answer: Answer, statement: Statement, quotes: list[str]) -> tuple[int, ...]:
    """Where among the statement's citations those are that support it."""
    return supporters(statement.text, quotes) or tuple(
        at
        for at, number in enumerate(statement.citations)
        if no_reason_statement(answer.question, answer.citations[number - 1]) == statement.text
    )


def quote_statement(citations: tuple[Citation, ...], number: int) -> Statement:
    """Make a statement of the quotation of citation `number`, counted from 1, in one line."""
    return Statement(one_line(citations[number - 1].quote), (number,))


def cut_statement(text: str, quotes: list[str]) -> Cut:
    """Note a statement that is cut, with what in it is not in the quotations."""
    why = tuple(f"{finding.kind}: {finding.text}" for finding in unsupported(text, quotes))
    return Cut(text, why or ("not word for word",))
