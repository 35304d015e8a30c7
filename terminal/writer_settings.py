"""Makes the writer that the settings name, for the terminal and for Discord."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from retrieval.writing.llm import ModelSpec
    from retrieval.writing.writer import Writer
    from terminal.settings import Settings


def writer_of(settings: Settings) -> Writer | None:
    """The writer that the settings name, or None if they name none. Raises WriterError."""
    if not settings.writer:
        return None
    from retrieval.writing.llm import ModelSpec, make_writer

    named = ModelSpec.of(settings.writer)
    return make_writer(named, writer_key(named, settings), settings.writer_seconds)


def writer_key(named: ModelSpec, settings: Settings) -> str:
    """The writer's API key, "" if it has none.

    The key of OpenAI or Anthropic goes to that company's own service only, never to another
    address.
    """
    own = settings.writer_key.get_secret_value()
    if own or named.address is not None:
        return own
    makers = {"openai": settings.openai_api_key, "anthropic": settings.anthropic_api_key}
    return makers[named.kind].get_secret_value()
