"""Spans: a question's way through the pipeline, without the question."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from haystack import tracing
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from retrieval.monitoring.opentelemetry import TracingMissing, enable_tracing_with, send_spans
from retrieval.query.question import Question
from retrieval.serving.service import AskService


@pytest.fixture
def sent() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    enable_tracing_with(provider)
    yield exporter
    tracing.disable_tracing()


async def test_a_question_is_a_tree_of_spans_that_do_not_say_what_was_asked(
    sent: InMemorySpanExporter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(tracing.tracer, "is_content_tracing_enabled", True)
    service = AskService(tmp_path)
    answer = await service.ask(Question.of("why was Antonov recalled?"), server=None)
    await service.close()
    assert answer.answered
    spans = sent.get_finished_spans()
    (root,) = [span for span in spans if span.name == "haystack.pipeline.run"]
    stages = [span for span in spans if span.name == "haystack.component.run"]
    assert root.context is not None
    assert {span.parent.span_id for span in stages if span.parent} == {root.context.span_id}
    names = {(span.attributes or {})["haystack.component.name"] for span in stages}
    assert {"embedder", "reader", "answerer"} <= names
    told = " ".join(span.to_json() for span in spans)
    assert "Antonov" not in told
    assert "recalled" not in told


def test_a_missing_package_is_said(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(TracingMissing, match="pip install opentelemetry-exporter-otlp-proto-http"):
        send_spans("http://127.0.0.1:4318/v1/traces")
