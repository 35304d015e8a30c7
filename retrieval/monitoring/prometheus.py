"""The figures of the running program for Prometheus. Their names and units do not change.

They are counts and seconds only: no question, no article and no server is in them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from prometheus_client import Counter, Gauge, Histogram

from retrieval.answering.answer import Answer
from retrieval.errors import AskerError

ANSWERED, FAILED, TURNED_AWAY = "answered", "failed", "turned_away"
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_STAGE_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0)
_LAG_SECONDS = (0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1.0, 5.0)

QUESTIONS = Counter(
    "footnote_questions",
    "Questions and summaries by their outcome: answered, the reason of a refusal (see "
    "docs/answer.schema.json), turned_away (the sentence said why), failed.",
    ["kind", "outcome"],
)
QUESTION_SECONDS = Histogram(
    "footnote_question_seconds",
    "Time from a question or a request for a summary to the answer, with the wait in the queue.",
    ["kind"],
    buckets=_SECONDS,
)
STAGE_SECONDS = Histogram(
    "footnote_stage_seconds",
    "Time that each stage of answering a question took.",
    ["stage"],
    buckets=_STAGE_SECONDS,
)
WAITING = Gauge("footnote_waiting", "Requests that wait in the queue for the thread that answers.")
OPEN_LIBRARIES = Gauge("footnote_open_libraries", "Libraries that are open in memory.")
ADDED = Counter(
    "footnote_articles_added",
    "Articles to add, by where they came from (file, link, feed) and their outcome.",
    ["source", "outcome"],
)
LOOP_LAG_SECONDS = Histogram(
    "footnote_loop_lag_seconds",
    "How late the event loop ran a timer; measured once a second.",
    buckets=_LAG_SECONDS,
)
READY = Gauge("footnote_discord_ready", "1 while the bot is connected to Discord's gateway.")
SERVERS = Gauge("footnote_discord_servers", "Discord servers that the bot is in.")
LATENCY_SECONDS = Gauge(
    "footnote_discord_latency_seconds", "Time between a heartbeat and Discord's acknowledgement."
)
ANSWERS_UNDER_WAY = Gauge("footnote_answers_under_way", "Answers that members are waiting for now.")
ACKNOWLEDGED_SECONDS = Histogram(
    "footnote_acknowledged_seconds",
    "Time from a command, a button or a form to its acknowledgement; Discord waits for 3 seconds.",
    buckets=(0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 5.0),
)


@contextmanager
def count_question(kind: str) -> Iterator[list[Answer]]:
    """Count what is done in the block, and how long it took.

    The block puts its answer into the list that is yielded; the outcome is the answer's. Without
    an answer it is "turned_away" if an AskerError is raised, else "failed".
    """
    began = perf_counter()
    answers: list[Answer] = []
    outcome = FAILED
    try:
        yield answers
        outcome = outcome_of(answers[0]) if answers else FAILED
    except AskerError:
        outcome = TURNED_AWAY
        raise
    finally:
        QUESTIONS.labels(kind, outcome).inc()
        QUESTION_SECONDS.labels(kind).observe(perf_counter() - began)
        for answer in answers:
            for stage, ms in answer.timings_ms.items():
                if stage != "total":
                    STAGE_SECONDS.labels(stage).observe(ms / 1000)


def outcome_of(answer: Answer) -> str:
    """The outcome to count: "answered", or the reason of the refusal."""
    return ANSWERED if answer.refusal is None else answer.refusal.reason.value
