"""Sets up the running bot's log: text for people or JSON for programs, never with a secret.

All that is logged through Python's logging comes here. No line has a member's question, unless
log_questions is on. A line about a command, a button or a form has its id, the server and the
channel.
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
"""These would log every stage and every request; only their warnings are let through."""
VERBOSE = ("discord", "openai", "httpcore")
"""At debug, these log all that is sent and received, questions too."""


def set_up(
    level: str,
    format_name: str,
    secrets: Iterable[str],
    stream: TextIO | None = None,
    *,
    questions: bool = False,
) -> None:
    """Log to `stream`, or to standard error without one.

    `format_name` is text, json or auto. `questions` says whether members' questions may be
    logged. No line shows any of `secrets`.
    """
    is_terminal = (stream or sys.stderr).isatty()
    as_json = format_name == "json" or (format_name == "auto" and not is_terminal)
    handler = _Handler() if stream is None else logging.StreamHandler(stream)
    handler.setFormatter(_formatter(as_json, is_terminal, tuple(secrets)))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    for name in VERBOSE:
        logging.getLogger(name).setLevel(root.level if questions else max(logging.INFO, root.level))


class _Handler(logging.StreamHandler[TextIO]):
    """Writes to standard error as it is at that moment; somebody may have replaced it."""

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
        plain = structlog.dev.plain_traceback  # the others show variables, questions among them
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
    """The last step of formatting: hides each secret, whatever wrote it."""

    def __init__(self, secrets: Iterable[str]) -> None:
        # The longest first, because one secret may contain another.
        self._secrets = sorted({one for one in secrets if one}, key=len, reverse=True)

    def __call__(self, logger: Any, name: str, line: str | bytes | EventDict) -> Any:
        if isinstance(line, str):
            for secret in self._secrets:
                line = line.replace(secret, HIDDEN)
        return line
