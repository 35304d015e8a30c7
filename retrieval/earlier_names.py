"""Loads a Haystack pipeline that an earlier release wrote down, with its names for our classes.

`Pipeline.to_dict` names each component by module and class, such as
"retrieval.retrievers.VectorRetriever". `Pipeline.from_dict` looks that name up in Haystack's
registry of components, and imports the module where the registry does not have it. The modules
have since moved into rooms; this file is the one place that knows where.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

CURRENT_NAMES = {
    "retrieval.answerer.Answerer": "retrieval.answering.answerer.Answerer",
    "retrieval.checked.Checker": "retrieval.answering.checker.Checker",
    "retrieval.document_store.ArticleDocumentStore": (
        "retrieval.index.document_store.ArticleDocumentStore"
    ),
    "retrieval.embedder.QuestionEmbedder": "retrieval.encoders.embedder.QuestionEmbedder",
    "retrieval.fusion.RankFusion": "retrieval.ranking.fusion.RankFusion",
    "retrieval.reader.Reader": "retrieval.ranking.reader.Reader",
    "retrieval.retrievers.KeywordRetriever": "retrieval.ranking.retrievers.KeywordRetriever",
    "retrieval.retrievers.VectorRetriever": "retrieval.ranking.retrievers.VectorRetriever",
}
"""Each name that an earlier release wrote down, and the class's name now."""

REMOVED_NAMES = {
    "retrieval.ranking.SentenceRanker": "the Reader reads the passages itself now, so no component "
    "ranks sentences before it. Make the pipeline again with retrieval.answering.pipeline.build, "
    "and write it down again",
}
"""Each name of a class that is no more, and what to do."""


def install_earlier_modules() -> None:
    """Let the modules of earlier releases be imported, as far as they held these classes."""
    if not any(isinstance(finder, _EarlierModules) for finder in sys.meta_path):
        sys.meta_path.append(_EarlierModules())  # last: asked only for what is nowhere else


def register_earlier_components() -> None:
    """Enter the earlier names into Haystack's registry of components; imports Haystack."""
    from haystack import component

    for earlier, current in CURRENT_NAMES.items():
        component.registry.setdefault(earlier, _loader(current))
    for earlier, advice in REMOVED_NAMES.items():
        component.registry.setdefault(earlier, _refuser(earlier, advice))


def _loader(current: str) -> type:
    """A class whose `from_dict` makes an object of the class that is called `current` now.

    It imports that class only then, so that to register costs nothing.
    """

    class EarlierName:
        @classmethod
        def from_dict(cls, data: dict[str, Any]) -> object:
            from haystack import default_from_dict

            module, name = current.rsplit(".", 1)
            found = getattr(import_module(module), name)
            from_dict = getattr(found, "from_dict", None)
            renamed = {**data, "type": current}
            return from_dict(renamed) if from_dict else default_from_dict(found, renamed)

    EarlierName.__name__ = EarlierName.__qualname__ = current.rsplit(".", 1)[1]
    return EarlierName


def _refuser(earlier: str, advice: str) -> type:
    """A class whose `from_dict` says what to do."""

    class RemovedName:
        @classmethod
        def from_dict(cls, data: dict[str, Any]) -> object:
            from haystack.core.errors import DeserializationError

            raise DeserializationError(f"{earlier} is no more: {advice}.")

    RemovedName.__name__ = RemovedName.__qualname__ = earlier.rsplit(".", 1)[1]
    return RemovedName


class _EarlierModules(MetaPathFinder, Loader):
    """Finds modules of earlier releases; each has only the classes that can be loaded by name."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        known = (*CURRENT_NAMES, *REMOVED_NAMES)
        is_known = any(name.rsplit(".", 1)[0] == fullname for name in known)
        return ModuleSpec(fullname, self) if is_known else None

    def exec_module(self, module: ModuleType) -> None:
        register_earlier_components()
        for earlier, current in CURRENT_NAMES.items():
            place, name = earlier.rsplit(".", 1)
            if place == module.__name__:
                setattr(module, name, _loader(current))
