"""What speaks for a sentence as the answer to a question: numbers for the reader to weigh."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

from retrieval.language.tokens import (
    QuestionType,
    Word,
    classify_question,
    has_causal_cue,
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


_BEFORE_ROLE = 3  # words between a name and the role behind it

NAMES = (
    "cosine",
    "passage_cosine",
    "coverage",
    "passage_coverage",
    "name_coverage",
    "pairs",
    "fits",
    "no_number",
    "no_date",
    "no_name",
    "nearness",
    "passage_rank",
    "short",
    "long",
    "lead",
    "asks",
    "before_coverage",
    "rare_coverage",
    "rare_passage_coverage",
    "rare_around_coverage",
    "rare_title_coverage",
    "context_cosine",
    "names_role",
)
"""The signals, in the order in which `signals` returns them."""


def fits(asked: Asked, sentence: Sequence[Word], text: str) -> list[int]:
    """Where in the sentence stands what the question asks for and does not itself say."""
    if asked.kind is QuestionType.WHY:
        return [0] if has_causal_cue(text) else []
    new = [(i, w) for i, w in enumerate(sentence) if w.key not in asked.all_keys]
    if asked.kind is QuestionType.NUMBER:
        return [i for i, w in new if w.is_number]
    if asked.kind is QuestionType.WHEN:
        return [i for i, w in new if w.is_date]
    if asked.kind in (QuestionType.WHO, QuestionType.WHERE):
        return [i for i, w in new if w.is_name]
    return []


def names_role(asked: Asked, sentence: Sequence[Word]) -> bool:
    """Whether the sentence says who holds the role that is asked for: Ambassador Antonov.

    A word of the question that is no name, with a new name right behind it, or one that ends
    shortly before it: Maria Zakharova, the ministry's spokesperson.
    """
    if asked.kind is not QuestionType.WHO:
        return False
    new = [w.is_name and w.key not in asked.all_keys for w in sentence]
    return any(
        w.key in asked.weights
        and w.key not in asked.names
        and (any(new[i + 1 : i + 2]) or any(new[max(0, i - _BEFORE_ROLE) : i]))
        for i, w in enumerate(sentence)
    )


def signals(
    asked: Asked,
    text: str,
    *,
    cosine: float,
    passage_cosine: float,
    context_cosine: float,
    passage_keys: frozenset[str],
    before_keys: frozenset[str],
    title_keys: frozenset[str],
    passage_rank: int,
    is_lead: bool,
) -> list[float]:
    """One sentence's signals, in the order of `NAMES`, each about 0 to 1.

    `passage_keys` are the keys of its passage and its article's title, `before_keys` those
    of the sentence before it, `title_keys` the title's; `context_cosine` is that of the sentence
    with half of the one before it; `passage_rank` counts from 0.
    """
    row = tokenize_words(text)
    keys = frozenset(w.key for w in row)
    places = fits(asked, row, text)
    content = [w.key for w in row if not w.is_stop]
    near = {*pairwise(content), *zip(content, content[2:], strict=False)}
    wanted = list(pairwise(asked.keys))
    held = [i for i, w in enumerate(row) if w.key in asked.weights]
    nearness = 0.0
    if places and held and asked.kind is not QuestionType.WHY:
        gap = min(abs(i - j) for i in places for j in held)
        nearness = 1 / gap if gap else 1.0
    return [
        cosine,
        passage_cosine,
        asked.coverage(keys),
        asked.coverage(passage_keys),
        asked.name_coverage(keys),
        sum(pair in near or pair[::-1] in near for pair in wanted) / len(wanted) if wanted else 0.0,
        float(bool(places)),
        float(asked.kind is QuestionType.NUMBER and not places),
        float(asked.kind is QuestionType.WHEN and not places),
        float(asked.kind in (QuestionType.WHO, QuestionType.WHERE) and not places),
        nearness,
        1 / (1 + passage_rank),
        float(len(row) < 5),
        min(len(row) / 60, 1.0),
        float(is_lead),
        float(text.rstrip("”\"' ").endswith("?")),
        asked.coverage(before_keys),
        asked.rare_coverage(keys),
        asked.rare_coverage(passage_keys),
        asked.rare_coverage(keys | before_keys | title_keys),
        asked.rare_coverage(title_keys),
        context_cosine,
        float(names_role(asked, row)),
    ]
