"""Question sets: folders with articles.jsonl and questions.jsonl.

An article has id, title, text; a question has question, answers (accepted strings),
gold_article_ids, answerable, and in meta perhaps the passage that was meant.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from corpus.article import Article, ArticleInfo
from corpus.ingest import embedded, recipe
from corpus.store import ArticleStore
from retrieval.embedder import Embedder
from retrieval.library import Library


def library(folder: Path, cache: Path, embedder: Embedder) -> Library:
    """The set's articles, embedded; from the cache when they were before."""
    path = cache / folder.name / "library.db"
    store = ArticleStore.open(path)
    if store.stamp("recipe") != recipe(embedder.identity):
        for row in rows(folder / "articles.jsonl"):
            title = row.get("title") or "untitled"
            info = ArticleInfo(row["id"], 1, title, published=row.get("published"))
            article = Article(info, row["text"])
            store.put(article, embedded(article, embedder.encode))
        store.set_stamp("recipe", recipe(embedder.identity))
    return Library(store, path)


def rows(path: Path) -> Iterable[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def plain(text: str) -> str:
    """Small letters, no punctuation, no articles: SQuAD's normal form."""
    return " ".join(re.sub(r"[^\w\s]|\b(?:a|an|the)\b", " ", text.lower()).split())


def holds_answer(sentence: str, answers: list[str], passage: str) -> bool:
    """Whether an accepted answer is there in whole words, in the passage that was meant."""
    if passage and plain(sentence)[:60] not in plain(passage):
        return False
    words = f" {plain(sentence)} "
    return any(f" {plain(answer)} " in words for answer in answers if plain(answer))
