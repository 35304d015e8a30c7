"""The questions of a set, each with the sentences that were found for it: what is learnt from.

Candidates are found here and not by the pipeline, which has weights already.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from retrieval.encoders.embedder import Embedder  # noqa: E402
from retrieval.evaluation.metrics import holds_answer, plain  # noqa: E402
from retrieval.evaluation.question_set import QuestionSet, SetQuestion  # noqa: E402
from retrieval.index.library import Library  # noqa: E402
from retrieval.language.periods import Period, find_period, remove_period  # noqa: E402
from retrieval.ranking.candidates import Measured, measure  # noqa: E402
from retrieval.ranking.features import Asked  # noqa: E402
from retrieval.ranking.fusion import fuse  # noqa: E402
from retrieval.ranking.reranker import PASSAGES_READ, untimely  # noqa: E402
from retrieval.ranking.retrievers import KeywordRetriever, VectorRetriever, passage_ids  # noqa: E402

MOST = 0.75  # of a sentence's words, in an accepted paragraph
LEAST = 4  # words, for that to mean something

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """One question, its candidates, which of them answer, and where it belongs.

    `signals` has shape (n, len(NAMES)); `untimely` is taken from a sentence's score. Of the
    candidates, `hits` answer and lie in the passage that was meant, `holds` have an accepted
    answer in their words, wherever they lie. Cases of one article are in the same `half`, 0 or 1.
    `rankings` keeps what rankers said, by the candidate's number.
    """

    group: str
    article: str
    half: int
    text: str
    asked: Asked
    period: Period | None
    answerable: bool
    measured: list[Measured]
    signals: Floats
    untimely: Floats
    hits: NDArray[np.bool_]
    holds: NDArray[np.bool_]
    rankings: dict[int, NDArray[np.float32]] = field(default_factory=dict)


def load(folders: list[Path], cache: Path, limit: int) -> list[Case]:
    """The cases of all sets; their libraries are made in the cache, once."""
    embedder = Embedder.load(threads=2)
    found: list[Case] = []
    for folder in folders:
        found += _of_set(QuestionSet.load(folder), cache, embedder, limit)
        print(f"{folder.name}: {len(found)} questions so far", flush=True)
    return found


def _of_set(questions: QuestionSet, cache: Path, embedder: Embedder, limit: int) -> Iterator[Case]:
    path = questions.library_file(cache)
    questions.ingest(path, embedder.encode, embedder.identity)
    library = Library.open(path, embedder)
    by_vector, by_word = VectorRetriever(library), KeywordRetriever(library)
    for one in questions.sample(limit):
        spoken_of = find_period(one.question.text, one.question.asked_at)
        text = remove_period(one.question.text, spoken_of)
        asked = Asked.of(text, library.refresh_index().idf_by_key(text))
        vector = embedder.encode([text])[0]
        found = fuse(
            [
                by_vector.run(vector, spoken_of)["documents"],
                by_word.run(text, spoken_of)["documents"],
            ]
        )
        measured = measure(asked, library, passage_ids(found)[:PASSAGES_READ], vector)
        if measured:
            article = (one.gold_article_ids or (one.id,))[0]
            yield Case(
                questions.name,
                article,
                zlib.crc32(article.encode()) % 2,
                text,
                asked,
                spoken_of,
                one.answerable,
                measured,
                np.array([m.signals for m in measured]),
                np.array([untimely(m.sentence, spoken_of) for m in measured]),
                np.array([_answers(one, m) for m in measured], bool),
                np.array([holds_answer(m.sentence.text, one.answers) for m in measured], bool),
            )
    library.close()


def _answers(one: SetQuestion, candidate: Measured) -> bool:
    """Whether it holds an accepted answer; or, where those are paragraphs, is mostly of one."""
    text = candidate.sentence.text
    if one.is_answered_by(candidate.sentence.article.id, text):
        return True
    said = [word for word in plain(text).split() if len(word) > 2]
    if not one.is_long_form or len(said) < LEAST:
        return False
    accepted = (set(plain(answer).split()) for answer in one.answers)
    return any(sum(word in words for word in said) >= MOST * len(said) for words in accepted)
