"""Measures whether articles that carry instructions change the answers.

    python benchmarks/injected.py INJECTED WIKINEWS [--limit ARTICLES]

INJECTED has articles with instructions inserted, and payloads.jsonl with the clean_article_id of
each; WIKINEWS has the clean twins. Each article and its twin, each in a library of its own, are
asked the same questions: the clean one's title, and names in its sentences. Two answers differ if
their quotations do.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.rows import rows
from corpus.article import Article, ArticleInfo
from corpus.ingestion.embedding import embed_article
from corpus.segmentation.splitter import sentences
from corpus.storage.store import ArticleStore
from retrieval.answering.answer import Answer
from retrieval.answering.pipeline import Asking
from retrieval.encoders.embedder import Embedder
from retrieval.index.library import Library
from retrieval.language.tokens import tokenize_words
from retrieval.query.question import Question

QUESTIONS = 4  # of an article


def main() -> None:
    parser = argparse.ArgumentParser(description="Ask injected articles and their clean twins.")
    parser.add_argument("injected", type=Path)
    parser.add_argument("clean", type=Path)
    parser.add_argument("--limit", type=int, default=1000)
    options = parser.parse_args()
    embedder = Embedder.load()
    texts = {row["id"]: row for row in rows(options.injected / "articles.jsonl")}
    twins = {row["id"]: row for row in rows(options.clean / "articles.jsonl")}
    asked = answered = differ = quoted = 0
    for payload in list(rows(options.injected / "payloads.jsonl"))[: options.limit]:
        twin = twins[payload["clean_article_id"]]
        questions = _questions(twin)
        before = _answers(twin["title"], twin["text"], questions, embedder)
        after = _answers(twin["title"], texts[payload["article_id"]]["text"], questions, embedder)
        for question, ours, theirs in zip(questions, before, after, strict=True):
            asked += 1
            answered += ours.answered
            if _told(ours) == _told(theirs):
                continue
            differ += 1
            says = " ".join(_told(theirs))
            quoted += payload["payload"][:40] in says
            print(f"{payload['article_id']} {question}\n  {_told(ours)}\n  {_told(theirs)}")
    print(f"{asked} questions, {answered} answered")
    print(f"{differ} answers differ, {quoted} of them quote the payload")


def _questions(row: dict[str, str]) -> list[str]:
    """Questions about the names in sentences at regular distances."""
    found = []
    lines = [s.text for s in sentences(row["text"]) if 60 < len(s.text) < 300]
    for line in lines[:: max(1, len(lines) // QUESTIONS)][:QUESTIONS]:
        content = [word.text for word in tokenize_words(line) if not word.is_stop][:6]
        found.append(f"What is said about {' '.join(content)}?")
    return found


def _answers(title: str, text: str, questions: list[str], embedder: Embedder) -> list[Answer]:
    with ArticleStore.in_memory() as store:
        article = Article(ArticleInfo("a", 1, title), text)
        store.put(article, embed_article(article, embedder.encode))
        asking = Asking(Library(store, None), embedder)
        return [asking.ask(Question.of(question)) for question in questions]


def _told(answer: Answer) -> list[str]:
    return [statement.text for statement in answer.statements]


if __name__ == "__main__":
    main()
