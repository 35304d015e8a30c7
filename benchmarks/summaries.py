"""Compares summaries with Lead-3, LexRank and TextRank: ROUGE at equal length, and the time.

    python -m benchmarks.summaries GUM_NEWS --peers PYTHON [--speed RTQA_2022 --cache FOLDER]

GUM_NEWS has articles.jsonl and summaries.jsonl (article_id, summary, writer). PYTHON is the
interpreter of an environment with benchmarks/engines/summaries.txt. All systems get the same
sentences: those of the text without the headline, which some texts repeat. Each summary is cut to
the same number of words: as many as the first three sentences have, or 50, or 100. A figure is the
mean over articles of the mean over their summaries, with the 95 % bootstrap interval of the
difference to Lead-3.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import time
from contextlib import closing
from pathlib import Path

import numpy as np

from corpus.article import Article, ArticleInfo
from corpus.ingestion.embedding import embed_article
from corpus.storage.passage_reader import StoredSentence
from corpus.storage.store import ArticleStore
from retrieval.answering.cite import holds
from retrieval.encoders.embedder import Embedder
from retrieval.evaluation.machine import machine
from retrieval.evaluation.question_set import QuestionSet
from retrieval.index.library import Library
from retrieval.query.scope_resolver import ScopeResolver
from retrieval.summaries.salience import is_quotable, salience_scores, select_diverse
from retrieval.summaries.summarizer import Summarizer
from retrieval.summaries.summary import SummaryRequest

MOST = 10  # sentences of each system
LIMITS = (50, 100)
RUNS = 5
TOPICS = (
    "Artemis launch",
    "Brittney Griner",
    "monkeypox outbreak",
    "Liz Truss resignation",
    "Roe v. Wade ruling",
    "Twitter takeover by Elon Musk",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("set", type=Path)
    parser.add_argument("--peers", required=True)
    parser.add_argument("--speed", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("build/bench"))
    options = parser.parse_args()
    embedder = Embedder.load(threads=2)
    print(f"on {machine()}\n")
    rouge(options.set, options.peers, embedder)
    if options.speed is not None:
        speed(options.speed, options.cache, embedder)


def rouge(folder: Path, peers: str, embedder: Embedder) -> None:
    references: dict[str, list[str]] = {}
    for row in _rows(folder / "summaries.jsonl"):
        references.setdefault(row["article_id"], []).append(row["summary"])
    articles: dict[str, list[str]] = {}
    ours: dict[str, list[str]] = {}
    with ArticleStore.in_memory() as store:
        for row in _rows(folder / "articles.jsonl"):
            article = Article(ArticleInfo(row["id"], 1, row["title"]), row["text"])
            with store.together():
                store.put(article, embed_article(article, embedder.encode))
            sentences = store.sentences_of(article)
            body = [one for one in sentences if _plain(one.text) != _plain(row["title"])]
            articles[row["id"]] = [" ".join(one.text.split()) for one in body]
            whole = store.embeddings(row["id"]).astype(np.float32).sum(axis=0)
            ours[row["id"]] = best(row["title"], body, whole / np.linalg.norm(whole))
    lead_words = {key: len(" ".join(texts[:3]).split()) for key, texts in articles.items()}
    limits = {"Lead-3's": lead_words}
    limits |= {str(words): dict.fromkeys(articles, words) for words in LIMITS}
    lead = {key: texts[:MOST] for key, texts in articles.items()}
    whole_lead = {
        key: ([one for one in texts if is_quotable(one, "")] or texts)[:MOST]
        for key, texts in articles.items()
    }
    job = {
        "articles": articles,
        "references": references,
        "systems": {"Footnote": ours, "Lead-3": lead, "Lead-3, no captions": whole_lead},
        "limits": limits,
        "most": MOST,
    }
    engine = Path(__file__).parent / "engines" / "summaries.py"
    done = subprocess.run(  # noqa: S603  the environment that was named
        [peers, str(engine)], input=json.dumps(job), capture_output=True, text=True, check=True
    )
    scores = json.loads(done.stdout)
    print(f"{len(articles)} articles, {sum(map(len, references.values()))} summaries")
    for limit in limits:
        print(f"\n| cut at {limit} words | ROUGE-1 | ROUGE-2 | ROUGE-L |\n|---|---|---|---|")
        for name, by_limit in scores.items():
            rows = np.array([by_limit[limit][key] for key in articles])
            cells = [f"{value:.3f}" for value in rows.mean(axis=0)]
            print(f"| {name} | {' | '.join(cells)} |")
        apart = np.array(
            [
                np.subtract(scores["Footnote"][limit][key], scores["Lead-3"][limit][key])
                for key in articles
            ]
        )
        intervals = [f"{low:+.3f} to {high:+.3f}" for low, high in _interval(apart)]
        print(f"| Footnote − Lead-3 | {' | '.join(intervals)} |")


def best(title: str, sentences: list[StoredSentence], embedding: np.ndarray) -> list[str]:
    """The sentences that a summary of one article would quote, best first."""
    usable = [one for one in sentences if is_quotable(one.text, title)] or sentences
    rows = np.array([one.embedding for one in usable], dtype=np.float32)
    texts = [one.text for one in usable]
    chosen = select_diverse(salience_scores(title, usable, embedding), rows, texts, MOST)
    return [" ".join(usable[at].text.split()) for at in chosen]


def speed(folder: Path, cache: Path, embedder: Embedder) -> None:
    questions = QuestionSet.load(folder)
    path = questions.library_file(cache)
    questions.ingest(path, embedder.encode, embedder.identity)
    taken: list[float] = []
    with closing(Library.open(path, embedder)) as library:
        summarizer = Summarizer(library, ScopeResolver(library.store), embedder)
        count = library.store.count()
        summarizer.summarize(SummaryRequest.of_topic("anything at all"))
        valid = told = 0
        sizes = []
        for topic in TOPICS:
            for _ in range(RUNS):
                started = time.perf_counter()
                summary = summarizer.summarize(SummaryRequest.of_topic(topic))
                taken.append((time.perf_counter() - started) * 1000)
            sizes.append(len(summary.articles))
            told += len(summary.answer.citations)
            valid += sum(holds(library.store, one) for one in summary.answer.citations)
    print(
        f"\n{len(TOPICS)} topics, {RUNS} times each, in a library of {count:,} articles; "
        f"{min(sizes)} to {max(sizes)} articles a topic: {np.median(taken):.0f} ms (p50), "
        f"{max(taken):.0f} ms at most. {valid} of {told} citations hold."
    )


def _interval(rows: np.ndarray) -> list[tuple[float, float]]:
    drawn = np.random.default_rng(1).integers(0, len(rows), (2000, len(rows)))
    means = rows[drawn].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5], axis=0)
    return list(zip(low.tolist(), high.tolist(), strict=True))


def _rows(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _plain(text: str) -> str:
    return re.sub(r"[\W_]", "", text.lower())


if __name__ == "__main__":
    main()
