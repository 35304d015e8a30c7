"""The running bot's log: lines for people, or JSON for programs; never a secret in either.

Everything that logs by Python's logging comes here. What members ask is in no line, unless
log_questions is on; a line about one of their doings has the server, the channel and the doing's
own id.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor

HIDDEN = "(hidden)"
QUIET = ("haystack", "httpx", "aiohttp.access")
"""Else they have lines for every stage and every request."""
TELLS_ALL = ("discord", "openai", "httpcore")
"""At debug, these write down all that comes and goes, questions too."""


def set_up(
    level: str,
    form: str,
    secrets: Iterable[str],
    stream: TextIO | None = None,
    *,
    questions: bool = False,
) -> None:
    """Log to `stream` (standard error without one); `form` is text, json or auto.

    `questions` is whether what members ask may be in it.
    """
    is_terminal = (stream or sys.stderr).isatty()
    as_json = form == "json" or (form == "auto" and not is_terminal)
    handler = _Handler() if stream is None else logging.StreamHandler(stream)
    handler.setFormatter(_formatter(as_json, is_terminal, tuple(secrets)))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    for name in TELLS_ALL:
        logging.getLogger(name).setLevel(root.level if questions else max(logging.INFO, root.level))


class _Handler(logging.StreamHandler[TextIO]):
    """Writes to what standard error is at the moment, which another may have been put in for."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stderr


def _formatter(
    as_json: bool, in_colours: bool, secrets: tuple[str, ...]
) -> structlog.stdlib.ProcessorFormatter:
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if as_json:
        last: list[Processor] = [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    else:
        plain = structlog.dev.plain_traceback  # others show variables, and so what was asked
        last = [structlog.dev.ConsoleRenderer(colors=in_colours, exception_formatter=plain)]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=before,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *last,
            _Hide(secrets),
        ],
    )


class _Hide:
    """The last step: whatever wrote a secret, it goes no further."""

    def __init__(self, secrets: Iterable[str]) -> None:
        # The longest first: one may be in another.
        self._secrets = sorted({one for one in secrets if one}, key=len, reverse=True)

    def __call__(self, logger: Any, name: str, line: str | bytes | EventDict) -> Any:
        if isinstance(line, str):
            for secret in self._secrets:
                line = line.replace(secret, HIDDEN)
        return line
