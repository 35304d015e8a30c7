"""Counts what speaks for a sentence as the answer to a question, for the reader to weigh."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

from retrieval.language.tokens import (
    QuestionType,
    classify_question,
    tokenize_words,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as the signals see it. `weights` says what each content word counts.

    `rarities` has how rare each is in the library, where that is known; others count 1.
    """

    kind: QuestionType
    keys: tuple[str, ...]
    names: frozenset[str]
    all_keys: frozenset[str]
    weights: Mapping[str, float]
    rarities: Mapping[str, float]

    @classmethod
    def of(cls, question: str, rarities: Mapping[str, float] = MappingProxyType({})) -> Asked:
        """Content words count 1, names and numbers 1.5."""
        found = tokenize_words(question)
        keys = tuple(dict.fromkeys(w.key for w in found if not w.is_stop))
        names = frozenset(
            w.key for w in found if not w.is_stop and (w.is_name or w.is_number or w.is_date)
        )
        weights = {key: 1.5 if key in names else 1.0 for key in keys}
        all_keys = frozenset(w.key for w in found)
        rare = {key: rarities.get(key, 1.0) for key in keys}
        return cls(classify_question(question), keys, names, all_keys, weights, rare)

    def coverage(self, present: frozenset[str]) -> float:
        """The share of the question's content that is `present`, by weight; 0 with none."""
        return _share(self.weights, present)

    def rare_coverage(self, present: frozenset[str]) -> float:
        """The same share with each word counting as much as it is rare."""
        return _share(self.rarities, present)

    def name_coverage(self, present: frozenset[str]) -> float:
        """The share of its names and numbers; 1 when it has none."""
        return len(self.names & present) / len(self.names) if self.names else 1.0


def _share(weights: Mapping[str, float], present: frozenset[str]) -> float:
    total = sum(weights.values())
    return sum(weight for key, weight in weights.items() if key in present) / total if total else 0


NAMES = (
    "cosine",
    "passage_cosine",
    "coverage",
    "passage_coverage",
    "name_coverage",
    "pairs",
    "passage_rank",
    "asks",
    "rare_passage_coverage",
    "rare_around_coverage",
    "rare_title_coverage",
    "context_cosine",
)
"""What the search and the words say of a sentence, in the order in which `signals` returns it.

Eleven more were weighed before the network read whole passages: whether a sentence has a number, a
date or a name where one is asked for, how near that is, its length, its place. Without them the
first sentence was right as often in all of five sets.
"""

FEATURES = (*NAMES, "evidence", "span")
"""All that is weighed of a sentence: its signals, and what the network says of it."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a sentence stands.

    `passage_keys` are the keys of the words of its passage and its article's title, `before_keys`
    those of the sentence before it, `title_keys` the title's; `passage_rank` counts from 0.
    """

    passage_keys: frozenset[str]
    before_keys: frozenset[str]
    title_keys: frozenset[str]
    passage_rank: int


@dataclass(frozen=True, slots=True)
class Cosines:
    """How near the question is, -1 to 1.

    To the sentence, to its passage, and to the sentence with half of the one before it.
    """

    sentence: float
    passage: float
    context: float


def signals(asked: Asked, text: str, at: Surroundings, cosines: Cosines) -> list[float]:
    """What the search and the words say of one sentence.

    Args:
        asked: The question.
        text: The sentence.
        at: Where it stands.
        cosines: How near it is to the question.

    Returns:
        One number for each of `NAMES`, in their order, each about 0 to 1.
    """
    row = tokenize_words(text)
    keys = frozenset(w.key for w in row)
    content = [w.key for w in row if not w.is_stop]
    near = {*pairwise(content), *zip(content, content[2:], strict=False)}
    wanted = list(pairwise(asked.keys))
    return [
        cosines.sentence,
        cosines.passage,
        asked.coverage(keys),
        asked.coverage(at.passage_keys),
        asked.name_coverage(keys),
        sum(pair in near or pair[::-1] in near for pair in wanted) / len(wanted) if wanted else 0.0,
        1 / (1 + at.passage_rank),
        float(text.rstrip("”\"' ").endswith("?")),
        asked.rare_coverage(at.passage_keys),
        asked.rare_coverage(keys | at.before_keys | at.title_keys),
        asked.rare_coverage(at.title_keys),
        cosines.context,
    ]
