"""An article's embedding: the sum of its passages', at unit length."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from corpus.storage.reader import StoreReader


def article_embedding(store: StoreReader, article_id: str) -> NDArray[np.float32]:
    """Embed the current version, shape (d,); all zeros where its passages have no embedding."""
    return unit_length(store.embeddings(article_id).astype(np.float32).sum(axis=0))


def unit_length(row: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scale a row to length 1; a row of zeros stays as it is."""
    length = float(np.linalg.norm(row))
    return row / length if length else row
