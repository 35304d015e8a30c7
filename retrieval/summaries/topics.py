"""Finds the articles of a library that are about a topic, and their passages on it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from retrieval.index.library import Library
from retrieval.language.tokens import tokenize_words
from retrieval.query.scope import Restriction
from retrieval.ranking.features import Asked

SEARCHED = 100  # passages by meaning, and as many by words
# The sum of a passage's cosine to the topic and the share of the topic's words in it (rare words
# count more). For 20 topics in RealTimeQA's news, passages about them had 1.24 and more, those that
# only shared a word 1.13 and less, and one with 1.2 was beside the topic.
ON_IT = 1.22
# All passages found for a topic of one word have that word; then only the cosine decides.
ON_A_WORD = 1.35
# From this share of the topic in its title, the whole article is about it.
TITLED = 0.5


def find_on_topic(
    library: Library,
    topic: str,
    embedding: NDArray[np.float32],
    restriction: Restriction | None = None,
) -> dict[str, frozenset[int] | None]:
    """Find the articles about a topic.

    Args:
        library: The articles.
        topic: The topic in words.
        embedding: The topic's, a unit row of shape (d,).
        restriction: Which articles to search; None for all.

    Returns:
        The articles' ids, best first, each with the ids of its passages on the topic; None in
        place of those where the whole article is about it. Empty where no article is.
    """
    selection = library.select(None if restriction is None else restriction.filters)
    index = library.refresh_index()
    found = [
        *index.search_by_meaning(embedding, SEARCHED, selection),
        *index.search_by_words(topic, SEARCHED, selection),
    ]
    ids = list(dict.fromkeys(number for number, _ in found))
    asked = Asked.of(topic, index.idf_by_key(topic))
    least = ON_IT if len(asked.keys) > 1 else ON_A_WORD
    cosines = library.store.passage_cosines(ids, embedding)
    titles: dict[str, str] = {}
    keys: dict[int, set[str]] = {}
    article_of: dict[int, str] = {}
    for sentence in library.store.sentences(ids):
        info = sentence.article
        titles[info.id] = info.title
        article_of[sentence.passage_id] = info.id
        own = keys.setdefault(
            sentence.passage_id, {word.key for word in tokenize_words(info.title)}
        )
        own.update(word.key for word in tokenize_words(sentence.text))
    best: dict[str, float] = {}
    passages: dict[str, set[int]] = {}
    for passage_id, article_id in article_of.items():
        told = cosines[passage_id] + asked.rare_coverage(frozenset(keys[passage_id]))
        if told >= least:
            best[article_id] = max(best.get(article_id, 0.0), told)
            passages.setdefault(article_id, set()).add(passage_id)
    whole = {
        article_id
        for article_id in best
        if asked.rare_coverage(frozenset(w.key for w in tokenize_words(titles[article_id])))
        >= TITLED
    }
    return {
        article_id: None if article_id in whole else frozenset(passages[article_id])
        for article_id in sorted(best, key=lambda one: -best[one])
    }
