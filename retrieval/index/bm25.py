"""Searches passages by words, ranked by BM25: in a tantivy index on disk, and in memory.

The memory index holds the passages that came since the index on disk was made. It scores by the
same formula (BM25, Robertson and Zaragoza 2009, with tantivy's k1 = 1.2 and b = 0.75) and the same
counts of passages and words, so that both rank as one index.
"""

from __future__ import annotations

import math
import re
import tempfile
from array import array
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import tantivy
from numpy.typing import NDArray

from retrieval.index.prefilter import Selection, is_in
from retrieval.index.vectors import Hits
from retrieval.language.tokens import ALIAS_PATTERNS, ALIAS_TERMS, Word, tokenize_words

ANALYZER = "footnote-2"
"""Changes with how texts are split into terms; an index with another one is made again."""

K1, B = 1.2, 0.75
_MEMORY = 100_000_000  # bytes, for tantivy's writer
_WALKED = 2  # times as many hits as should hold `top_k` selected ones, if they are spread evenly
_MARKED = 6  # hits are read in the time that it takes to mark one passage in a query
_ANALYZER = (
    tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    .filter(tantivy.Filter.remove_long(40))
    .filter(tantivy.Filter.lowercase())
    .filter(tantivy.Filter.ascii_fold())
    .filter(tantivy.Filter.stemmer("english"))
    .build()
)
_ALIASES = re.compile("|".join(f"(?P<{key}>{pattern})" for key, pattern in ALIAS_PATTERNS.items()))


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("words", stored=False, tokenizer_name=ANALYZER, index_option="freq")
    builder.add_unsigned_field("passage", stored=False, indexed=True, fast=True)
    builder.add_unsigned_field("fact", stored=False, indexed=True)
    return builder.build()


_SCHEMA = _schema()


def indexed_text(title: str, text: str) -> str:
    """A passage as it is indexed: after its title, with one spelling for each name in ALIAS_TERMS.

    Args:
        title: The article's title.
        text: The passage.
    """
    return _ALIASES.sub(lambda match: ALIAS_TERMS[match.lastgroup or ""], f"{title}\n{text}")


def index_terms(question: str) -> list[str]:
    """The index terms of the question's content words, or of its stop words if it has no others."""
    found = tokenize_words(question)
    content = [word for word in found if not word.is_stop] or found
    return list(dict.fromkeys(term for word in content for term in _terms_of(word)))


def index_terms_by_key(question: str) -> dict[str, list[str]]:
    """The index terms of each content word, by the word's key; words without terms are left out."""
    content = (word for word in tokenize_words(question) if not word.is_stop)
    return {word.key: made for word in content if (made := _terms_of(word))}


def count_terms(text: str) -> Counter[str]:
    """The index terms of an indexed text, and how often it has each."""
    return Counter(_ANALYZER.analyze(text))


def _terms_of(word: Word) -> list[str]:
    text = ALIAS_TERMS[word.text] if word.key.startswith("=") else word.text
    return list(_ANALYZER.analyze(text))


def write_index(folder: Path, passages: Iterable[tuple[int, str, Iterable[int]]]) -> None:
    """Write an index into a folder.

    Args:
        folder: An empty folder.
        passages: Each passage's id, its text as `indexed_text` makes it, and its hashed facts.
    """
    index = tantivy.Index(_SCHEMA, path=str(folder))
    index.register_tokenizer(ANALYZER, _ANALYZER)
    writer = index.writer(_MEMORY, 1)
    for passage_id, text, facts in passages:
        document = tantivy.Document()
        document.add_text("words", text)
        document.add_unsigned("passage", passage_id)
        for fact in facts:
            document.add_unsigned("fact", fact)
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()


def _searcher(folder: Path) -> tantivy.Searcher:
    """A searcher with its files open and mapped; afterwards the folder may be renamed."""
    index = tantivy.Index.open(str(folder))
    index.config_reader("manual")  # the index never changes
    index.register_tokenizer(ANALYZER, _ANALYZER)
    return index.searcher()


class DiskIndex:
    """An index that `write_index` wrote, open for search."""

    def __init__(self, folder: Path, mean_length: float) -> None:
        """Open the index.

        Args:
            folder: Where `write_index` wrote it; it may be read-only.
            mean_length: The mean length of its passages, in terms.
        """
        try:
            self._searcher = _searcher(folder)
        except ValueError:
            # tantivy writes a lock file, which it may not do here. So open it through links.
            with tempfile.TemporaryDirectory() as own:
                for file in folder.iterdir():
                    if file.suffix != ".lock":
                        (Path(own) / file.name).symlink_to(file.absolute())
                self._searcher = _searcher(Path(own))
        self.mean_length = mean_length
        self.count = self._searcher.num_docs

    def document_frequency(self, term: str) -> int:
        """How many passages have the term."""
        return int(self._searcher.doc_freq("words", term))

    def search(
        self,
        asked: Sequence[str],
        top_k: int,
        within: Selection | None,
        is_alive: Callable[[NDArray[np.int64]], NDArray[np.bool_]],
    ) -> Hits:
        """Find the passages that BM25 ranks first.

        Args:
            asked: The index terms to look for; any may match.
            top_k: How many passages to find.
            within: The passages to search, None for all.
            is_alive: Says for an array of passage ids which still exist.

        Returns:
            Passage ids and scores, best first; `top_k` of them if so many match.
        """
        query = tantivy.Query.boolean_query(
            [
                (tantivy.Occur.Should, tantivy.Query.term_query(_SCHEMA, "words", term, "freq"))
                for term in asked
            ]
        )
        limit, at_most = top_k, self.count
        if within is not None:
            if not len(within.ids):
                return []
            alive = is_alive

            def is_alive(ids: NDArray[np.int64]) -> NDArray[np.bool_]:
                return alive(ids) & is_in(ids, within.ids)

            if within.facts:
                query = _both(query, "fact", within.facts)
            else:
                limit = _WALKED * top_k * self.count // len(within.ids)
                at_most = _MARKED * len(within.ids)
        kept = self._kept(query, top_k, limit, at_most, is_alive)
        if kept is None and within is not None:
            query = _both(query, "passage", within.ids.tolist())
            kept = self._kept(query, top_k, top_k, self.count, is_alive)
        return kept or []

    def _kept(
        self,
        query: tantivy.Query,
        top_k: int,
        limit: int,
        at_most: int,
        is_kept: Callable[[NDArray[np.int64]], NDArray[np.bool_]],
    ) -> Hits | None:
        """The best hits that are kept; None if `at_most` hits are too few to know them.

        It reads `limit` hits first, and four times as many while they do not suffice.
        """
        most = max(at_most, top_k)
        while limit <= most:
            hits = self._searcher.search(query, limit, count=False).hits
            places = [place for _, place in hits]
            ids = np.array(self._searcher.fast_field_values("passage", places), np.int64)
            kept = [(int(ids[i]), float(hits[i][0])) for i in np.flatnonzero(is_kept(ids))[:top_k]]
            if len(kept) == top_k or len(hits) < limit or limit >= self.count:
                return kept
            if limit == most:
                break
            limit = min(4 * limit, most)
        return None


def _both(query: tantivy.Query, field: str, numbers: Sequence[int]) -> tantivy.Query:
    """A query for those hits that have one of these numbers; the scores stay the same."""
    if len(numbers) == 1:  # by far the most frequent case; a third faster than a set of one
        chosen = tantivy.Query.term_query(_SCHEMA, field, numbers[0])
    else:
        chosen = tantivy.Query.term_set_query(_SCHEMA, field, list(numbers))
    return tantivy.Query.boolean_query(
        [
            (tantivy.Occur.Must, query),
            (tantivy.Occur.Must, tantivy.Query.const_score_query(chosen, 0.0)),
        ]
    )


def idf(document_frequency: int, count: int) -> float:
    """The inverse document frequency of a term, as BM25 has it; always above 0.

    Args:
        document_frequency: How many passages have the term.
        count: How many passages there are.
    """
    return math.log(1 + (count - document_frequency + 0.5) / (document_frequency + 0.5))


class MemoryIndex:
    """Passages and their terms, in memory: some thousands at most."""

    def __init__(self) -> None:
        """Make an empty index."""
        self._ids = array("q")
        self._lengths = array("H")
        self._alive = bytearray()
        self._postings: dict[str, tuple[array[int], array[int]]] = defaultdict(
            lambda: (array("I"), array("H"))
        )

    def __len__(self) -> int:
        """How many passages were added."""
        return len(self._ids)

    def add(self, passage_id: int, text: str) -> None:
        """Add a passage.

        Args:
            passage_id: Its id, above all ids so far.
            text: Its text, as `indexed_text` makes it.
        """
        found = count_terms(text)
        position = len(self._ids)
        self._ids.append(passage_id)
        self._alive.append(True)
        self._lengths.append(min(found.total(), 65_535))
        for term, times in found.items():
            positions, counts = self._postings[term]
            positions.append(position)
            counts.append(min(times, 65_535))

    def drop(self, first: int, last: int) -> None:
        """Stop finding the passages whose ids are from `first` to `last`, both included."""
        start, end = bisect_left(self._ids, first), bisect_right(self._ids, last)
        self._alive[start:end] = bytes(max(0, end - start))

    def document_frequency(self, term: str) -> int:
        """How many passages have the term."""
        return len(self._postings[term][0]) if term in self._postings else 0

    def search(
        self,
        asked: Sequence[str],
        top_k: int,
        within: Selection | None,
        base: DiskIndex | None,
    ) -> Hits:
        """As `DiskIndex.search`; the scores count the passages of `base` too.

        Args:
            asked: The index terms to look for; any may match.
            top_k: How many passages to find.
            within: The passages to search, None for all.
            base: The index on disk that this one adds to, None if there is none.

        Returns:
            Passage ids and scores, best first; `top_k` of them if so many match.
        """
        if not len(self):
            return []
        count = len(self) + (base.count if base else 0)
        lengths = np.frombuffer(self._lengths, np.uint16).astype(np.float32)
        mean = base.mean_length if base else float(lengths.mean())
        scores = np.zeros(len(self), np.float32)
        for term in asked:
            if term not in self._postings:
                continue
            in_base = base.document_frequency(term) if base else 0
            weight = idf(self.document_frequency(term) + in_base, count)
            positions, counts = self._postings[term]
            at = np.frombuffer(positions, np.uint32)
            times = np.frombuffer(counts, np.uint16).astype(np.float32)
            norm = K1 * (1 - B + B * lengths[at] / mean)
            scores[at] += weight * times * (K1 + 1) / (times + norm)
        ids = np.frombuffer(self._ids, np.int64)
        wanted = (scores > 0) & np.frombuffer(self._alive, np.bool_)
        if within is not None:
            wanted &= is_in(ids, within.ids)
        found = np.flatnonzero(wanted)
        best = found[np.lexsort((ids[found], -scores[found]))[:top_k]]
        return [(int(ids[i]), float(scores[i])) for i in best]


def mean_term_count(texts: Sequence[str]) -> float:
    """The mean length of these texts in index terms; at least 1."""
    return max(1.0, sum(len(_ANALYZER.analyze(text)) for text in texts) / max(1, len(texts)))
