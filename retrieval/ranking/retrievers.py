"""Searches the passages by meaning and by words; both searches are Haystack components.

They return Documents that stand for passages, best first. A Document has the passage's id, and
neither its text nor its embedding, because a pipeline copies whatever passes through it.
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
    """Haystack component: the passages whose embeddings are nearest to the question's."""

    def __init__(self, library: Library, top_k: int = TOP_K) -> None:
        """Search `library` for `top_k` passages."""
        self.library = library
        self.top_k = top_k

    @component.output_types(documents=list[Document])
    def run(
        self,
        embedding: np.ndarray,
        period: Period | None = None,
        restriction: Restriction | None = None,
    ) -> dict[str, list[Document]]:
        """Search by meaning.

        Args:
            embedding: The question's, a unit row of shape (d,).
            period: The time that the question speaks of; None for none.
            restriction: The articles to search; None for all.

        Returns:
            `documents`, best first.
        """
        index = self.library.refresh_index()
        return _found(
            self.library,
            period,
            restriction,
            lambda within: index.search_by_meaning(embedding, self.top_k, within),
        )

    def to_dict(self) -> dict[str, Any]:
        """The component as Haystack writes pipelines down."""
        return default_to_dict(self, library=self.library.to_dict(), top_k=self.top_k)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> VectorRetriever:
        """Make it again from `to_dict`; its library is opened."""
        made: VectorRetriever = default_from_dict(cls, with_library(data))
        return made


@component
class KeywordRetriever:
    """Haystack component: the passages that BM25 ranks first for the question's words."""

    def __init__(self, library: Library, top_k: int = TOP_K) -> None:
        """Search `library` for `top_k` passages."""
        self.library = library
        self.top_k = top_k

    @component.output_types(documents=list[Document])
    def run(
        self,
        query: str,
        period: Period | None = None,
        restriction: Restriction | None = None,
    ) -> dict[str, list[Document]]:
        """Search by words.

        Args:
            query: The question.
            period: The time that the question speaks of; None for none.
            restriction: The articles to search; None for all.

        Returns:
            `documents`, best first; none where the question has no words to search for.
        """
        index = self.library.refresh_index()
        return _found(
            self.library,
            period,
            restriction,
            lambda within: index.search_by_words(query, self.top_k, within),
        )

    def to_dict(self) -> dict[str, Any]:
        """The component as Haystack writes pipelines down."""
        return default_to_dict(self, library=self.library.to_dict(), top_k=self.top_k)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> KeywordRetriever:
        """Make it again from `to_dict`; its library is opened."""
        made: KeywordRetriever = default_from_dict(cls, with_library(data))
        return made


def _found(
    library: Library,
    period: Period | None,
    restriction: Restriction | None,
    search: Callable[[Selection | None], Hits],
) -> dict[str, list[Document]]:
    """Search once; with a relative period ("yesterday") a second time within that period.

    The two results take turns. So the newest passages are found in a large library, and those
    without a date are found too.
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
