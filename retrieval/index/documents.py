"""The methods of a Haystack DocumentStore, over a library; for one thread at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from haystack import Document
from haystack.document_stores.errors import DuplicateDocumentError
from haystack.document_stores.types import DuplicatePolicy
from haystack.errors import FilterError
from numpy.typing import NDArray

from corpus.storage.documents import Documents, StoredDocument
from corpus.storage.filters import FilterFault, dumped
from corpus.storage.locations import Database
from corpus.storage.store import ArticleStore
from retrieval.index.library import Filters, Library
from retrieval.index.prefilter import Selection, Selector
from retrieval.index.vectors import Hits


class LibraryDocuments:
    """The methods of Haystack's protocol, and those that its own stores have besides.

    Filters follow Haystack's grammar; what does not raises FilterError.
    https://docs.haystack.deepset.ai/docs/metadata-filtering
    """

    def __init__(self, library: Library) -> None:
        """Take a library, and get its index ready."""
        self._library = library
        self._store = library.store
        self._documents = Documents(self._store)
        self._selector = Selector(self._store)
        self._library.prepare()

    @classmethod
    def of_file(cls, path: Path | None) -> Self:
        """Open a library's file, or make it; None stands for a library in memory."""
        store = ArticleStore.open(path) if path else ArticleStore.in_memory()
        return cls(Library(store, path))

    @classmethod
    def of_database(cls, url: str, name: str) -> Self:
        """Open a library in a PostgreSQL database, or make it.

        Args:
            url: The database's connection string.
            name: The library's name.
        """
        return cls(Library.of_store(Database(url).place(name).open(), None))

    def close(self) -> None:
        """Close the library."""
        self._library.close()

    def count_documents(self) -> int:
        """How many Documents there are, each passage of an article included."""
        return self._documents.count()

    def count_documents_by_filter(self, filters: Filters) -> int:
        """How many Documents match."""
        return len(self._select(filters))

    def filter_documents(self, filters: Filters | None = None) -> list[Document]:
        """The Documents that match, with embeddings, in the order in which they were written."""
        return [_made(one) for one in self._documents.read(self._select(filters), embeddings=True)]

    def write_documents(
        self, documents: list[Document], policy: DuplicatePolicy = DuplicatePolicy.NONE
    ) -> int:
        """Store all Documents, or none if one of them cannot be stored.

        Args:
            documents: What to store.
            policy: What to do with an id that is there already; NONE means FAIL.

        Returns:
            How many were written.

        Raises:
            DuplicateDocumentError: An id is there already, and the policy does not allow that.
            ValueError: Something is no Document, has meta that JSON cannot express, or has an
                embedding of another dimension.
        """
        if not isinstance(documents, list) or not all(isinstance(d, Document) for d in documents):
            raise ValueError("write_documents wants a list of Documents.")
        written = 0
        with self._store.together():
            for document in documents:
                if self._documents.named([document.id]):
                    if policy == DuplicatePolicy.SKIP:
                        continue
                    if policy != DuplicatePolicy.OVERWRITE:
                        raise DuplicateDocumentError(f"There is a Document {document.id} already.")
                self._documents.put(_stored(document))
                written += 1
        return written

    def delete_documents(self, document_ids: list[str]) -> None:
        """Delete the Documents with these ids; an id that is not there is no error.

        To delete a passage of an article deletes the article.
        """
        self._documents.remove(self._documents.named(document_ids))

    def delete_all_documents(self) -> None:
        """Delete all Documents and all articles."""
        self._documents.remove(self._select(None).tolist())

    def delete_by_filter(self, filters: Filters) -> int:
        """Delete the Documents that match.

        Returns:
            How many Documents were deleted; the other passages of an article count too.
        """
        return self._documents.remove(self._select(filters).tolist())

    def update_by_filter(self, filters: Filters, meta: dict[str, Any]) -> int:
        """Set keys of the meta of each Document that matches.

        Args:
            filters: Which Documents to update.
            meta: The keys and their new values.

        Returns:
            How many Documents were updated.

        Raises:
            ValueError: A passage of an article matches; then nothing is changed.
        """
        with self._store.together():
            found = list(self._documents.read(self._select(filters), embeddings=True))
            for one in found:
                if one.is_of_article:
                    raise ValueError(
                        f"{one.id} is a passage of an article; read the article in again instead."
                    )
                self._documents.put(replace(one, meta=one.meta | meta))
        return len(found)

    def count_unique_metadata_by_filter(
        self, filters: Filters, metadata_fields: list[str]
    ) -> dict[str, int]:
        """How many different values each field has among the Documents that match.

        Args:
            filters: Which Documents to look at.
            metadata_fields: The fields, with or without "meta.".
        """
        return {field: len(self._values(field, filters)) for field in metadata_fields}

    def get_metadata_fields_info(self) -> dict[str, dict[str, str]]:
        """Each field's {"type": ...}, by its last value: "boolean", "int", "float" or "keyword"."""
        types = {bool: "boolean", int: "int", float: "float"}
        return {
            field: {"type": types.get(type(value), "keyword")}
            for one in self._documents.read(self._select(None))
            for field, value in one.meta.items()
            if value is not None
        }

    def get_metadata_field_min_max(self, metadata_field: str) -> dict[str, Any]:
        """The least and the greatest value of a field.

        Returns:
            {"min": ..., "max": ...} of its numbers, or of its texts if it has no numbers; None
            for both if it has neither.
        """
        values = self._values(metadata_field, None)
        some: list[Any] = [value for value in values if isinstance(value, int | float)]
        some = some or [value for value in values if isinstance(value, str)]
        return {"min": min(some, default=None), "max": max(some, default=None)}

    def get_metadata_field_unique_values(
        self,
        metadata_field: str,
        search_term: str | None = None,
        from_: int = 0,
        size: int = 10,
        filters: Filters | None = None,
    ) -> tuple[list[Any], int]:
        """A page of a field's different values.

        Args:
            metadata_field: The field, with or without "meta.".
            search_term: Only values that contain this; capitals do not matter.
            from_: How many values to skip.
            size: How many values to return at most.
            filters: Which Documents to look at, None for all.

        Returns:
            The values, sorted as texts, and how many there are on all pages.
        """
        wanted = (search_term or "").lower()
        values = [v for v in self._values(metadata_field, filters) if wanted in str(v).lower()]
        values.sort(key=lambda value: (str(value), type(value).__name__))
        return values[from_ : from_ + size], len(values)

    def _values(self, field: str, filters: Filters | None) -> list[Any]:
        """A field's different values; 1, 1.0, True and "1" are four values."""
        field = field.removeprefix("meta.")
        metas = (one.meta for one in self._documents.read(self._select(filters)))
        values = (meta[field] for meta in metas if meta.get(field) is not None)
        return list({(type(value), dumped(value)): value for value in values}.values())

    def embedding_retrieval(
        self, query_embedding: list[float], filters: Filters | None = None, top_k: int = 10
    ) -> list[Document]:
        """Find the nearest Documents.

        Args:
            query_embedding: The query's embedding; it need not be of unit length.
            filters: Which Documents to search, None for all.
            top_k: How many to find.

        Returns:
            The Documents without embeddings, nearest first; the score is the cosine.

        Raises:
            ValueError: The query's embedding has not the dimension of the embeddings here.
        """
        row = np.asarray(query_embedding, np.float32)
        norm = float(np.linalg.norm(row))
        if row.ndim != 1 or not np.isfinite(norm):
            raise ValueError("A query's embedding is a list of finite numbers.")
        index = self._library.refresh_index()
        if index.dimension not in (0, len(row)):
            raise ValueError(
                f"The library's embeddings have {index.dimension} numbers, and the "
                f"query's {len(row)}; embed it with the same model."
            )
        unit = row / norm if norm else row
        return self._found(index.search_by_meaning(unit, top_k, self._selection(filters)))

    def bm25_retrieval(
        self, query: str, filters: Filters | None = None, top_k: int = 10
    ) -> list[Document]:
        """Find the Documents that BM25 ranks first.

        Args:
            query: Words; any may match.
            filters: Which Documents to search, None for all.
            top_k: How many to find.

        Returns:
            The Documents without embeddings, best first; the score is BM25's.
        """
        index = self._library.refresh_index()
        return self._found(index.search_by_words(query, top_k, self._selection(filters)))

    def _found(self, found: Hits) -> list[Document]:
        self._library.rebuild_index_if_due()
        ids = [number for number, _ in found]
        return [
            _made(one, score)
            for one, (_, score) in zip(self._documents.read(ids), found, strict=True)
        ]

    def _selection(self, filters: Filters | None) -> Selection | None:
        with _filter_errors():
            return self._selector.select(filters)

    def _select(self, filters: Filters | None) -> NDArray[np.int64]:
        with _filter_errors():
            return self._documents.select(filters)


@contextmanager
def _filter_errors() -> Iterator[None]:
    """Raise Haystack's FilterError for a FilterFault."""
    try:
        yield
    except FilterFault as fault:
        raise FilterError(str(fault)) from fault


def _stored(document: Document) -> StoredDocument:
    data = document.to_dict(flatten=False)
    rest = {key: data[key] for key in ("blob", "sparse_embedding") if data[key] is not None}
    embedding = None
    if document.embedding is not None:
        embedding = np.asarray(document.embedding, np.float32)
    return StoredDocument(document.id, document.content, document.meta, rest, embedding)


def _made(stored: StoredDocument, score: float | None = None) -> Document:
    made: Document = Document.from_dict(
        {
            **stored.rest,
            "id": stored.id,
            "content": stored.text,
            "meta": stored.meta,
            "embedding": None if stored.embedding is None else stored.embedding.tolist(),
            "score": score,
        }
    )
    return made
