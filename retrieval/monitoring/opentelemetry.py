"""Sends Haystack's spans to OpenTelemetry, without what members ask or articles say.

Haystack tags each run of its pipeline with all that goes in. Only the tags named here are passed
on; other integrations would send the questions along.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from haystack.tracing.tracer import Span, Tracer, enable_tracing

from retrieval.errors import RetrievalError

ALLOWED_TAGS = frozenset(
    {
        "haystack.component.name",
        "haystack.component.type",
        "haystack.component.visits",
        "haystack.pipeline.execution_mode",
        "footnote.kind",
        "footnote.outcome",
    }
)
SERVICE = "footnote"


class TracingMissing(RetrievalError):
    """Spans are to be sent, and the package that sends them is not installed."""


class _Span(Span):
    """A span that passes on the allowed tags only."""

    def __init__(self, span: Any) -> None:
        self._span = span

    def set_tag(self, key: str, value: Any) -> None:
        if key in ALLOWED_TAGS:
            self._span.set_attribute(key, value if isinstance(value, int | float) else str(value))

    def set_content_tag(self, key: str, value: Any) -> None:
        """Drop the content, whatever Haystack's own switch says."""

    def raw_span(self) -> Any:
        return self._span


class OpenTelemetryTracer(Tracer):
    """Haystack's tracer over a tracer of OpenTelemetry."""

    def __init__(self, tracer: Any) -> None:
        """Take a tracer of OpenTelemetry."""
        self._tracer = tracer

    @contextlib.contextmanager
    def trace(
        self,
        operation_name: str,
        tags: dict[str, Any] | None = None,
        parent_span: Span | None = None,
    ) -> Iterator[Span]:
        """Start a span, which ends with the block.

        Args:
            operation_name: The span's name.
            tags: Its tags; only the allowed ones are passed on.
            parent_span: Not used; OpenTelemetry takes the current span.
        """
        with self._tracer.start_as_current_span(operation_name) as raw:
            span = _Span(raw)
            span.set_tags(tags or {})
            yield span

    def current_span(self) -> Span | None:
        """The span that is current in this context."""
        from opentelemetry import trace

        return _Span(trace.get_current_span())


def send_spans(endpoint: str) -> None:
    """Send spans to an OTLP collector from now on, in the background.

    Args:
        endpoint: The collector's address for OTLP over HTTP.

    Raises:
        TracingMissing: The package that sends spans is not installed.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise TracingMissing(
            "Sending spans needs one more package; install it with: "
            "pip install opentelemetry-exporter-otlp-proto-http"
        ) from error
    provider = TracerProvider(resource=Resource.create({"service.name": SERVICE}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    enable_tracing_with(provider)


def enable_tracing_with(provider: Any) -> None:
    """Make Haystack's spans with an OpenTelemetry provider."""
    enable_tracing(OpenTelemetryTracer(provider.get_tracer(SERVICE)))
