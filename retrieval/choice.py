"""Of the sentences that were read, those that make the answer; and what became of each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from corpus.reading import StoredSentence
from retrieval.differ import differing
from retrieval.reader import Reading, Scored
from retrieval.when import is_later

MAX_SENTENCES = 3  # and one more that gives another number
NEAR_COPY = 0.92  # cosine above which a second sentence says nothing new


class Fate(StrEnum):
    """What became of a sentence that was read, in words for whoever asks why."""

    KEPT = "kept"
    RIVAL = "kept: another article gives another number"
    REPEATS = "cut: it says what a better one says"
    UNLIKELY = "cut: much less likely than the best"
    ENOUGH = "cut: better ones were enough"
    UNSURE = "cut: not sure enough to answer"
    OLDER = "cut: from before the time asked about"
    CONTRADICTS = "kept: it contradicts the question"
    BESIDE = "cut: another one contradicts the question"

    @property
    def is_kept(self) -> bool:
        return self.value.startswith("kept")


@dataclass(frozen=True, slots=True)
class Choice:
    """The sentences of the answer in order; and of each that was read, best first, its fate."""

    sentences: tuple[StoredSentence, ...]
    fates: tuple[Fate, ...]


def choose(reading: Reading, margin: float) -> Choice:
    """The sentences of the answer, the best first and then in the order of their articles.

    Those within `margin` of the best one's score and not saying the same; none when the reading is
    not sure enough. Where another article gives another number for what the best one
    counts, that sentence is there too, and the later of the two comes first.
    """
    if not reading.is_sure:
        return Choice((), (Fate.UNSURE,) * len(reading.ranked))
    best, *others = reading.ranked
    kept = [best.sentence]
    fates = [Fate.KEPT]
    for scored in others:
        fates.append(_fate(scored, best.score - margin, kept))
        if fates[-1] is Fate.KEPT:
            kept.append(scored.sentence)
    first, rest = [best.sentence], kept[1:]
    for at, scored in enumerate(reading.ranked):
        if _disagrees(best.sentence, scored.sentence):
            fates[at] = Fate.RIVAL
            rest = [one for one in rest if one is not scored.sentence]
            is_later = _is_later(scored.sentence, best.sentence)
            (first if is_later else rest).insert(0, scored.sentence)
            break
    rest.sort(key=lambda s: (s.article.id, s.start))
    return Choice((*first, *rest), tuple(fates))


def _fate(scored: Scored, least: float, kept: list[StoredSentence]) -> Fate:
    if scored.score < least:
        return Fate.UNLIKELY
    if len(kept) == MAX_SENTENCES:
        return Fate.ENOUGH
    if any(_repeats(one, scored.sentence) for one in kept):
        return Fate.REPEATS
    return Fate.KEPT


def _repeats(kept: StoredSentence, other: StoredSentence) -> bool:
    """Whether it says the same in nearly the same words, numbers and all."""
    cosine = float(kept.embedding @ other.embedding.astype(np.float32))
    return cosine >= NEAR_COPY and not _disagrees(kept, other)


def _disagrees(one: StoredSentence, other: StoredSentence) -> bool:
    return one.article.id != other.article.id and differing(one.text, other.text) is not None


def _is_later(one: StoredSentence, other: StoredSentence) -> bool:
    return is_later(one.article.published, other.article.published)
