"""Joins the rankings of both searches into one.

Cormack, Clarke & Büttcher, Reciprocal Rank Fusion (2009): a passage counts 1 / (K + rank) in each
ranking. Haystack's DocumentJoiner has their K of 60 built in, with which twentieth place is worth
three quarters of the first. That is for rankings of whole systems; of these two, each puts what
answers at its very top or not at all.
"""

# Not "from __future__ import annotations": Haystack would not see that the input is variadic.
from collections.abc import Iterable, Sequence
from dataclasses import replace

from haystack import Document, component
from haystack.core.component.types import Variadic

K = 5


def fuse(rankings: Iterable[Sequence[Document]]) -> list[Document]:
    """All documents, each once, best first; the score is 1 for what is first in every ranking.

    Of equals, the one that is found first comes first.
    """
    lists = list(rankings)
    scores: dict[str, float] = {}
    found: dict[str, Document] = {}
    for documents in lists:
        for rank, document in enumerate(documents):
            found.setdefault(document.id, document)
            scores[document.id] = scores.get(document.id, 0.0) + (K + 1) / (K + 1 + rank)
    order = sorted(scores, key=lambda id_: -scores[id_])
    return [replace(found[id_], score=scores[id_] / len(lists)) for id_ in order]


@component
class RankFusion:
    """Haystack component: any number of rankings to one."""

    @component.output_types(documents=list[Document])
    def run(self, documents: Variadic[list[Document]]) -> dict[str, list[Document]]:
        """Join the rankings, each best first, into `documents`, best first."""
        return {"documents": fuse(documents)}
