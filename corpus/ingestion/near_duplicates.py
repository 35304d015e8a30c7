"""Finds near duplicates: articles with the same text, or nearly, at several publishers.

They are one story. Texts are compared by their shingles, the runs of four words that they have in
common. MinHash (Broder, SEQUENCES 1997) chooses which texts to compare: a text's signature is cut
into bands, and the texts that share a band are looked at (Leskovec et al., Mining of Massive
Datasets, 3.4). So a large library finds an article's copies by looking at a few others.

Articles on one event that are no copies are not one story here; what joins those begins with the
numbers in `copy.story`, which are written here.
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import xxhash
from rensa import RMinHash

from corpus.article import Article
from corpus.storage.store import ArticleStore

SHINGLE_WORDS = 4  # words
SIGNATURE_HASHES = 128  # hashes, of four bytes
BAND_ROWS = 2  # in a band: of texts with a fifth of their shingles in common, .93 share one of 64
MIN_SIMILARITY = 0.08  # of two signatures, for the texts to be compared
MIN_CONTAINMENT = 0.5  # of the shorter text's shingles, for it to be a copy
MIN_SHINGLES = 20  # a shorter text may be in many others
MAX_LENGTH_RATIO = 5  # times as long as the shorter one: a digest of the day holds many texts
MAX_COMPARED = 20  # texts at most for one article
_PER_BAND = 200  # of a text that everybody has
RECIPE = f"{RMinHash.ALGORITHM_VERSION}/{SHINGLE_WORDS}/{SIGNATURE_HASHES}/{BAND_ROWS}"
"""What signatures are made with; only those of one recipe can be compared."""


def shingles(text: str) -> frozenset[str]:
    """The runs of four words in a text, in small letters and without punctuation (w-shingling).

    A shorter text is one run.
    """
    words = re.findall(r"\w+", text.lower())
    return frozenset(
        " ".join(words[at : at + SHINGLE_WORDS])
        for at in range(max(1, len(words) - SHINGLE_WORDS + 1))
    )


def is_copy(one: frozenset[str], other: frozenset[str]) -> bool:
    """Decide whether two texts are copies: most of the shorter one stands in the longer.

    So a text with a lead added, its end cut or other quotations is still a copy.

    Args:
        one: The shingles of a text.
        other: The shingles of another.
    """
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) < MIN_SHINGLES or len(longer) > MAX_LENGTH_RATIO * len(shorter):
        return one == other
    return len(shorter & longer) >= MIN_CONTAINMENT * len(shorter)


@dataclass(frozen=True, slots=True)
class Signature:
    """The MinHash of a text's shingles: `SIGNATURE_HASHES` numbers of 32 bits."""

    hashes: tuple[int, ...]

    @classmethod
    def of(cls, text_shingles: Iterable[str]) -> Signature:
        """Compute it."""
        made = RMinHash(num_perm=SIGNATURE_HASHES, seed=1)
        made.update(sorted(text_shingles))
        return cls(tuple(made.digest()))

    @classmethod
    def read(cls, data: bytes) -> Signature:
        """Read what `written` gave."""
        return cls(struct.unpack(f"<{len(data) // 4}I", data))

    def written(self) -> bytes:
        """It as bytes, four for each number, the lowest byte first."""
        return struct.pack(f"<{len(self.hashes)}I", *self.hashes)

    def bands(self) -> list[int]:
        """A hash of each band, as the database stores integers: 64 bits, with a sign."""
        parts = (self.hashes[at : at + BAND_ROWS] for at in range(0, len(self.hashes), BAND_ROWS))
        hashed = (
            xxhash.xxh3_64_intdigest(struct.pack(f"<I{BAND_ROWS}I", band, *part))
            for band, part in enumerate(parts)
        )
        return [number - (1 << 64) if number >> 63 else number for number in hashed]

    def likeness(self, other: Signature) -> float:
        """Estimate the Jaccard similarity of two texts: the share of all their shingles in both."""
        same = sum(a == b for a, b in zip(self.hashes, other.hashes, strict=True))
        return same / len(self.hashes)


def assign_story(store: ArticleStore, article: Article) -> int:
    """Put the current version of an article into the story of its copies.

    Call it in the transaction that stores the article. An article whose text has changed leaves
    its old story first. An article that is a copy of articles in two stories makes them one.

    Args:
        store: The library.
        article: The article as it is stored.

    Returns:
        The story's number; a new one where the article has no copies.
    """
    info = article.info
    store.connection.execute("DELETE FROM copy WHERE article_id = $1", info.id)
    text_shingles = shingles(article.text)
    signature = Signature.of(text_shingles)
    bands = signature.bands()
    stories = sorted(set(_matches(store, text_shingles, signature, bands)))
    ((number,),) = store.connection.rows(
        "INSERT INTO copy (article_id, version, story, signature) VALUES ($1, $2, 0, $3) "
        "RETURNING id",
        info.id,
        info.version,
        signature.written(),
    )
    story = stories[0] if stories else number
    store.connection.execute("UPDATE copy SET story = $1 WHERE id = $2", story, number)
    for other in stories[1:]:
        store.connection.execute("UPDATE copy SET story = $1 WHERE story = $2", story, other)
    store.connection.insert_rows(
        "band", ("hash", "copy_id"), [(band, number) for band in set(bands)]
    )
    return story


def _matches(
    store: ArticleStore, text_shingles: frozenset[str], signature: Signature, bands: Sequence[int]
) -> Iterable[int]:
    """The stories of the texts that it is a copy of; the most similar are compared first."""
    candidates: dict[str, tuple[float, int]] = {}
    listed = store.connection.numbers("$1")
    for article_id, story, data in store.connection.rows(
        "SELECT article_id, story, signature FROM copy WHERE id IN "
        f"(SELECT copy_id FROM {listed} JOIN band ON hash = value "
        "GROUP BY copy_id ORDER BY count(*) DESC LIMIT $2)",
        json.dumps(list(bands)),
        _PER_BAND,
    ):
        likeness = signature.likeness(Signature.read(data))
        if likeness >= MIN_SIMILARITY:
            candidates[article_id] = (likeness, story)
    found: set[int] = set()
    for article_id in sorted(candidates, key=lambda one: -candidates[one][0])[:MAX_COMPARED]:
        _, story = candidates[article_id]
        if story not in found:
            other = store.article(article_id)
            if other is not None and is_copy(text_shingles, shingles(other.text)):
                found.add(story)
    return found


def assign_missing_stories(
    store: ArticleStore, *, on_article: Callable[[str], None] = lambda title: None
) -> None:
    """Find the stories of the articles that have none yet, as those of an earlier release.

    Each article is a transaction of its own; after an interruption the next call goes on.

    Args:
        store: The library, open to write.
        on_article: Hears the title of each article when it is done.
    """
    if store.stamp("stories") != RECIPE:
        with store.together():
            store.connection.execute("DELETE FROM copy")
            store.set_stamp("stories", RECIPE)
    for (article_id,) in articles_without_story(store):
        article = store.article(article_id)
        if article is not None:
            with store.together():
                assign_story(store, article)
            on_article(article.info.title)


def articles_without_story(store: ArticleStore) -> list[tuple[str]]:
    """The ids of the articles without a story, as rows, in the order in which they were added."""
    return store.connection.rows(
        "SELECT article.id FROM article JOIN version ON version.article_id = article.id "
        "AND version.version = current LEFT JOIN copy ON copy.article_id = article.id "
        "WHERE document IS NULL AND copy.version IS DISTINCT FROM current ORDER BY article.rowid"
    )
