"""Which sentences cannot be understood alone, and what is shown before them."""

from __future__ import annotations

import pytest

from corpus.article import Article, ArticleInfo, SpanRef
from corpus.ingestion.embedding import embed_article
from corpus.storage.store import ArticleStore
from retrieval.answering import cite
from retrieval.language.anaphora import starts_with_anaphor


@pytest.mark.parametrize(
    "sentence",
    [
        "He left on Tuesday.",
        "“It was my mistake,” said the envoy.",
        "But they never came back.",
        "Since then, its price has doubled.",
        "This cost two million euros.",
        "The latter resigned.",
        "It was the third time that year.",
    ],
)
def test_these_refer_to_the_sentence_before(sentence: str):
    assert starts_with_anaphor(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "The envoy left on Tuesday, and he never came back.",
        "Hesitation cost two million euros.",
        "It is likely that the envoy left.",
        "That the envoy left surprised nobody.",
        "Theirry Henry scored.",
        "Thessaloniki is a city.",
    ],
)
def test_these_can_be_understood_alone(sentence: str):
    assert not starts_with_anaphor(sentence)


def encode(texts):
    import numpy as np

    return np.eye(len(texts), 8, dtype=np.float32)


def cited(text: str, quote: str) -> cite.Citation:
    with ArticleStore.in_memory() as store:
        made = Article(ArticleInfo("a", 1, "Dinner"), text)
        store.put(made, embed_article(made, encode))
        start = text.index(quote)
        return cite.cite(store, SpanRef("a", 1, start, start + len(quote)))


def test_a_quotation_that_refers_back_comes_with_the_sentence_before():
    made = cited("The envoy\nsang. He left early. Rain fell.", "He left early.")
    assert (made.quote, made.context) == ("He left early.", "The envoy\nsang.")


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("The envoy sang. Rain fell.", "Rain fell."),
        ("He left early. Rain fell.", "He left early."),
        ("The envoy's dinner\n\nHe left early. Rain fell.", "He left early."),
        ("The envoy sang. He left early. Rain fell.", "left early."),
    ],
)
def test_others_come_alone(text: str, quote: str):
    assert cited(text, quote).context is None
