"""Measures how long each component of a pipeline takes, through Haystack's tracing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from haystack.tracing.tracer import Span, Tracer, enable_tracing, tracer

_TIMINGS: ContextVar[dict[str, float] | None] = ContextVar("timings", default=None)
_COMPONENT = "haystack.component.run"


class StageTimer(Tracer):
    """Notes the milliseconds of every component that runs inside `timings()`.

    It passes every call on to the tracer that was there before, such as opentelemetry.py's.
    """

    def __init__(self, beneath: Tracer) -> None:
        """Put it before the tracer `beneath`."""
        self._beneath = beneath

    @contextmanager
    def trace(
        self,
        operation_name: str,
        tags: dict[str, Any] | None = None,
        parent_span: Span | None = None,
    ) -> Iterator[Span]:
        """Time one operation."""
        started = time.perf_counter()
        try:
            with self._beneath.trace(operation_name, tags, parent_span) as span:
                yield span
        finally:
            noted = _TIMINGS.get()
            if noted is not None and operation_name == _COMPONENT:
                name = str((tags or {}).get("haystack.component.name"))
                noted[name] = (time.perf_counter() - started) * 1000

    def current_span(self) -> Span | None:
        """The span that runs; None for none."""
        return self._beneath.current_span()


@contextmanager
def timings() -> Iterator[dict[str, float]]:
    """Give a dictionary that fills with each component's milliseconds, in the order they end."""
    if not isinstance(tracer.actual_tracer, StageTimer):
        enable_tracing(StageTimer(tracer.actual_tracer))
    noted: dict[str, float] = {}
    token = _TIMINGS.set(noted)
    try:
        yield noted
    finally:
        _TIMINGS.reset(token)
