"""The embedder that ships, loaded once for all tests, when the first of them needs it."""

from __future__ import annotations

from functools import cache

from retrieval.encoders.embedder import Embedder


@cache
def shared_embedder() -> Embedder:
    """The embedder; it is loaded at the first call and never at import."""
    return Embedder.load()
