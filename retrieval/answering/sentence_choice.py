"""Chooses the sentences of the answer, and gives the verdict on each that was read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from corpus.iso_dates import is_later
from corpus.storage.passage_reader import StoredSentence
from retrieval.answering.number_conflicts import conflicting_numbers
from retrieval.answering.trace import Verdict
from retrieval.ranking.reader import Reading, Scored

MAX_SENTENCES = 3  # and one more where another article gives another number
NEAR_COPY = 0.92  # cosine above which a second sentence says nothing new


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen.

    `sentences` are those of the answer, in order; `verdicts` has one for each sentence that was
    read, best first.
    """

    sentences: tuple[StoredSentence, ...]
    verdicts: tuple[Verdict, ...]


def choose(reading: Reading, margin: float) -> Choice:
    """Choose the sentences of the answer: the best first, then in the order of their articles.

    A sentence is chosen if its score is close to the best one's and it says something new. Where
    another article gives another number for what the best one counts, that sentence is chosen
    too, and the later of the two comes first. Copies of one text are one source: an article that
    is cited is cited again rather than its copy, and a later copy replaces an earlier one whose
    number it corrects.

    Args:
        reading: The sentences that were read, best first.
        margin: How far below the best score a chosen sentence may lie.

    Returns:
        The choice; no sentences where the reading is not sure enough.
    """
    ranked = reading.ranked
    if not reading.is_sure:
        return Choice((), (Verdict.UNSURE,) * len(ranked))
    best_at = _corrected(reading)
    best = ranked[best_at].sentence
    kept = [best]
    verdicts: list[Verdict | None] = [None] * len(ranked)
    verdicts[best_at] = Verdict.KEPT
    for at, scored in enumerate(ranked):
        if verdicts[at] is None:
            verdicts[at] = _verdict(scored, ranked[0].score - margin, kept, reading)
            if verdicts[at] is Verdict.KEPT:
                cited = _cited(at, kept, verdicts, reading)
                verdicts[at], verdicts[cited] = Verdict.COPIED, Verdict.KEPT
                kept.append(ranked[cited].sentence)
    first, rest = [best], kept[1:]
    for at, scored in enumerate(ranked):
        if _disagrees(best, scored.sentence) and not _corrects(best, scored.sentence, reading):
            verdicts[at] = Verdict.RIVAL
            rest = [one for one in rest if one is not scored.sentence]
            is_later = _is_later(scored.sentence, best)
            (first if is_later else rest).insert(0, scored.sentence)
            break
    rest.sort(key=lambda s: (s.article.id, s.start))
    return Choice((*first, *rest), tuple(verdict for verdict in verdicts if verdict is not None))


def _corrected(reading: Reading) -> int:
    """The place of the best sentence, or of the one in a later copy that corrects its number."""
    best = reading.ranked[0].sentence
    for at, scored in enumerate(reading.ranked):
        if _corrects(scored.sentence, best, reading):
            return at
    return 0


def _verdict(scored: Scored, least: float, kept: list[StoredSentence], reading: Reading) -> Verdict:
    if any(_corrects(one, scored.sentence, reading) for one in kept):
        return Verdict.CORRECTED
    if scored.score < least:
        return Verdict.UNLIKELY
    if len(kept) == MAX_SENTENCES:
        return Verdict.ENOUGH
    if any(_repeats(one, scored.sentence) for one in kept):
        return Verdict.REPEATS
    return Verdict.KEPT


def _cited(
    at: int, kept: list[StoredSentence], verdicts: list[Verdict | None], reading: Reading
) -> int:
    """The place of the same sentence in a copy of its article that is cited already.

    `at` itself where there is no such copy.
    """
    sentence = reading.ranked[at].sentence
    sources = {
        one.article.id
        for one in kept
        if one.article.id != sentence.article.id and reading.is_one_source(one, sentence)
    }
    for other, scored in enumerate(reading.ranked):
        same = scored.sentence
        if verdicts[other] is None and same.article.id in sources and _repeats(same, sentence):
            return other
    return at


def _corrects(one: StoredSentence, other: StoredSentence, reading: Reading) -> bool:
    """Whether the first is a later copy of the second's article and has another number."""
    dates = [s.article.updated or s.article.published for s in (one, other)]
    return (
        reading.is_one_source(one, other)
        and is_later(dates[0], dates[1])
        and _disagrees(one, other)
    )


def _repeats(kept: StoredSentence, other: StoredSentence) -> bool:
    """Whether it says the same in nearly the same words, with the same numbers."""
    cosine = float(kept.embedding @ other.embedding.astype(np.float32))
    return cosine >= NEAR_COPY and not _disagrees(kept, other)


def _disagrees(one: StoredSentence, other: StoredSentence) -> bool:
    return (
        one.article.id != other.article.id and conflicting_numbers(one.text, other.text) is not None
    )


def _is_later(one: StoredSentence, other: StoredSentence) -> bool:
    return is_later(one.article.published, other.article.published)
