"""The two searches as Haystack components: by meaning and by words.

Both give Documents of passages, best first, with the passage's id as theirs and neither
text nor embedding: a pipeline copies whatever passes through it.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain, zip_longest
from typing import Any

import numpy as np
from haystack import Document, component, default_from_dict, default_to_dict

from retrieval.index.library import Library
from retrieval.index.prefilter import Selection
from retrieval.index.vectors import Hits
from retrieval.language.periods import Period
from retrieval.query.scope import Restriction

TOP_K = 20


@component
class VectorRetriever:
    """The passages whose embeddings are nearest to the question's."""

    def __init__(self, library: Library, top_k: int = TOP_K) -> None:
        self.library = library
        self.top_k = top_k

    @component.output_types(documents=list[Document])
    def run(
        self,
        embedding: np.ndarray,
        period: Period | None = None,
        restriction: Restriction | None = None,
    ) -> dict[str, list[Document]]:
        index = self.library.refresh_index()
        return _found(
            self.library,
            period,
            restriction,
            lambda within: index.search_by_meaning(embedding, self.top_k, within),
        )

    def to_dict(self) -> dict[str, Any]:
        return default_to_dict(self, library=self.library.to_dict(), top_k=self.top_k)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> VectorRetriever:
        made: VectorRetriever = default_from_dict(cls, with_library(data))
        return made


@component
class KeywordRetriever:
    """The passages that BM25 ranks first for the question's words; none when it has none."""

    def __init__(self, library: Library, top_k: int = TOP_K) -> None:
        self.library = library
        self.top_k = top_k

    @component.output_types(documents=list[Document])
    def run(
        self,
        query: str,
        period: Period | None = None,
        restriction: Restriction | None = None,
    ) -> dict[str, list[Document]]:
        index = self.library.refresh_index()
        return _found(
            self.library,
            period,
            restriction,
            lambda within: index.search_by_words(query, self.top_k, within),
        )

    def to_dict(self) -> dict[str, Any]:
        return default_to_dict(self, library=self.library.to_dict(), top_k=self.top_k)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> KeywordRetriever:
        made: KeywordRetriever = default_from_dict(cls, with_library(data))
        return made


def _found(
    library: Library,
    period: Period | None,
    restriction: Restriction | None,
    search: Callable[[Selection | None], Hits],
) -> dict[str, list[Document]]:
    """What the search finds; with a relative period, by turns that and what it finds of then.

    So the newest is read in a large library, and what has no date in any.
    """
    filters = None if restriction is None else restriction.filters
    found = search(library.select(filters))
    if period is not None and period.is_relative:
        of_then = search(library.select_published_in(period, filters))
        turns = chain.from_iterable(zip_longest(of_then, found))
        found = list(dict(one for one in turns if one is not None).items())
    return {"documents": [Document(id=str(number), score=score) for number, score in found]}


def with_library(data: dict[str, Any]) -> dict[str, Any]:
    """A component's serialised form with its library opened; components do not share it."""
    parameters = data["init_parameters"]
    library = Library.from_dict(parameters["library"])
    return {**data, "init_parameters": {**parameters, "library": library}}


def passage_ids(documents: list[Any]) -> list[int]:
    """The ids of the passages that the Documents stand for, in their order."""
    return [int(document.id) for document in documents]
