"""The questions of a set, each with the sentences that were read for it: what is fitted on.

Candidates are found here and not by the pipeline, which has weights already.
"""

from __future__ import annotations

import pickle
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from retrieval.encoders.embedder import Embedder  # noqa: E402
from retrieval.encoders.reader_model import ReaderModel  # noqa: E402
from retrieval.evaluation.labels import Expect  # noqa: E402
from retrieval.evaluation.metrics import holds_answer, plain  # noqa: E402
from retrieval.evaluation.question_set import QuestionSet, SetQuestion  # noqa: E402
from retrieval.index.library import Library  # noqa: E402
from retrieval.language.periods import Period, find_period, remove_period  # noqa: E402
from retrieval.ranking.candidates import Candidate, read_candidates  # noqa: E402
from retrieval.ranking.features import Asked  # noqa: E402
from retrieval.ranking.fusion import fuse  # noqa: E402
from retrieval.ranking.reader import PASSAGES_READ, untimely  # noqa: E402
from retrieval.ranking.retrievers import KeywordRetriever, VectorRetriever, passage_ids  # noqa: E402

MOST = 0.75  # of a sentence's words, in an accepted paragraph
LEAST = 4  # words, for that to mean something

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """One question and its candidates; or its twin, from whose candidates the answer is taken.

    `features` has shape (n, len(FEATURES)); `untimely` is taken from a sentence's score. Of the
    candidates, `hits` answer. Cases of one article are in the same `fold`, 0 to `FOLDS` - 1.
    """

    group: str
    id: str
    fold: int
    asked: Asked
    period: Period | None
    is_answerable: bool
    is_twin: bool
    candidates: list[Candidate]
    features: Floats
    untimely: Floats
    hits: NDArray[np.bool_]


FOLDS = 5


def load(folders: list[Path], cache: Path, limit: int, reader: ReaderModel) -> list[Case]:
    """The cases of all sets, twins behind their questions.

    Libraries are made in the cache, once; what the network read is kept there too, for each network
    and limit.
    """
    embedder = Embedder.load(threads=2)
    found: list[Case] = []
    for folder in folders:
        kept = cache / f"{folder.name}-{limit}-{PASSAGES_READ}-{reader.identity}.pickle"
        if kept.exists():
            of_set = pickle.loads(kept.read_bytes())  # noqa: S301  written by the lines below
        else:
            of_set = list(_of_set(QuestionSet.load(folder), cache, embedder, limit, reader))
            kept.write_bytes(pickle.dumps(of_set))
        found += of_set
        print(f"{folder.name}: {len(of_set)} questions and twins", flush=True)
    return found


def _of_set(
    questions: QuestionSet, cache: Path, embedder: Embedder, limit: int, reader: ReaderModel
) -> Iterator[Case]:
    path = questions.library_file(cache)
    questions.ingest(path, embedder.encode, embedder.identity)
    library = Library.open(path, embedder)
    by_vector, by_word = VectorRetriever(library), KeywordRetriever(library)
    for one in questions.sample(limit):
        if one.labels is not None and one.labels.expect not in (Expect.ANSWER, Expect.REFUSE):
            continue
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
        ids = passage_ids(found)[:PASSAGES_READ]
        article = (one.gold_article_ids or (one.id,))[0]
        fold = zlib.crc32(article.encode()) % FOLDS
        is_answerable = one.answerable if one.labels is None else bool(one.labels.gold)

        def case(hidden: frozenset[tuple[str, int]], is_twin: bool) -> Case | None:
            candidates = read_candidates(asked, text, library, ids, vector, reader, hidden)  # noqa: B023
            if not candidates:
                return None
            return Case(
                questions.name,
                one.id,  # noqa: B023
                fold,  # noqa: B023
                asked,  # noqa: B023
                spoken_of,  # noqa: B023
                is_answerable and not is_twin,  # noqa: B023
                is_twin,
                candidates,
                np.array([c.features for c in candidates]),
                np.array([untimely(c.sentence, spoken_of) for c in candidates]),  # noqa: B023
                np.array([not is_twin and _answers(one, c) for c in candidates], bool),  # noqa: B023
            )

        first = case(frozenset(), is_twin=False)
        if first is None:
            continue
        yield first
        hidden = frozenset(
            (c.sentence.article.id, c.sentence.start)
            for c in first.candidates
            if _answers(one, c) or _holds(one, c)
        )
        if hidden and (twin := case(hidden, is_twin=True)) is not None:
            yield twin
    library.close()


def _holds(one: SetQuestion, candidate: Candidate) -> bool:
    """Whether its words have an accepted answer, in whichever article."""
    if one.labels is not None and one.labels.gold:
        return False
    return one.answerable and holds_answer(candidate.sentence.text, one.answers)


def _answers(one: SetQuestion, candidate: Candidate) -> bool:
    """Whether it holds an accepted answer; or, where those are paragraphs, is mostly of one."""
    text = candidate.sentence.text
    if one.is_answered_by(candidate.sentence.article.id, text):
        return True
    said = [word for word in plain(text).split() if len(word) > 2]
    if not one.is_long_form or len(said) < LEAST:
        return False
    accepted = (set(plain(answer).split()) for answer in one.answers)
    return any(sum(word in words for word in said) >= MOST * len(said) for words in accepted)
