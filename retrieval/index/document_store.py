"""A library behind Haystack's DocumentStore protocol, for use in other pipelines.

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
_Blocking = Callable[Concatenate["ArticleDocumentStore", P], T]
_Async = Callable[Concatenate["ArticleDocumentStore", P], Coroutine[Any, Any, T]]


def _blocking_and_async(work: _Work[P, T]) -> tuple[_Blocking[P, T], _Async[P, T]]:
    """A method that waits for the store's thread, and its twin that lets other tasks go on."""

    @wraps(work)
    def blocking(self: ArticleDocumentStore, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._worker.submit(work, self._library, *args, **kwargs).result()

    @wraps(work)
    async def awaited(self: ArticleDocumentStore, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.wrap_future(self._worker.submit(work, self._library, *args, **kwargs))

    return blocking, awaited


class ArticleDocumentStore:
    """Each passage of a library as a Document, and Documents stored beside the articles.

    A passage of an article has the id "article:version:start:end". Its meta has article_id,
    version, title, url, source, author, published, updated, language, start and end, as far as
    they are known. To delete it deletes its article. It cannot be updated; ingest the article
    again instead. A Document that was written is a passage of its own: it can be searched, but no
    answer quotes it.

    Embeddings are stored in half precision, all of one dimension, and compared by their cosine.
    Filters select before anything is searched, so that `top_k` Documents come back whenever so
    many match; corpus.storage.filters has their grammar.

    The methods are those of LibraryDocuments, each with an `_async` twin. Any thread may call
    them; one thread does the work, in the order of the calls. They may raise StoreError, a
    sentence that says what to do, and FilterError.
    """

    def __init__(
        self,
        path: str | Path | None = None,
        *,
        database: Secret | None = None,
        library: str = DEFAULT,
    ) -> None:
        """Open a library, or make it if it is not there.

        Args:
            path: The library's file, None for a library in memory or in a database.
            database: PostgreSQL's connection string, for a library in a database.
            library: The library's name in the database.

        Raises:
            StoreError: The library cannot be opened.
        """
        self.path = None if path is None else Path(path)
        self.database = database
        self.library = library
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="document-store")
        try:
            self._library = self._worker.submit(self._open).result()
        except BaseException:
            self._worker.shutdown()
            raise

    def _open(self) -> LibraryDocuments:
        if self.database is None:
            return LibraryDocuments.of_file(self.path)
        return LibraryDocuments.of_database(str(self.database.resolve_value()), self.library)

    def close(self) -> None:
        """Finish the work that was asked for, and close the library."""
        self._worker.submit(self._library.close)
        self._worker.shutdown()

    def __enter__(self) -> Self:
        """Return the store, which is closed after the block."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Close the store."""
        self.close()

    def to_dict(self) -> dict[str, Any]:
        """What Haystack writes down: which library it is, not its Documents."""
        if self.database is not None:
            return default_to_dict(self, database=self.database.to_dict(), library=self.library)
        return default_to_dict(self, path=None if self.path is None else str(self.path))

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> ArticleDocumentStore:
        """Open the library that `to_dict` named."""
        parameters = dict(data.get("init_parameters", {}))
        if "database" in parameters:
            deserialize_secrets_inplace(parameters, ["database"])
        made: ArticleDocumentStore = default_from_dict(cls, {**data, "init_parameters": parameters})
        return made

    count_documents, count_documents_async = _blocking_and_async(LibraryDocuments.count_documents)
    count_documents_by_filter, count_documents_by_filter_async = _blocking_and_async(
        LibraryDocuments.count_documents_by_filter
    )
    filter_documents, filter_documents_async = _blocking_and_async(
        LibraryDocuments.filter_documents
    )
    write_documents, write_documents_async = _blocking_and_async(LibraryDocuments.write_documents)
    delete_documents, delete_documents_async = _blocking_and_async(
        LibraryDocuments.delete_documents
    )
    delete_all_documents, delete_all_documents_async = _blocking_and_async(
        LibraryDocuments.delete_all_documents
    )
    delete_by_filter, delete_by_filter_async = _blocking_and_async(
        LibraryDocuments.delete_by_filter
    )
    update_by_filter, update_by_filter_async = _blocking_and_async(
        LibraryDocuments.update_by_filter
    )
    count_unique_metadata_by_filter, count_unique_metadata_by_filter_async = _blocking_and_async(
        LibraryDocuments.count_unique_metadata_by_filter
    )
    get_metadata_fields_info, get_metadata_fields_info_async = _blocking_and_async(
        LibraryDocuments.get_metadata_fields_info
    )
    get_metadata_field_min_max, get_metadata_field_min_max_async = _blocking_and_async(
        LibraryDocuments.get_metadata_field_min_max
    )
    get_metadata_field_unique_values, get_metadata_field_unique_values_async = _blocking_and_async(
        LibraryDocuments.get_metadata_field_unique_values
    )
    embedding_retrieval, embedding_retrieval_async = _blocking_and_async(
        LibraryDocuments.embedding_retrieval
    )
    bm25_retrieval, bm25_retrieval_async = _blocking_and_async(LibraryDocuments.bm25_retrieval)
