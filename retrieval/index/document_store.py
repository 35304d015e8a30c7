"""ArticleDocumentStore: a library behind Haystack's DocumentStore protocol.

https://docs.haystack.deepset.ai/docs/document-store
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from haystack import default_from_dict, default_to_dict
from haystack.utils import Secret, deserialize_secrets_inplace

from corpus.storage.locations import DEFAULT
from retrieval.index.documents import LibraryDocuments

P = ParamSpec("P")
T = TypeVar("T")

_Work = Callable[Concatenate[LibraryDocuments, P], T]
_Now = Callable[Concatenate["ArticleDocumentStore", P], T]
_Soon = Callable[Concatenate["ArticleDocumentStore", P], Coroutine[Any, Any, T]]


def _now_and_soon(work: _Work[P, T]) -> tuple[_Now[P, T], _Soon[P, T]]:
    """The method that waits for the store's thread, and its twin that lets others go on."""

    @wraps(work)
    def now(self: ArticleDocumentStore, /, *given: P.args, **named: P.kwargs) -> T:
        return self._worker.submit(work, self._library, *given, **named).result()

    @wraps(work)
    async def soon(self: ArticleDocumentStore, /, *given: P.args, **named: P.kwargs) -> T:
        return await asyncio.wrap_future(self._worker.submit(work, self._library, *given, **named))

    return now, soon


class ArticleDocumentStore:
    """Every passage of a library as a Document, and Documents kept in it beside the articles.

    A passage of an article has the id "article:version:start:end", and as meta article_id,
    version, title, url, source, author, published, updated, language, start and end, as far as
    they are known. Deleting it deletes its article; it cannot be updated, but read in again. A
    Document that was written is a passage of its own: it can be searched, and no answer quotes it.

    Embeddings are kept in half precision, all of one dimension, and compared by their cosine.
    Filters select before anything is searched, so that `top_k` Documents come back whenever
    so many match; corpus.storage.filters says what they may say.

    Methods are those of LibraryDocuments, each with an `_async` twin. They may raise StoreError
    (a sentence that says what to do) and FilterError, and be called from any thread: one
    thread does the work, in the order in which it was asked for.
    """

    def __init__(
        self,
        path: str | Path | None = None,
        *,
        database: Secret | None = None,
        library: str = DEFAULT,
    ) -> None:
        """`path` is the library's file, made when it is not there; None for one in memory.

        With `database`, a secret that is PostgreSQL's connection string, it is the library of
        that name in there.
        """
        self.path = None if path is None else Path(path)
        self.database = database
        self.library = library
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="document-store")
        try:
            self._library = self._worker.submit(self._opened).result()
        except BaseException:
            self._worker.shutdown()
            raise

    def _opened(self) -> LibraryDocuments:
        if self.database is None:
            return LibraryDocuments.of_file(self.path)
        return LibraryDocuments.of_database(str(self.database.resolve_value()), self.library)

    def close(self) -> None:
        """Finish what was asked for, and let go of the file."""
        self._worker.submit(self._library.close)
        self._worker.shutdown()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def to_dict(self) -> dict[str, Any]:
        """Which library it is; the Documents stay where they are."""
        if self.database is not None:
            return default_to_dict(self, database=self.database.to_dict(), library=self.library)
        return default_to_dict(self, path=None if self.path is None else str(self.path))

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> ArticleDocumentStore:
        parameters = dict(data.get("init_parameters", {}))
        if "database" in parameters:
            deserialize_secrets_inplace(parameters, ["database"])
        made: ArticleDocumentStore = default_from_dict(cls, {**data, "init_parameters": parameters})
        return made

    count_documents, count_documents_async = _now_and_soon(LibraryDocuments.count_documents)
    count_documents_by_filter, count_documents_by_filter_async = _now_and_soon(
        LibraryDocuments.count_documents_by_filter
    )
    filter_documents, filter_documents_async = _now_and_soon(LibraryDocuments.filter_documents)
    write_documents, write_documents_async = _now_and_soon(LibraryDocuments.write_documents)
    delete_documents, delete_documents_async = _now_and_soon(LibraryDocuments.delete_documents)
    delete_all_documents, delete_all_documents_async = _now_and_soon(
        LibraryDocuments.delete_all_documents
    )
    delete_by_filter, delete_by_filter_async = _now_and_soon(LibraryDocuments.delete_by_filter)
    update_by_filter, update_by_filter_async = _now_and_soon(LibraryDocuments.update_by_filter)
    count_unique_metadata_by_filter, count_unique_metadata_by_filter_async = _now_and_soon(
        LibraryDocuments.count_unique_metadata_by_filter
    )
    get_metadata_fields_info, get_metadata_fields_info_async = _now_and_soon(
        LibraryDocuments.get_metadata_fields_info
    )
    get_metadata_field_min_max, get_metadata_field_min_max_async = _now_and_soon(
        LibraryDocuments.get_metadata_field_min_max
    )
    get_metadata_field_unique_values, get_metadata_field_unique_values_async = _now_and_soon(
        LibraryDocuments.get_metadata_field_unique_values
    )
    embedding_retrieval, embedding_retrieval_async = _now_and_soon(
        LibraryDocuments.embedding_retrieval
    )
    bm25_retrieval, bm25_retrieval_async = _now_and_soon(LibraryDocuments.bm25_retrieval)
