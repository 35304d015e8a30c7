"""What the product's own search finds for the questions that the reader is trained on.

    python scripts/reader_passages.py OWN --apart SET --cache FOLDER --to FOLDER

OWN has articles.jsonl.gz and questions.jsonl.gz. The articles that are gold in the question set
`--apart`, with their questions, become a library of their own: on them the training is measured,
and the set's questions stay unseen. In the folder `--to` this writes, for `train` and `apart`,
passages.jsonl (every passage of the library) and questions.jsonl (each question with its labels
and the ids of the passages that the search found, best first).
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from corpus.storage.reader import StoreReader  # noqa: E402
from retrieval.encoders.embedder import Embedder  # noqa: E402
from retrieval.evaluation.question_set import QuestionSet  # noqa: E402
from retrieval.index.library import Library  # noqa: E402
from retrieval.language.periods import find_period, remove_period  # noqa: E402
from retrieval.ranking.fusion import fuse  # noqa: E402
from retrieval.ranking.retrievers import (  # noqa: E402
    KeywordRetriever,
    VectorRetriever,
    passage_ids,
)

FOUND = 12  # passages of a question that are kept: a right one is among them in .99

Row = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description="Find the passages of the training questions.")
    parser.add_argument("own", type=Path, help="articles.jsonl.gz and questions.jsonl.gz")
    parser.add_argument("--apart", type=Path, help="a set whose gold articles are held apart")
    parser.add_argument("--cache", type=Path, required=True, help="where the libraries are kept")
    parser.add_argument("--to", type=Path, required=True)
    options = parser.parse_args()
    articles = read(options.own / "articles.jsonl.gz")
    questions = read(options.own / "questions.jsonl.gz")
    apart = gold_articles(options.apart) if options.apart else set()
    embedder = Embedder.load(threads=1)
    for name, is_apart in (("train", False), ("apart", True)):
        chosen = [a for a in articles if (a["id"] in apart) == is_apart]
        ids = {a["id"] for a in chosen}
        asked = [q for q in questions if q["a"] in ids]
        folder = options.to / name
        folder.mkdir(parents=True, exist_ok=True)
        if asked:
            as_set(folder, chosen, asked)
            search(folder, options.cache, embedder, {a["id"]: a for a in chosen}, asked)


def read(path: Path) -> list[Row]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def gold_articles(folder: Path) -> set[str]:
    with (folder / "questions.jsonl").open(encoding="utf-8") as lines:
        return {one for line in lines for one in json.loads(line)["gold_article_ids"]}


def as_set(folder: Path, articles: list[Row], asked: list[Row]) -> None:
    """The same as a question set, which the product can ingest."""
    with (folder / "articles.jsonl").open("w", encoding="utf-8") as sink:
        for article in articles:
            row = {key: article.get(key) or "" for key in ("url", "source", "published")}
            row |= {key: article[key] for key in ("id", "title", "text")}
            sink.write(json.dumps(row, ensure_ascii=False) + "\n")
    with (folder / "questions.jsonl").open("w", encoding="utf-8") as sink:
        one = asked[0]
        row = {"id": "0", "question": one["q"], "answers": [], "answerable": False}
        sink.write(json.dumps(row | {"gold_article_ids": [one["a"]]}, ensure_ascii=False) + "\n")


def search(
    folder: Path, cache: Path, embedder: Embedder, articles: dict[str, Row], asked: list[Row]
) -> None:
    questions = QuestionSet.load(folder)
    path = questions.library_file(cache)
    questions.ingest(path, embedder.encode, embedder.identity)
    with closing(Library.open(path, embedder)) as library:
        with (folder / "passages.jsonl").open("w", encoding="utf-8") as sink:
            for row in passages(library.store, articles):
                sink.write(json.dumps(row, ensure_ascii=False) + "\n")
        by_vector, by_word = VectorRetriever(library), KeywordRetriever(library)
        with (folder / "found.jsonl").open("w", encoding="utf-8") as sink:
            for number, one in enumerate(asked):
                text = remove_period(one["q"], find_period(one["q"], None))
                lists = (
                    by_vector.run(embedder.encode([text])[0])["documents"],
                    by_word.run(text)["documents"],
                )
                row = labelled(one, articles[one["a"]])
                row["found"] = passage_ids(fuse(lists))[:FOUND]
                sink.write(json.dumps(row, ensure_ascii=False) + "\n")
                if number % 1000 == 0:
                    print(f"{folder.name}: {number} of {len(asked)} questions", flush=True)


def passages(store: StoreReader, articles: dict[str, Row]) -> Iterator[Row]:
    """Every passage with its article and its sentences: start, end, text."""
    for article_id, article in articles.items():
        rows: dict[int, Row] = {}
        stored = store.article(article_id)
        if stored is None:
            raise SystemExit(f"{article_id} was not stored")
        for one in store.sentences_of(stored):
            if article["text"][one.start : one.end] != one.text:
                raise SystemExit(f"the text of {article_id} was changed when it was stored")
            row = rows.setdefault(
                one.passage_id,
                {
                    "id": one.passage_id,
                    "article": article_id,
                    "title": one.article.title,
                    "published": one.article.published,
                    "sentences": [],
                },
            )
            row["sentences"].append((one.start, one.end, one.text))
        yield from rows.values()


def labelled(one: Row, article: Row) -> Row:
    """A question with its labels as offsets in its article."""
    spans, row = article["spans"], {"q": one["q"], "kind": one["k"], "article": one["a"]}
    row["gold"] = [spans[at] for at in one["g"]]
    row["tempting"] = [spans[at] for at in one.get("r") or [] if at < len(spans)]
    row["answer_text"], row["answer"] = one.get("s"), None
    if one["g"] and one.get("s"):
        start, end = spans[one["g"][0]]
        at = article["text"][start:end].lower().find(one["s"].lower())
        if at >= 0:
            row["answer"] = (start + at, start + at + len(one["s"]))
    return row


if __name__ == "__main__":
    main()
