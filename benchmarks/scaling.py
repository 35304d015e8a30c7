r"""Writes docs/scaling.md: what a passage, a question and a feed cost, and how that adds up.

    python -m benchmarks.scaling PASSAGES VECTORS QUESTIONS.jsonl --work FOLDER \\
        --database postgresql://… --report docs/scaling.md

Costs are measured here. The table of servers is calculated from them and from assumptions about a
server (`Community`), which are printed with it. Change them, and run it again.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import re
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
import psycopg

from benchmarks.asking import load
from benchmarks.scale import Scale
from corpus.article import Article, ArticleInfo
from corpus.ingestion.embedding import embed_article, recipe
from corpus.storage.locations import Database, File, Place
from corpus.storage.store import ArticleStore
from corpus.storage.transfer import move
from corpus.web.feeds import read_feed
from retrieval.answering.pipeline import Asking
from retrieval.encoders.embedder import Embedder
from retrieval.evaluation.machine import machine
from retrieval.index import snapshots
from retrieval.index.library import Library
from retrieval.query.question import Question
from retrieval.serving.library_router import MAX_OPEN

PASSAGES = 10_000
ASKED = 300
OPENED = 20
SHARD_SERVERS = 2_500  # as Discord wants it
CORE_SHARE = 0.5  # of a core that may be busy for the others to come quickly


@dataclass(frozen=True, slots=True)
class Community:
    """The assumptions about one server. Nobody measured them; a reader may change them."""

    articles: int = 200
    passages_each: int = 12
    questions_a_day: int = 20
    peak: float = 5.0  # the busiest hour, in average hours
    feeds: int = 3
    looks_a_day: int = 48
    new_articles_a_day: int = 5


@dataclass(frozen=True, slots=True)
class Costs:
    """Costs in milliseconds of one core, and in bytes."""

    asking_ms: float
    asking_p95_ms: float
    opening_ms: float
    bytes_a_passage: float
    memory_a_passage: float


@dataclass(frozen=True, slots=True)
class Common:
    """The costs that are the same in files and in a database."""

    adding_ms: float  # a passage: split, embedded with its sentences, stored
    feed_ms: float
    base_mb: float  # of a bot with its models and no library


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("passages", "vectors", "questions"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--database", required=True)
    parser.add_argument("--report", type=Path, required=True)
    parser.add_argument("--beside", default="Nothing else ran.", help="what else ran meanwhile")
    given = parser.parse_args()
    lines = given.questions.read_text(encoding="utf-8").splitlines()
    asked = [json.loads(line)["question"] for line in lines][:ASKED]
    embedder = Embedder.load()
    common = Common(adding(embedder, given.work), feeding(), resident_mb())
    file = File(given.work / "scaling" / "library.db")
    if not file.exists():
        scale = Scale(given.passages, given.vectors, given.vectors, PASSAGES, given.work)
        load(scale, file.path)
        with ArticleStore.open(file.path) as store:
            store.set_stamp("recipe", recipe(embedder.identity))
        snapshots.make_snapshot(file.path)
    schema = Database(given.database).place("scaling")
    if not schema.exists():
        move(file, schema)
        with closing(Library.open(schema, embedder)):
            pass  # what is derived is made
    size = sum(one.stat().st_size for one in file.path.parent.rglob("*") if one.is_file())
    in_files = costs(file, embedder, asked, size)
    in_database = costs(schema, embedder, asked, stored(given.database, "scaling"))
    text = report(common, in_files, in_database, Community(), given.beside)
    given.report.write_text(text, encoding="utf-8")


# -- measuring ---------------------------------------------------------------------------


def adding(embedder: Embedder, work: Path) -> float:
    """Milliseconds to ingest a passage with its sentences, in an article of about ten."""
    text = " ".join(
        f"The envoy of country {n} was recalled on day {n} because he had sung at a dinner of "
        f"{n} guests. Nobody had asked him to, and the minister left before the soup came."
        for n in range(60)
    )
    path = work / "adding" / "library.db"
    path.unlink(missing_ok=True)
    spent, passages = 0.0, 0
    with ArticleStore.open(path) as store:
        for number in range(5):
            article = Article(ArticleInfo(f"a-{number}", 1, "The envoy"), f"{number} {text}")
            began = time.process_time()
            made = embed_article(article, embedder.encode)
            store.put(article, made)
            spent += time.process_time() - began
            passages += len(made)
    return spent / passages * 1000


def feeding() -> float:
    """Milliseconds to read a feed of 30 entries, without the time to fetch it."""
    items = "".join(
        f"<item><title>Article {n}</title><link>https://news.example/{n}</link>"
        f"<pubDate>Mon, 16 Mar 2026 10:{n:02}:00 GMT</pubDate><description>{'x' * 400}"
        "</description></item>"
        for n in range(30)
    )
    body = f"<rss version='2.0'><channel><title>News</title>{items}</channel></rss>".encode()
    now = datetime(2026, 3, 17, tzinfo=UTC)
    return timed(lambda: read_feed(body, "https://news.example/feed", now=now), 50)


def costs(place: Place, embedder: Embedder, asked: Sequence[str], size: int) -> Costs:
    opening = statistics.median(
        timed(lambda: Library.open(place, embedder).close(), 1) for _ in range(OPENED)
    )
    gc.collect()
    before = resident_mb()
    with closing(Asking(Library.open(place, embedder), embedder)) as asking:
        asking.ask(Question.of("Is this the first question?"))
        questions = [Question.of(one) for one in asked]
        began = time.process_time()
        taken = [timed(partial(asking.ask, one), 1) for one in questions]
        spent = (time.process_time() - began) / len(asked) * 1000
        grown = resident_mb() - before
    return Costs(
        spent,
        float(np.percentile(taken, 95)),
        opening,
        size / PASSAGES,
        max(0.0, grown) * 1e6 / PASSAGES,
    )


def timed(work: Callable[[], object], times: int) -> float:
    began = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - began) / times * 1000


def stored(url: str, name: str) -> int:
    """Bytes of a library's tables and indexes in the database."""
    query = (
        "SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c JOIN pg_namespace n "
        "ON n.oid = c.relnamespace WHERE n.nspname = %s AND c.relkind = 'r'"
    )
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        (found,) = connection.execute(query, (f"library_{name}",)).fetchone() or (0,)
    return int(found)


def resident_mb() -> float:
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(re.findall(r"VmRSS:\s+(\d+) kB", status)[0]) / 1024


# -- calculating ------------------------------------------------------------------------


def report(common: Common, files: Costs, database: Costs, of: Community, beside: str) -> str:
    parts = [
        "# Scaling",
        "This page says what one server costs and what breaks first. "
        "`python -m benchmarks.scaling` makes it: the first table was measured, the rest is "
        "arithmetic on it.\n\n"
        f"Measured on: {machine()}; {PASSAGES:,} passages, {ASKED} real questions, one process, "
        f"the database on the same machine. {beside}",
        measured(common, files, database),
        "## Assumptions about a server",
        f"{of.articles} articles of {of.passages_each} passages; {of.questions_a_day} questions a "
        f"day, the busiest hour {of.peak:g} times the average; {of.feeds} feeds, looked at "
        f"{of.looks_a_day} times a day; {of.new_articles_a_day} new articles a day. These are "
        "assumptions: change `Community` in benchmarks/scaling.py to yours, and run it again.",
        "## From one server to 100,000",
        servers(common, files, database, of),
        "## What breaks first",
        limits(common, files, database, of),
        NOTES,
    ]
    return "\n\n".join(parts) + "\n"


def measured(common: Common, files: Costs, database: Costs) -> str:
    rows = [
        ("a question, ms of a core", f"{files.asking_ms:.0f}", f"{database.asking_ms:.0f}"),
        ("a question, ms, p95", f"{files.asking_p95_ms:.0f}", f"{database.asking_p95_ms:.0f}"),
        ("opening a library, ms", f"{files.opening_ms:.1f}", f"{database.opening_ms:.1f}"),
        (
            "a passage, KB on the disk",
            f"{files.bytes_a_passage / 1e3:.1f}",
            f"{database.bytes_a_passage / 1e3:.1f}",
        ),
        (
            "a passage of an open library, KB of the bot's memory",
            f"{files.memory_a_passage / 1e3:.1f}",
            f"{database.memory_a_passage / 1e3:.1f}",
        ),
        ("adding a passage, ms of a core", f"{common.adding_ms:.0f}", "the same"),
        ("reading a feed, ms of a core", f"{common.feed_ms:.1f}", "the same"),
        ("a bot with its models, MB", f"{common.base_mb:.0f}", "the same"),
    ]
    lines = ["| | in files | in PostgreSQL |", "|---|---:|---:|"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def servers(common: Common, files: Costs, database: Costs, of: Community) -> str:
    lines = [
        "| servers | runs as | passages | disk, GB | questions/s, busiest hour | cores for answers "
        "| cores for adding and feeds | shards | bots |",
        "|---:|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for count in (1, 10, 100, 1_000, 10_000, 100_000):
        shards = math.ceil(count / SHARD_SERVERS)
        per_s = busiest(count, of)
        alone = per_s * files.asking_ms / 1000 <= CORE_SHARE and shards == 1
        cost = files if alone else database
        answering = per_s * cost.asking_ms / 1000
        bots = max(1, math.ceil(answering / CORE_SHARE))
        passages = count * of.articles * of.passages_each
        runs = "one process, files" if alone else f"{bots} bots, PostgreSQL"
        lines.append(
            f"| {count:,} | {runs} | {passages:,} | {passages * cost.bytes_a_passage / 1e9:,.1f} | "
            f"{per_s:,.2f} | {answering:,.2f} | {background(count, common, of):,.2f} | {shards} | "
            f"{bots} |"
        )
    return "\n".join(lines)


def busiest(count: float, of: Community) -> float:
    """Questions a second in the busiest hour."""
    return count * of.questions_a_day * of.peak / 86_400


def background(count: float, common: Common, of: Community) -> float:
    """Cores that new articles take."""
    adding_ms = of.new_articles_a_day * of.passages_each * common.adding_ms
    feeds_ms = of.feeds * of.looks_a_day * common.feed_ms
    return count * (adding_ms + feeds_ms) / 1000 / 86_400


def limits(common: Common, files: Costs, database: Costs, of: Community) -> str:
    """The number of servers at which each resource is used up, the least number first."""
    one_bot = CORE_SHARE / (busiest(1, of) * files.asking_ms / 1000)
    adding = 1.0 / background(1, common, of)
    passages = of.articles * of.passages_each
    disk = 1e12 / (passages * database.bytes_a_passage)
    opening = CORE_SHARE / (busiest(1, of) * (files.opening_ms + files.asking_ms) / 1000)
    found = [
        (one_bot, "one process: the thread that answers is busy half of the busiest hour"),
        (
            opening,
            f"one process, if every question comes from another server than the {MAX_OPEN} before: "
            "a library is opened for each",
        ),
        (SHARD_SERVERS, "one shard: Discord wants one for every 2,500 servers"),
        (adding, "one core that embeds new articles: one process reads what is on the web"),
        (disk, "one database of 1 TB: spread the libraries over several databases, by server"),
    ]
    lines = ["| servers | what is exhausted |", "|---:|---|"]
    return "\n".join(lines + [f"| {_round(count):,} | {what} |" for count, what in sorted(found)])


def _round(count: float) -> int:
    digits = max(0, int(math.log10(max(count, 1))) - 1)
    return int(round(count, -digits))


NOTES = """## Past one database

Each library is a schema of its own. No query names two of them, and nothing joins them. So
libraries can be spread over several databases by the server's id alone. Citus does that
(schema-based sharding: each schema lives whole on one node); with FOOTNOTE_DATABASE naming its
coordinator nothing changes here. That is on paper: it was not run.

All bots share the records and leases: a few rows for each answer, written in short transactions. A
bot that dies loses its shards after 12 s, and the others look every 3 s.

The database's own part of a question is in the p95. It is not in the milliseconds of a core, which
are the bot's."""


if __name__ == "__main__":
    main()
