"""Measures whether articles on one event are put together; compares a rule over titles.

    python -m benchmarks.events RTQA_2022 --cache FOLDER [--fit]

benchmarks/labels/events.json says which articles of two spans of days are on one event. The titles
were read and sorted by hand; what could go either way ("unclear") is left out, and round-ups of a
day's news are on no event. The figures, of pairs and of clusters, are those of the second span.
--fit prints the weights for retrieval/summaries/event_clusters.py, from the first span.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from contextlib import closing
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.encoders.embedder import Embedder
from retrieval.evaluation.machine import machine
from retrieval.evaluation.question_set import QuestionSet
from retrieval.index.library import Library
from retrieval.language.tokens import tokenize_words
from retrieval.summaries import event_clusters
from retrieval.summaries.article_embeddings import article_embedding
from retrieval.summaries.event_clusters import EventArticle, event_log_odds

LABELS = Path(__file__).parent / "labels" / "events.json"
TITLES_ALIKE = 0.55  # Jaccard: the rule beside which this is measured

Clusters = Sequence[Sequence[str]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("set", type=Path)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--fit", action="store_true")
    options = parser.parse_args()
    embedder = Embedder.load(threads=2)
    questions = QuestionSet.load(options.set)
    path = questions.library_file(options.cache)
    questions.ingest(path, embedder.encode, embedder.identity)
    with closing(Library.open(path, embedder)) as library:
        titles = {info.id: info.title for info in library.store.articles()}
        days = {info.id: (info.published or "")[:10] for info in library.store.articles()}
        for name, span in json.loads(LABELS.read_text(encoding="utf-8")).items():
            wanted = [
                one
                for one, day in sorted(days.items(), key=lambda item: (item[1], item[0]))
                if span["first_day"] <= day <= span["last_day"] and one not in span["unclear"]
            ]
            event = {one: label for label, ids in span["events"].items() for one in ids}
            gold = {one: event.get(one, one) for one in wanted}
            told = articles(library, wanted)
            if options.fit and name == "choosing":
                print("weights:", fitted(told, gold))
            found = [
                [one.article_id for one in cluster]
                for cluster in event_clusters.cluster_events(told)
            ]
            print(f"\n{name}: {len(wanted)} articles, {len(set(gold.values()))} events\n")
            print("| rule | B-cubed P | R | F1 | pairs P | R | F1 |\n|---|---|---|---|---|---|---|")
            print(f"| events | {figures(found, gold)} |")
            print(f"| titles alike | {figures(by_titles(wanted, titles), gold)} |")
            print(f"| each its own | {figures([[one] for one in wanted], gold)} |")
    print(f"\n{machine()}")


def articles(library: Library, ids: Sequence[str]) -> list[EventArticle]:
    """These articles of the library, as they are compared."""
    store, stories = library.store, library.store.stories(ids)
    found = [article for one in ids if (article := store.article(one)) is not None]
    return [
        EventArticle.of(
            library.refresh_index(),
            one,
            stories.get(one.info.id),
            article_embedding(store, one.info.id),
        )
        for one in found
    ]


def fitted(told: Sequence[EventArticle], gold: dict[str, str]) -> list[float]:
    """Fit the weights for cosine, names and days, and the bias, by maximum likelihood.

    And the threshold that gives the best B-cubed F1 with them.
    """
    pairs = list(combinations(told, 2))
    y = np.array([gold[a.article_id] == gold[b.article_id] for a, b in pairs], float)
    x = np.array([[*signals(a, b), 1.0] for a, b in pairs])
    weights = newton(x, y)
    event_clusters.COSINE, event_clusters.NAMES, event_clusters.DAYS, event_clusters.BIAS = weights

    def score(near: float) -> float:
        event_clusters.NEAR = near
        clusters = [
            [one.article_id for one in found] for found in event_clusters.cluster_events(told)
        ]
        return b_cubed(clusters, gold)[2]

    event_clusters.NEAR = max(np.arange(-1.5, 1.5, 0.125), key=score)
    return [round(float(value), 3) for value in (*weights, event_clusters.NEAR)]


def signals(one: EventArticle, other: EventArticle) -> list[float]:
    """The features: the similarity with one weight at a time set to 1, the others to 0."""
    found = []
    for weights in np.eye(3):
        event_clusters.COSINE, event_clusters.NAMES, event_clusters.DAYS, event_clusters.BIAS = (
            *weights,
            0.0,
        )
        found.append(event_log_odds(one, other))
    return found


def newton(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    weights = np.zeros(x.shape[1])
    for _ in range(30):
        p = 1 / (1 + np.exp(-x @ weights))
        hessian = (x * (p * (1 - p))[:, None]).T @ x + 1e-6 * np.eye(x.shape[1])
        weights += np.linalg.solve(hessian, x.T @ (y - p))
    return weights


def by_titles(wanted: Sequence[str], titles: dict[str, str]) -> Clusters:
    """Clusters by the rule over titles: articles with similar titles are on one event."""
    keys = {one: {w.key for w in tokenize_words(titles[one]) if not w.is_stop} for one in wanted}
    cluster = {one: [one] for one in wanted}
    for a, b in combinations(wanted, 2):
        either = keys[a] | keys[b]
        alike = len(keys[a] & keys[b]) >= TITLES_ALIKE * len(either) > 0
        if alike and cluster[a] is not cluster[b]:
            cluster[a] += cluster[b]
            for one in cluster[b]:
                cluster[one] = cluster[a]
    return list({id(found): found for found in cluster.values()}.values())


def figures(clusters: Clusters, gold: dict[str, str]) -> str:
    measures: list[Callable[[Clusters, dict[str, str]], tuple[float, float, float]]]
    measures = [b_cubed, pairwise]
    return " | ".join(f"{value:.3f}" for measure in measures for value in measure(clusters, gold))


def b_cubed(clusters: Clusters, gold: dict[str, str]) -> tuple[float, float, float]:
    """B-cubed precision, recall and F1 of clusters (Bagga & Baldwin, LREC 1998)."""
    own = {one: set(cluster) for cluster in clusters for one in cluster}
    right = {one: {other for other in gold if gold[other] == gold[one]} for one in gold}
    shared = {one: len(own[one] & right[one]) for one in gold}
    precision = float(np.mean([shared[one] / len(own[one]) for one in gold]))
    recall = float(np.mean([shared[one] / len(right[one]) for one in gold]))
    return precision, recall, harmonic(precision, recall)


def pairwise(clusters: Clusters, gold: dict[str, str]) -> tuple[float, float, float]:
    """Precision, recall and F1 of the pairs that are in one cluster."""
    found = {frozenset(pair) for cluster in clusters for pair in combinations(cluster, 2)}
    right = {frozenset((a, b)) for a, b in combinations(gold, 2) if gold[a] == gold[b]}
    precision = len(found & right) / max(1, len(found))
    recall = len(found & right) / len(right)
    return precision, recall, harmonic(precision, recall)


def harmonic(precision: float, recall: float) -> float:
    return float(2 * precision * recall / max(1e-9, precision + recall))


if __name__ == "__main__":
    main()
